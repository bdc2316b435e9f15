import type { Config } from '../config/config-schema';
import type { Finding } from '../ops/api';
import type { SubMchId } from '../values/ids';
import { isOutTradeNo } from '../values/ids';
import type { OrderAnswer, WeChatPay } from '../wechat/port';
import { passed, problem } from './finding';

/** What the checks of the channel cloudrun need. */
export interface CloudRunParts {
  readonly config: Pick<Config, 'merchants' | 'envId' | 'server'>;
  readonly pay: Pick<WeChatPay, 'queryOrder'>;
  /** The environment that the platform gives this container; null where it gives none. */
  readonly running: string | null;
  /** A fresh text of at most 20 letters and digits. */
  readonly nonce: () => string;
}

/**
 * Checks the link to the platform, the environment and what callbacks are believed by. Asks for an
 * order that does not exist, once per merchant, which changes nothing. Never rejects.
 */
export async function examineCloudRun(parts: CloudRunParts): Promise<readonly Finding[]> {
  const merchants = parts.config.merchants.filter(({ channel }) => channel.kind === 'cloudrun');
  const calls = await Promise.all(merchants.map(({ subMchId }) => call(parts, subMchId)));
  const worst = calls.find(({ level }) => level === 'error') ?? calls.find(({ level }) => level !== 'ok');
  const [first] = calls;
  const found = worst ?? first;
  return [...(found === undefined ? [] : [found]), environment(parts), callbacks(parts)];
}

async function call({ pay, nonce }: CloudRunParts, subMchId: SubMchId): Promise<Finding> {
  const outTradeNo = `doctor-${nonce()}`;
  if (!isOutTradeNo(outTradeNo)) throw new TypeError('the nonce is no part of an order number');
  return judged(subMchId, await pay.queryOrder({ subMchId, outTradeNo }));
}

function judged(subMchId: SubMchId, answer: OrderAnswer): Finding {
  if (answer.kind === 'no_such_order')
    return passed('cloud_run_call', `WeChat Pay answers this container for ${subMchId}`);
  const wrong = (level: 'error' | 'unknown', what: string, fix: string): Finding =>
    problem('cloud_run_call', level, `${subMchId}: ${what}`, fix);
  const again = 'run this again; if it stays, keep the log line for the support of Cloud Run';
  if (answer.kind === 'refused')
    return wrong(
      'error',
      `WeChat Pay refuses: ${answer.detail}`,
      'authorise the merchant number in the Cloud Run console (微信支付), then wait for its owner to confirm',
    );
  if (answer.kind !== 'unknown') return wrong('unknown', `an order that cannot be is ${answer.kind}`, again);
  if (answer.reason === 'unverified')
    return wrong(
      'error',
      'the answer did not come through the platform',
      'switch on the open-interface service (开放接口服务) in the Cloud Run console, then deploy a new version',
    );
  if (answer.reason === 'transport')
    return wrong(
      'error',
      `no answer: ${answer.detail}`,
      'run this server in a container of WeChat Cloud Run: the service exists nowhere else',
    );
  return wrong('unknown', answer.detail, again);
}

function environment({ config: { envId }, running }: CloudRunParts): Finding {
  if (running !== null && envId !== null && running !== envId) {
    return problem(
      'cloud_run_environment',
      'error',
      `notifications go to the environment ${envId}, but this container is in ${running}`,
      'leave envId out of config.json, or set it to the environment of this container',
    );
  }
  return passed('cloud_run_environment', `notifications go to ${envId ?? running ?? 'this environment'}`);
}

function callbacks({ config: { server } }: CloudRunParts): Finding {
  const place = server.cloudRun === null ? '' : `${server.cloudRun.service}${server.cloudRun.callbackPath}`;
  if (server.publicAccess)
    return passed('cloud_run_callbacks', `at ${place}/…, each believed after a query: anybody may call`);
  return problem(
    'cloud_run_callbacks',
    'unknown',
    `at ${place}/…, believed by their mark alone: nobody but the platform may reach this service`,
    'see in the Cloud Run console that public access (公网访问) of this service is off; otherwise remove server.publicAccess',
  );
}
