import type { Instant } from '../values/instant';
import { later } from '../values/instant';

/** A request to a pace: the next `spanMs` for one holder alone. */
export interface SpanRequest {
  readonly now: Instant;
  /** The length of the wanted span, in ms. */
  readonly spanMs: number;
  /** A span that starts later than this, in ms from `now`, is not granted. */
  readonly withinMs: number;
}

/** The longest span, in ms. */
const LONGEST_SPAN_MS = 10_000;

/** The most that two correct clocks may differ, in ms. */
const SKEW_MS = 60_000;

/**
 * When the span starts; null when earlier spans reach too far ahead. `freeAt` is where the last one
 * ends, null before the first. Pure.
 *
 * No span starts later than `withinMs`. So one that ends later than `withinMs`, the longest span
 * and the clock difference together was written by a clock that runs ahead. It counts as over,
 * because waiting for that clock's time could take days.
 *
 * Failure policy: fail closed. Without a span the caller waits or stops; it does not call.
 */
export function spanFrom(freeAt: Instant | null, request: SpanRequest): Instant | null {
  const { now, withinMs } = request;
  if (freeAt === null || freeAt <= now) return now;
  if (freeAt > latestFreeAt(request)) return now;
  return freeAt <= later(now, withinMs) ? freeAt : null;
}

/** The latest end of a span that a correct clock can have written. Pure. */
export function latestFreeAt({ now, withinMs }: SpanRequest): Instant {
  return later(now, withinMs + LONGEST_SPAN_MS + SKEW_MS);
}
