import type { SubMchId } from '../values/ids';
import type { Budget } from './budget';
import type { Log } from './log';
import type { Pacer } from './pacer';

/**
 * Why a run stops querying WeChat Pay for one merchant: it is rate limited, or the run has no token
 * for the merchant's channel.
 */
export type PauseReason = 'rate_limited' | 'missing_api_token';

/**
 * Why a run did not query everything that was due: a pause of some merchant, the run is out of
 * time, or it is without a slot because other runs use up the rate or the store that shares it
 * failed.
 */
export type StopReason = PauseReason | 'time' | 'no_turn';

/**
 * The queries of one worker run to WeChat Pay: evenly paced, stopped together when the run ends,
 * and paused for each merchant apart. One merchant's limit or missing token says nothing about
 * another's, who may be on another channel.
 */
export interface Questions {
  /** Waits for the next slot for a query of this merchant. False when none is allowed. */
  turn(merchant: SubMchId): Promise<boolean>;
  /** True while the run may make queries. */
  goOn(): boolean;
  /**
   * Stops this merchant's queries for the rest of the run. Once set, a missing token stays the
   * reason; it is logged once per run, with the fix.
   */
  pause(merchant: SubMchId, because: PauseReason): void;
  /** Why this merchant's queries stopped; null while they continue. */
  stoppedFor(merchant: SubMchId): StopReason | null;
  /** The merchants without further queries in this run. */
  paused(): readonly SubMchId[];
  /** Why the run did not query everything: a missing token first, as a person must act on it. */
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
  let ended: 'time' | 'no_turn' | null = null;
  const pauses = new Map<SubMchId, PauseReason>();
  const isPausedFor = (reason: PauseReason) => [...pauses.values()].includes(reason);
  const goOn = (): boolean => {
    if (ended === null && (budget.stopping || budget.remaining() < RESERVE_MS)) ended = 'time';
    return ended === null;
  };
  return {
    goOn,
    async turn(merchant) {
      if (pauses.has(merchant) || !goOn()) return false;
      const had = await pacer.turn();
      if (!had) ended ??= 'no_turn';
      return !pauses.has(merchant) && goOn();
    },
    pause(merchant, because) {
      if (because === 'missing_api_token' && !isPausedFor(because)) {
        const fix = `upload the trigger of ${worker} with the WeChat developer tools: only then may its runs query WeChat Pay`;
        log.error('api_token_missing', { outTradeNo: null, worker, fix });
      }
      if (because === 'missing_api_token' || !pauses.has(merchant)) pauses.set(merchant, because);
    },
    stoppedFor: (merchant) => pauses.get(merchant) ?? ended,
    paused: () => [...pauses.keys()],
    get stopped() {
      if (isPausedFor('missing_api_token')) return 'missing_api_token';
      return ended ?? (pauses.size > 0 ? 'rate_limited' : null);
    },
  };
}
