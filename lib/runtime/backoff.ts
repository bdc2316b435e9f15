/** The delay between attempts: `firstMs`, doubled each time, at most `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The delay in ms after this attempt (counted from 1), with equal jitter: half of the step is
 * fixed, half is scaled by `random` (0 to 1), so that simultaneous failures do not retry at the
 * same time.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const step = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(step / 2 + (step / 2) * random);
}
