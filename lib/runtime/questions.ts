import type { Budget } from './budget';
import type { Log } from './log';
import type { Pacer } from './pacer';

/**
 * Why a run stops querying WeChat Pay: rate limited, not permitted, out of time, or without a slot
 * because other runs use up the rate or the store that shares it failed.
 */
export type StopReason = 'rate_limited' | 'missing_api_token' | 'time' | 'no_turn';

/** The queries of one worker run to WeChat Pay: evenly paced, and stopped together. */
export interface Questions {
  /** Waits for the next query's slot. False when no more are allowed. */
  turn(): Promise<boolean>;
  /** True while more queries are allowed. */
  goOn(): boolean;
  /**
   * Stops all queries of this run. Once set, a missing token stays the reason; it is logged once
   * per run, with the fix.
   */
  stop(because: StopReason): void;
  /** Why queries stopped; null while they continue. */
  readonly stopped: StopReason | null;
}

/** The dependencies of queries. */
export interface QuestionParts {
  readonly log: Log;
}

/**
 * No query is started with less than this left, in ms: a call to WeChat Pay may take 10 s, its
 * result must be recorded, and the remaining claims released.
 */
const RESERVE_MS = 15_000;

/** The queries of one run of `worker` within this budget, each in a slot of `pacer`. */
export function questionsOf(
  { log }: QuestionParts,
  worker: 'reconcileOrders' | 'followRefunds',
  budget: Budget,
  pacer: Pacer,
): Questions {
  let stopped: StopReason | null = null;
  const goOn = (): boolean => {
    if (stopped === null && (budget.stopping || budget.remaining() < RESERVE_MS)) stopped = 'time';
    return stopped === null;
  };
  return {
    goOn,
    async turn() {
      if (!goOn()) return false;
      const had = await pacer.turn();
      if (!had) stopped ??= 'no_turn';
      return goOn();
    },
    stop(because) {
      if (stopped === 'missing_api_token') return;
      stopped = because;
      if (because !== 'missing_api_token') return;
      const fix = `upload the trigger of ${worker} with the WeChat developer tools: only then may its runs query WeChat Pay`;
      log.error('api_token_missing', { outTradeNo: null, worker, fix });
    },
    get stopped() {
      return stopped;
    },
  };
}
