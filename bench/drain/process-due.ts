import { systemTimers } from '../../lib/runtime/timers';
import { processInbox } from '../../lib/inbox/process';
import type { LogLevel } from '../../lib/runtime/pino-log';
import { pinoLog } from '../../lib/runtime/pino-log';
import { leaseToken } from '../../lib/model/lease';
import type { Store } from '../../lib/store/port';
import { MERCHANT, START } from '../../test/store/builders';

/** How an inbox is processed. */
export interface Work {
  readonly batch: number;
  readonly lanes: number;
  readonly log: LogLevel;
  /** As in cloud functions, where each request costs. */
  readonly looksFirst?: boolean;
  /** Which of several servers this is: no two take the same lease tokens. */
  readonly server?: string;
}

const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;

/**
 * Processes the due messages of a store, as the worker does, and returns how many were applied.
 * WeChat Pay does not answer.
 */
export async function processDue(
  store: Store,
  { batch, lanes, log, looksFirst = false, server = '0' }: Work,
): Promise<number> {
  let tokens = 0;
  const { applied } = await processInbox(
    {
      store,
      wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
      timers: systemTimers,
      clock: { now: () => START },
      random: () => 0.5,
      newToken: () => leaseToken(`drain-${server}-${String((tokens += 1)).padStart(6, '0')}`),
      log: pinoLog(log),
      lanes,
      looksFirst,
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
