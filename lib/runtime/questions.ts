import type { Budget } from './budget';
import type { Log } from './log';
import type { Pacer } from './pacer';

/**
 * Why a run puts no more questions to WeChat Pay: it asked too often, it may not ask, its time is
 * over, or no turn could be had: other runs use up the rate, or the store that shares it out failed.
 */
export type StopReason = 'rate_limited' | 'missing_api_token' | 'time' | 'no_turn';

/** The questions one run of a worker puts to WeChat Pay: evenly spread, and ended together. */
export interface Questions {
  /** Waits for the next question's turn. Answers false when no more may be put. */
  turn(): Promise<boolean>;
  /** True while more may be put. */
  goOn(): boolean;
  /**
   * Ends the asking, for everybody in this run. A missing token stays the reason, whatever comes
   * after; it is logged once per run, with the fix, however many met it.
   */
  stop(because: StopReason): void;
  /** Why it ended; null while it goes on. */
  readonly stopped: StopReason | null;
}

/** What questions are put with. */
export interface QuestionParts {
  readonly log: Log;
}

/**
 * With less than this left, in ms, no question is begun: a call to WeChat Pay may take 10 s, and
 * what it says has to be recorded, what is left given back.
 */
const RESERVE_MS = 15_000;

/** The questions of one run of `worker` with this budget, each in a turn of `pacer`. */
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
      const fix = `upload the trigger of ${worker} with the WeChat developer tools: only then may its runs ask WeChat Pay`;
      log.error('api_token_missing', { outTradeNo: null, worker, fix });
    },
    get stopped() {
      return stopped;
    },
  };
}
