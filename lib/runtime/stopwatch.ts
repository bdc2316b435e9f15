import type { Clock } from '../values/instant';

/**
 * Starts a stopwatch and returns a function that reads the elapsed milliseconds. They never
 * decrease: setting the clock back is ignored, setting it forward counts. So a wait or a time limit
 * never lasts longer than intended when the clock is changed, except by the time between the last
 * reading and the change.
 */
export function stopwatch(clock: Clock): () => number {
  let last = clock.now();
  let elapsed = 0;
  return () => {
    const now = clock.now();
    elapsed += Math.max(0, now - last);
    last = now;
    return elapsed;
  };
}
