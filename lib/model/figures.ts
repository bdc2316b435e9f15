import type { DiscrepancyClass } from './discrepancy';
import type { Source } from './message';
import type { OrderCounts } from './order';
import type { RefundCounts } from './refund';
import type { Instant } from '../values/instant';

/** How long it took to learn of payments from one source, in ms. */
export interface DelayFigures {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** The state at one time, and what happened in the span before it. Charts are drawn from these. */
export interface Figures {
  /** The end of the span, a multiple of its length, so a span measured twice is one row. */
  readonly at: Instant;
  readonly spanMs: number;
  /** Payments that became known in the span, and how many of them had no callback by its end. */
  readonly heard: number;
  readonly withoutCallback: number;
  /** Believed messages, as those below. */
  readonly pending: number;
  readonly dead: number;
  /**
   * Unverified messages, which anybody can send. Absent from figures of earlier versions, which
   * counted them among the others.
   */
  readonly unverified?: { readonly pending: number; readonly dead: number };
  /** Pending messages that are claimed alone. Absent from figures of earlier versions. */
  readonly alone?: number;
  /** Age of the oldest message that is due and not claimed, in ms; 0 when there is none. */
  readonly oldestDueMs: number;
  /** Payments that became known in the span, by their first source. */
  readonly delays: Readonly<Partial<Record<Source, DelayFigures>>>;
  readonly orders: OrderCounts;
  readonly refunds: RefundCounts;
  readonly openDiscrepancies: Readonly<Partial<Record<DiscrepancyClass, number>>>;
}

/** A payment that became known: when it was made, when we learned of it, and from which source. */
export interface KnownPayment {
  readonly path: Source;
  readonly paidAt: Instant;
  readonly knownAt: Instant;
}

/** Payments that became known in a span of time. */
export interface PaymentsHeard {
  readonly all: number;
  readonly withoutCallback: number;
}
