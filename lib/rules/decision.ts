import type { Discrepancy, DiscrepancyId } from '../model/discrepancy';
import type { OrderSettlement } from '../model/order';
import type { RefundSettlement } from '../model/refund';
import type { Instant } from '../values/instant';
import type { Content, DeathReason, DoneOutcome, InboxKey, Source } from '../model/message';

/** The content of a believed message (trust `platform`). */
export interface Fact<Of extends Content = Content> {
  readonly content: Of;
  /** The message's key, which is the evidence of a change. */
  readonly evidence: InboxKey;
  /** Its first source. */
  readonly path: Source;
  /** When it was first received. */
  readonly heardAt: Instant;
}

/** A fact about a payment. */
export type PaymentFact = Fact<Extract<Content, { kind: 'payment' }>>;
/** A fact about a closed order. */
export type ClosureFact = Fact<Extract<Content, { kind: 'closure' }>>;
/** A fact about a refund. */
export type RefundFact = Fact<Extract<Content, { kind: 'refund' }>>;

/** The decision that a fact is processed. Fields it leaves out do not change. */
export interface Done {
  readonly kind: 'done';
  readonly outcome: DoneOutcome;
  readonly change: OrderSettlement | null;
  readonly refund: RefundSettlement | null;
  readonly discrepancies: readonly Discrepancy[];
  /** Discrepancies that this explains, and why in words. */
  readonly explains: { readonly ids: readonly DiscrepancyId[]; readonly reason: string } | null;
}

/** The decision that a fact changes nothing and a person must look at it. */
export interface DeadLetter {
  readonly kind: 'dead';
  readonly reason: DeathReason;
  readonly detail: string;
  readonly discrepancies: readonly Discrepancy[];
}

/**
 * The decision that something is missing which may still arrive: decide again later, and let the
 * message go dead in the end.
 */
export interface Wait {
  readonly kind: 'wait';
  readonly detail: string;
  readonly inTheEnd: DeadLetter;
}

/**
 * What a fact means for an order and its refund. Every decision that sees a discrepancy names it,
 * even when everything is written already: opening one twice is harmless, and a crash may have come
 * between the write of the order and that of the discrepancy.
 */
export type Decision = Done | Wait | DeadLetter;

/** Processed, with these changes. */
export function done(outcome: DoneOutcome, parts: Partial<Omit<Done, 'kind' | 'outcome'>> = {}): Done {
  return { kind: 'done', outcome, change: null, refund: null, discrepancies: [], explains: null, ...parts };
}

/** Nothing changes; a person must look at it. `detail` contains no payer. */
export function deadLetter(
  reason: DeathReason,
  detail: string,
  discrepancies: readonly Discrepancy[] = [],
): DeadLetter {
  return { kind: 'dead', reason, detail, discrepancies };
}
