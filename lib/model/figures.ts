import type { DiscrepancyClass } from './discrepancy';
import type { Source } from './message';
import type { OrderCounts } from './order';
import type { RefundCounts } from './refund';
import type { Instant } from '../values/instant';

/** How long payments took to be known by one path, in ms. */
export interface DelayFigures {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** How things stood at one time, and what happened in the span before it. Plots are made of these. */
export interface Figures {
  /** The end of the span: a multiple of its length, so that a span measured twice is one row. */
  readonly at: Instant;
  readonly spanMs: number;
  /** Payments first heard of in the span, and how many of them no callback had told by then. */
  readonly heard: number;
  readonly withoutCallback: number;
  readonly pending: number;
  readonly dead: number;
  /** Age of the oldest due and unclaimed message, in ms; 0 when there is none. */
  readonly oldestDueMs: number;
  /** Payments that became known in the span, by the path that told first. */
  readonly delays: Readonly<Partial<Record<Source, DelayFigures>>>;
  readonly orders: OrderCounts;
  readonly refunds: RefundCounts;
  readonly openDiscrepancies: Readonly<Partial<Record<DiscrepancyClass, number>>>;
}

/** A payment that became known: when it was made, when we knew, and by which path. */
export interface KnownPayment {
  readonly path: Source;
  readonly paidAt: Instant;
  readonly knownAt: Instant;
}

/** Payments first heard of in a span of time. */
export interface PaymentsHeard {
  readonly all: number;
  readonly withoutCallback: number;
}
