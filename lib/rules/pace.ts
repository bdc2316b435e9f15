import type { Instant } from '../values/instant';
import { later } from '../values/instant';

/** What is asked of a pace: the next `spanMs` for one holder alone. */
export interface SpanRequest {
  readonly now: Instant;
  /** How long a span is wanted, in ms. */
  readonly spanMs: number;
  /** A span that begins later than this, in ms from `now`, is not granted. */
  readonly withinMs: number;
}

/** The longest span, in ms. */
const LONGEST_SPAN_MS = 10_000;

/** By how much two honest clocks may differ, in ms. */
const SKEW_MS = 60_000;

/**
 * When the span begins; null when those granted before reach too far. Pure. `freeAt` is where the
 * last one ends, null before the first.
 *
 * No span begins later than `withinMs`. So one that ends later than that, than a span is long and
 * than clocks may differ was written by a clock that was ahead. It counts as over, because waiting
 * for that clock's time could take days.
 *
 * Failure policy: fail closed. Without a span the caller waits or stops; it does not call.
 */
export function spanFrom(freeAt: Instant | null, { now, withinMs }: SpanRequest): Instant | null {
  if (freeAt === null || freeAt <= now) return now;
  if (freeAt > later(now, withinMs + LONGEST_SPAN_MS + SKEW_MS)) return now;
  return freeAt <= later(now, withinMs) ? freeAt : null;
}
