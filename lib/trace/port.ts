import type { ClaimedMessage, NewMessage } from '../model/message';
import type { Order } from '../model/order';
import type { FulfilmentFinish } from '../store/fulfilment-finish';
import type { Settlement } from '../store/port';
import type { Instant } from '../values/instant';

/** What became of spans: the collector took them, or they are gone. */
export const SPAN_OUTCOMES = ['exported', 'dropped'] as const;

/** One of `SPAN_OUTCOMES`. */
export type SpanOutcome = (typeof SPAN_OUTCOMES)[number];

/**
 * Watches what becomes of payments. No method throws, waits or asks the store: work goes on as if
 * nobody watched.
 */
export interface Trace {
  /**
   * A callback tried to make this message durable, from its `receivedAt` until now. `failed`: the
   * store did not confirm it.
   */
  recorded(message: NewMessage, result: 'stored' | 'repeat' | 'failed'): void;
  /** A run that took the message up at `begunAt` has written this settlement. */
  settled(message: ClaimedMessage, settlement: Settlement, begunAt: Instant): void;
  /** A run that took up the order as it was claimed at `begunAt` has written how it ended. */
  fulfilled(order: Order, finish: FulfilmentFinish, begunAt: Instant): void;
  /**
   * The header `traceparent` (W3C Trace Context) for calls about the order as it was claimed: the
   * span that `fulfilled` will report.
   */
  contextOf(order: Order): string;
}
