import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { readConfig } from '../../../lib/config/config';
import { CHECKS_OF_CLOUD_RUN } from '../../../lib/doctor/finding';
import { systemClock } from '../../../lib/runtime/system-clock';
import { systemTimers } from '../../../lib/runtime/timers';
import { isOutTradeNo, type OutTradeNo } from '../../../lib/values/ids';
import { isRecord, parseJson } from '../../../lib/values/json';
import { startServer } from '../../../server/start';
import { createCloudRunApi } from '../../../simulator/cloudrun';
import { memoryJournal } from '../../../simulator/journal';
import { createSimulator, type Simulator } from '../../../simulator/simulator';
import { rememberedLog } from '../../inbox/stage';
import { inFolder, LOGIN_SECRET, talkTo, type Running } from '../running';

/* A container of WeChat Cloud Run with real money: this server, and the platform on loopback. */

const MERCHANT = '1900000307';
const ENVIRONMENT = 'prod-8gxvz0f70375accc';
const TOKEN = 'kx3Vn0PqZ8sTf1LrWm6YbUcA9eHdJgRo';

/** The platform: it carries calls to WeChat Pay, and notifications to containers. */
interface Platform {
  readonly simulator: Simulator;
  /** What each request named as its environment, service and path. */
  readonly asked: Record<string, unknown>[];
  /** Where containers are reached, by the name of their service. */
  readonly services: Map<string, string>;
  /** False: the open-interface service is switched off, and the request goes over the internet. */
  readonly link: { isOn: boolean };
  readonly url: string;
}

async function withPlatform(run: (platform: Platform) => Promise<void>): Promise<void> {
  const asked: Record<string, unknown>[] = [];
  const services = new Map<string, string>();
  const link = { isOn: true };
  const simulator = createSimulator({
    clock: systemClock,
    schedule: (delayMs, after) => systemTimers.after(delayMs, after),
    async deliver(event, { functionName }) {
      const answer = await fetch(`${services.get('wxpay-inbox') ?? ''}${functionName}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-wx-source': 'wx_paycallback' },
        body: JSON.stringify(event),
      });
      return answer.json();
    },
    journal: memoryJournal(),
    speed: 10_000,
    random: Math.random,
  });
  const api = createCloudRunApi(
    (name, request) => simulator.payApi(name, request),
    () => 'seq-1',
  );
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const parsed: unknown = parseJson(body);
      if (isRecord(parsed)) asked.push(parsed);
      const answer = await api(request.url ?? '', body);
      response.writeHead(answer.status, link.isOn ? answer.headers : {}).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('it does not listen');
  try {
    await run({ simulator, asked, services, link, url: `http://127.0.0.1:${address.port}` });
  } finally {
    simulator.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function onContainer(
  databaseUrl: string,
  run: (server: Running, platform: Platform) => Promise<void>,
): Promise<void> {
  await withPlatform((platform) =>
    inFolder(async (dataDir) => {
      const server = await startServer({
        config: readConfig(
          {
            merchants: [{ channel: 'cloudrun', subMchId: MERCHANT }],
            server: { cloudRun: { service: 'wxpay-inbox' } },
            store: { kind: 'mysql' },
            simulator: { enabled: false },
            log: { level: 'silent' },
          },
          'server',
        ),
        settings: { host: '127.0.0.1', port: 0, dataDir, databaseUrl, opsToken: TOKEN, readToken: null },
        log: rememberedLog(),
        env: { LOGIN_SECRET, CBR_ENV_ID: ENVIRONMENT },
        realWeChatPay: {
          hosts: ['https://nobody.invalid'],
          transport: () => Promise.resolve({ kind: 'failure', sent: 'no', message: 'not API v3' }),
          cloudRunUrl: platform.url,
        },
      });
      platform.services.set('wxpay-inbox', server.url);
      try {
        await run(talkTo(server, true), platform);
      } finally {
        await server.stop();
      }
    }),
  );
}

function numberOf(value: string): OutTradeNo {
  if (!isOutTradeNo(value)) throw new TypeError(value);
  return value;
}

async function checks(server: Running): Promise<ReadonlyMap<unknown, unknown>> {
  const act = { authorization: `Bearer ${TOKEN}` };
  const { body } = await server.send('POST', '/ops/api/doctor', {}, act);
  const findings: unknown = body['findings'];
  return new Map(
    (Array.isArray(findings) ? findings : []).flatMap((one: unknown) =>
      isRecord(one) ? [[one['check'], one['level']] as const] : [],
    ),
  );
}

/**
 * From nothing to a fulfilled order, over HTTP in both directions. The notification's mark is not
 * believed while anybody may reach the container: a query proves the payment.
 */
export function cloudRunStory(databaseUrl: string): Promise<void> {
  return onContainer(databaseUrl, async (server, { simulator, asked, link }) => {
    const outTradeNo = numberOf(await server.order('cloud-run-1'));
    expect(asked[0]).toMatchObject({
      env_id: ENVIRONMENT,
      callback_type: 2,
      container: { service: 'wxpay-inbox', path: '/callback/pay' },
      sub_mch_id: MERCHANT,
    });
    simulator.pay(outTradeNo);
    await simulator.whenAcked(outTradeNo);
    const { store, workers } = server.system;
    expect(await store.inbox.ofOrder(outTradeNo)).toMatchObject([{ trust: 'unverified' }]);
    for (let round = 0; round < 20; round += 1) {
      workers.wake('processInbox');
      await workers.whenIdle();
      const [order] = await store.orders.find([outTradeNo]);
      if (order?.fulfilment.state === 'done') break;
    }
    const [order] = await store.orders.find([outTradeNo]);
    expect(order).toMatchObject({ payment: { state: 'paid' }, fulfilment: { state: 'done' } });
    const found = await checks(server);
    expect(CHECKS_OF_CLOUD_RUN.map((check) => found.get(check))).toEqual(['ok', 'ok', 'ok']);
    link.isOn = false;
    expect((await checks(server)).get('cloud_run_call')).toBe('error');
  });
}
