import type { Clock } from '../values/instant';
import { stopwatch } from './stopwatch';

/**
 * The time a run has left. The platform kills a cloud function that exceeds its limit, without a
 * warning.
 */
export interface Budget {
  /** Milliseconds left, never negative. */
  remaining(): number;
  /** True once a graceful stop is requested: finish current work, start nothing new. */
  readonly stopping: boolean;
}

/**
 * A budget of `ms` milliseconds from now, which also ends when `signal` is aborted. Setting the
 * clock back does not extend it, because the platform's limit does not follow that clock. Setting
 * the clock forward ends it early, and the next run continues.
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

/** The same budget, which begins nothing new after `ms`: what is under way may still end. */
export function beginningFor(budget: Budget, ms: number): Budget {
  const atFirst = budget.remaining();
  return {
    remaining: () => budget.remaining(),
    get stopping() {
      return budget.stopping || atFirst - budget.remaining() >= ms;
    },
  };
}
