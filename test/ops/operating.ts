import type { OpsName, OpsReply } from '../../lib/ops/api';
import type { Person } from '../../lib/model/operators/principal';
import type { OpsDeps } from '../../lib/ops/deps';
import { handleOps } from '../../lib/ops/handle';
import { readConfig } from '../../lib/config/config';
import { opsDeps } from '../../lib/hosting/ops-deps';
import { systemTimers } from '../../lib/runtime/timers';
import { leaseToken } from '../../lib/model/lease';
import type { Store } from '../../lib/store/port';
import type { Instant } from '../../lib/values/instant';
import type { WeChatPay } from '../../lib/wechat/port';
import type { RememberedLog } from '../inbox/stage';
import { rememberedLog } from '../inbox/stage';
import { MERCHANT } from '../store/builders';

/** Who acts in the cases. */
export const LI: Person = { name: 'li', role: 'act' };

/** The operator's API on a store, without a runtime around it. */
export interface Operating {
  readonly deps: OpsDeps;
  readonly log: RememberedLog;
  readonly ask: (op: OpsName, params?: object, by?: Person | null) => Promise<OpsReply>;
}

const silent = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;

/** What WeChat Pay says when nobody tells it what to say: nothing. */
export const SILENT: WeChatPay = {
  prepayBody: () => null,
  unifiedOrder: silent,
  queryOrder: silent,
  closeOrder: silent,
  refund: silent,
  queryRefund: silent,
  downloadBill: silent,
};

/** Operating on this store at this time. */
export function operateOn(
  store: Store,
  now: () => Instant,
  over: Partial<
    Pick<
      OpsDeps,
      | 'archive'
      | 'wechat'
      | 'merchants'
      | 'payOutMerchants'
      | 'books'
      | 'actForMs'
      | 'examine'
      | 'people'
      | 'secondPersonAbove'
      | 'secondPerson'
      | 'refundSettings'
      | 'targets'
      | 'workers'
      | 'webhook'
    >
  > = {},
): Operating {
  const log = rememberedLog();
  let tokens = 0;
  const deps: OpsDeps = {
    ...opsDeps(
      {
        store,
        wechat: SILENT,
        archive: {
          keep: () => Promise.reject(new Error('nothing is archived')),
          forget: () => Promise.reject(new Error('nothing is archived')),
          read: () => Promise.reject(new Error('nothing is archived')),
          drop: () => Promise.reject(new Error('nothing is archived')),
        },
        clock: { now },
        timers: systemTimers,
        random: () => 0.5,
        newToken: () => leaseToken(`token-${String((tokens += 1)).padStart(6, '0')}`),
        log,
        config: readConfig({ merchants: [{ subMchId: MERCHANT }] }),
      },
      { examine: async () => [], people: () => [LI], targets: [], workers: null, webhook: null },
    ),
    ...over,
  };
  return { deps, log, ask: (op, params = {}, by = LI) => handleOps(deps, by, { ...params, op }) };
}
