import type { Discrepancy, DiscrepancyId } from '../model/discrepancy';
import type { OrderSettlement } from '../model/order';
import type { RefundSettlement } from '../model/refund';
import type { Instant } from '../values/instant';
import type { Content, DeathReason, DoneOutcome, InboxKey, Source } from '../model/message';

/** What a believed message says: its message is of trust `platform`. */
export interface Fact<Of extends Content = Content> {
  readonly content: Of;
  /** The message's key: what a change rests on. */
  readonly evidence: InboxKey;
  /** How it was first heard. */
  readonly path: Source;
  /** When it was first heard. */
  readonly heardAt: Instant;
}

/** A fact about a payment. */
export type PaymentFact = Fact<Extract<Content, { kind: 'payment' }>>;
/** A fact about a closed order. */
export type ClosureFact = Fact<Extract<Content, { kind: 'closure' }>>;
/** A fact about a refund. */
export type RefundFact = Fact<Extract<Content, { kind: 'refund' }>>;

/** The decision that a fact is dealt with. What it leaves out does not change. */
export interface Done {
  readonly kind: 'done';
  readonly outcome: DoneOutcome;
  readonly change: OrderSettlement | null;
  readonly refund: RefundSettlement | null;
  readonly discrepancies: readonly Discrepancy[];
  /** Discrepancies that this explains, and why in words. */
  readonly explains: { readonly ids: readonly DiscrepancyId[]; readonly reason: string } | null;
}

/** The decision that a fact changed nothing and needs somebody to look. */
export interface Burial {
  readonly kind: 'bury';
  readonly reason: DeathReason;
  readonly detail: string;
  readonly discrepancies: readonly Discrepancy[];
}

/** The decision that something is missing that may yet come: decide again later, and in the end bury it. */
export interface Wait {
  readonly kind: 'wait';
  readonly detail: string;
  readonly inTheEnd: Burial;
}

/**
 * What a fact means for an order and its refund. The discrepancies are named on every decision that sees them, also when
 * everything is written already, because opening one twice is harmless and a crash may have come between the order's
 * write and theirs.
 */
export type Decision = Done | Wait | Burial;

/** Dealt with, and this is what changes. */
export function done(outcome: DoneOutcome, parts: Partial<Omit<Done, 'kind' | 'outcome'>> = {}): Done {
  return { kind: 'done', outcome, change: null, refund: null, discrepancies: [], explains: null, ...parts };
}

/** Nothing changed: somebody has to look. `detail` holds no payer. */
export function bury(
  reason: DeathReason,
  detail: string,
  discrepancies: readonly Discrepancy[] = [],
): Burial {
  return { kind: 'bury', reason, detail, discrepancies };
}
