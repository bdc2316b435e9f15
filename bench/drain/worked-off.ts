import { systemTimers } from '../../lib/runtime/timers';
import { processInbox } from '../../lib/inbox/process';
import type { LogLevel } from '../../lib/runtime/pino-log';
import { pinoLog } from '../../lib/runtime/pino-log';
import { leaseToken } from '../../lib/model/lease';
import type { Store } from '../../lib/store/port';
import { MERCHANT, START } from '../../test/store/builders';

/** How an inbox is worked off. */
export interface Work {
  readonly batch: number;
  readonly lanes: number;
  readonly log: LogLevel;
}

const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;

/**
 * Works off what is due in a store, as the worker does, and answers how many messages were applied.
 * WeChat Pay says nothing.
 */
export async function workedOff(store: Store, { batch, lanes, log }: Work): Promise<number> {
  let tokens = 0;
  const { applied } = await processInbox(
    {
      store,
      wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
      timers: systemTimers,
      clock: { now: () => START },
      random: () => 0.5,
      newToken: () => leaseToken(`drain-${String((tokens += 1)).padStart(6, '0')}`),
      log: pinoLog(log),
      lanes,
      settings: {
        batch,
        leaseMs: 60_000,
        attempts: 5,
        backoff: { firstMs: 1_000, maxMs: 60_000 },
        missingOrderMs: 600_000,
        queryConcurrency: 4,
        unverifiedMs: 7 * 86_400_000,
        lateMoney: 'hold',
        verifyAbove: null,
        merchants: [MERCHANT],
      },
    },
    { remaining: () => 60_000, stopping: false },
  );
  return applied;
}
