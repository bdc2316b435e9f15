/** How long to wait between attempts: `firstMs`, doubled each time, never above `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait after this attempt (counted from 1), with equal jitter: half of the step is
 * certain, half is drawn by `random` (0 to 1), so that what failed together does not come back
 * together.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const step = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}
