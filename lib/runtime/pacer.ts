import type { Clock } from '../values/instant';
import { stopwatch } from './stopwatch';
import type { Timers } from './timers';

/** Limits the rate at which work starts. */
export interface Pacer {
  /**
   * Resolves when the next piece of work may start, immediately or later, in call order. False when
   * no slot is available: then it must not start.
   */
  turn(): Promise<boolean>;
}

/**
 * A pacer that starts `perSecond` pieces of work per second, evenly: at least 1/`perSecond` s
 * apart. Unused slots are not saved, so a pause is never followed by a burst. Setting the clock
 * back does not delay anything; otherwise the next start would wait until the clock caught up.
 */
export function pacerOf(clock: Clock, timers: Timers, perSecond: number): Pacer {
  const gapMs = 1000 / perSecond;
  const elapsed = stopwatch(clock);
  let nextAt = -Infinity;
  return {
    turn() {
      const now = elapsed();
      const at = Math.max(now, nextAt);
      nextAt = at + gapMs;
      if (at === now) return Promise.resolve(true);
      return new Promise((resolve) => {
        timers.after(Math.ceil(at - now), () => {
          resolve(true);
        });
      });
    },
  };
}
