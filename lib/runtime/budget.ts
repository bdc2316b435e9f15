import type { Clock } from '../values/instant';
import { stopwatch } from './stopwatch';

/**
 * How long a run may still work. A cloud function that overruns its limit is killed without a word.
 */
export interface Budget {
  /** Milliseconds left, never negative. */
  remaining(): number;
  /** True once a graceful stop was asked for: finish what is held, take nothing new. */
  readonly stopping: boolean;
}

/**
 * A budget of `ms` milliseconds from now, also over when `signal` is aborted. A clock that is set
 * back adds nothing to it: the platform that ends the run does not go by that clock. One that is
 * set forward ends it early, and the next run goes on.
 */
export function budgetOf(clock: Clock, ms: number, signal?: AbortSignal): Budget {
  const elapsed = stopwatch(clock);
  return {
    remaining: () => Math.max(0, ms - elapsed()),
    get stopping() {
      return signal?.aborted ?? false;
    },
  };
}
