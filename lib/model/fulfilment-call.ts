import type { Instant } from '../values/instant';

/** What one call of the merchant's system came to. */
export const CALL_RESULTS = [
  /** It fulfilled the order. */
  'fulfilled',
  /** It refused this order for good. */
  'refused',
  /** It refused this order for now: an attempt of the order is spent. */
  'declined',
  /** It gave no answer that is about this order: no attempt is spent. */
  'unavailable',
] as const;

/** One of `CALL_RESULTS`. */
export type CallResult = (typeof CALL_RESULTS)[number];

/** One call of the merchant's system about one order. */
export interface FulfilmentCall {
  /** When it began. */
  readonly at: Instant;
  /** Until its answer was complete, or it was given up, in ms. */
  readonly ms: number;
  readonly result: CallResult;
  /** The HTTP status; null: there was no answer. */
  readonly status: number | null;
  /**
   * The start of the answer without payer ids and control characters, or why there was none, such
   * as `ECONNREFUSED` or `timeout`.
   */
  readonly said: string;
}

/** How many calls an order keeps, the latest ones. */
export const CALLS_KEPT = 20;

/** The calls of an order with further ones, as many as it keeps. */
export function withCalls(
  calls: readonly FulfilmentCall[],
  more: readonly FulfilmentCall[],
): readonly FulfilmentCall[] {
  return [...calls, ...more].slice(-CALLS_KEPT);
}
