import type { Clock } from '../values/instant';
import type { Timers } from './timers';

/** Spreads what begins over time. */
export interface Pacer {
  /** Resolves when the next one may begin: at once, or when its turn has come. Turns come in the order they were asked for. */
  turn(): Promise<void>;
}

/**
 * A pacer that lets `perSecond` begin per second, evenly: each turn comes 1/`perSecond` s after the one before it at the
 * earliest. Turns that nobody took are not saved up, so that a pause is never followed by a burst.
 */
export function pacerOf(clock: Clock, timers: Timers, perSecond: number): Pacer {
  const gapMs = 1000 / perSecond;
  let nextAt = -Infinity;
  return {
    turn() {
      const now = clock.now();
      const at = Math.max(now, nextAt);
      nextAt = at + gapMs;
      if (at === now) return Promise.resolve();
      return new Promise((resolve) => {
        timers.after(Math.ceil(at - now), resolve);
      });
    },
  };
}
