import type { Clock } from '../values/instant';
import { stopwatch } from './stopwatch';
import type { Timers } from './timers';

/** Spreads what begins over time. */
export interface Pacer {
  /**
   * Resolves when the next one may begin: at once, or when its turn has come. Turns come in the
   * order they were asked for. Answers false when no turn can be had: then it must not begin.
   */
  turn(): Promise<boolean>;
}

/**
 * A pacer that lets `perSecond` begin per second, evenly: each turn comes 1/`perSecond` s after the
 * one before it at the earliest. Turns that nobody took are not saved up, so that a pause is never
 * followed by a burst. A clock that is set back holds up no turn: a day would otherwise have to
 * pass again before the next.
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
