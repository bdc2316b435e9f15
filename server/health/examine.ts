import type { Finding } from '../../lib/ops/api';
import { examineApiV3 } from '../../lib/doctor/api-v3';
import { examineCloudRun } from '../../lib/doctor/cloud-run';
import { checkNode } from '../../lib/doctor/runtime';
import { checkSettings } from '../../lib/doctor/settings';
import { examineStore } from '../../lib/doctor/store';
import { checkTokens } from '../../lib/doctor/tokens';
import type { Config } from '../../lib/config/config-schema';
import type { Environment } from '../../lib/robots/targets';
import { targetVariables } from '../../lib/robots/targets';
import type { Clock } from '../../lib/values/instant';
import { randomBytes } from 'node:crypto';
import type { WeChatPay } from '../../lib/wechat/port';
import { notifyUrl } from '../../lib/wechat/v3/notify-url';
import type { ApiV3 } from '../money/api-v3';
import { v3Parties } from '../money/api-v3';
import { CLOUD_RUN_ENVIRONMENT } from '../money/cloud-run';
import type { SystemData } from '../data/system-data';

/** The version package.json requires. */
export const LEAST_NODE = 20;

/** Every check of the installation that a running server can make. Never rejects. */
export async function examineServer(parts: {
  readonly data: Pick<SystemData, 'store' | 'examine'>;
  readonly config: Config;
  readonly clock: Clock;
  readonly env: Environment;
  /** The real API v3; null with simulated money. */
  readonly realApiV3: ApiV3 | null;
  /** Queries orders on the real channel cloudrun; null where it is simulated or nobody uses it. */
  readonly cloudRun: Pick<WeChatPay, 'queryOrder'> | null;
}): Promise<readonly Finding[]> {
  const addresses = parts.config.watchdog.targets.map(({ name }) => targetVariables(name).url);
  const unset = addresses.filter((name) => (parts.env[name] ?? '') === '');
  return [
    checkNode(process.version, LEAST_NODE),
    ...checkSettings(parts.config, 'server', unset),
    checkTokens(parts.env, 'server', parts.config.ops.people, parts.config.ops),
    ...(await parts.data.examine()),
    ...(await examineStore(parts.data.store, parts.clock.now())),
    ...(await examineReal(parts)),
    ...(parts.cloudRun === null
      ? []
      : await examineCloudRun({
          config: parts.config,
          pay: parts.cloudRun,
          running: parts.env[CLOUD_RUN_ENVIRONMENT] ?? null,
          nonce: () => randomBytes(8).toString('hex'),
        })),
  ];
}

async function examineReal(parts: {
  readonly realApiV3: ApiV3 | null;
  readonly config: Config;
  readonly clock: Clock;
}): Promise<readonly Finding[]> {
  const [first, ...rest] = v3Parties(parts.config);
  if (parts.realApiV3 === null || first === undefined) return [];
  const { hosts, transport, keysOf, publicUrl } = parts.realApiV3;
  return examineApiV3({
    parties: [first, ...rest],
    keysOf,
    transport,
    host: hosts[0],
    addressSetting: 'server.publicUrl or the proxy (docs/server.md)',
    notifyUrl: (signer) => notifyUrl(publicUrl, 'pay', signer),
    clock: parts.clock,
    nonce: () => randomBytes(12).toString('hex'),
  });
}
