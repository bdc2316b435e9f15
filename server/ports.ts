import { randomUUID } from 'node:crypto';
import type { Config } from '../lib/config/config-schema';
import type { MerchantPorts } from '../lib/hosting/ports';
import { leaseToken } from '../lib/model/lease';
import type { Log } from '../lib/runtime/log';
import type { Trace } from '../lib/trace/port';
import { systemTimers } from '../lib/runtime/timers';
import type { Clock } from '../lib/values/instant';
import type { WeChatPay } from '../lib/wechat/port';
import type { SystemData } from './data/system-data';

/** The ports of every function and worker of this runtime, over its open data. */
export function serverPorts(parts: {
  readonly data: Pick<SystemData, 'store' | 'archive' | 'merchantDb'>;
  readonly wechat: WeChatPay;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Config;
  readonly trace: Trace | null;
}): MerchantPorts {
  const { data, trace, ...given } = parts;
  return {
    ...given,
    ...(trace === null ? {} : { trace }),
    store: data.store,
    archive: data.archive,
    merchantDb: data.merchantDb,
    timers: systemTimers,
    random: Math.random,
    newToken: () => leaseToken(randomUUID()),
  };
}
