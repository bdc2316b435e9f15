import type { Clock } from '../values/instant';
import { later } from '../values/instant';

/** How long a run may still work. A cloud function that overruns its limit is killed without a word. */
export interface Budget {
  /** Milliseconds left, never negative. */
  remaining(): number;
  /** True once a graceful stop was asked for: finish what is held, take nothing new. */
  readonly stopping: boolean;
}

/** A budget of `ms` milliseconds from now, also over when `signal` is aborted. */
export function budgetOf(clock: Clock, ms: number, signal?: AbortSignal): Budget {
  const end = later(clock.now(), ms);
  return {
    remaining: () => Math.max(0, end - clock.now()),
    get stopping() {
      return signal?.aborted ?? false;
    },
  };
}
