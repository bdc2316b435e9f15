import type { Clock } from '../values/instant';

/**
 * Starts counting the milliseconds that go by, and answers how many have. It never goes back: what
 * a clock that is set back takes away is not counted, what one that is set forward adds is. So
 * whoever waits or works for a length of time never does for longer than that, whatever becomes of
 * the clock, but for the time between the last look and the step.
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
