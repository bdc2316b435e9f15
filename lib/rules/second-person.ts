import type { Approval } from '../model/approval';
import { approvalState } from '../model/approval';
import type { Order } from '../model/order';
import type { Person } from '../model/principal';
import type { Fen } from '../values/fen';
import type { Instant } from '../values/instant';

/*
 * When a second person must approve an action, and who may be that person. Pure. A decision is
 * written conditional on the request's version, so of two who decide at once one does.
 */

/** When a second person must approve; null: never. */
export interface SecondPersonPolicy {
  /** A refund after which more than this has been refunded of its order. */
  readonly refundAbove: Fen | null;
  /** An action on more items than this. */
  readonly bulkAbove: number | null;
  /** How long a request waits, in ms. */
  readonly expireMs: number;
}

/**
 * Whether this refund needs a second person. What was refunded of the order before counts, so that
 * nobody stays below the amount by refunding in parts.
 */
export function refundNeedsSecondPerson(
  above: Fen | null,
  order: Pick<Order, 'refunds'>,
  amount: Fen,
): boolean {
  if (above === null) return false;
  return order.refunds.reduce((sum, one) => sum + one.amount, Number(amount)) > above;
}

/** Whether an action on so many items needs a second person. */
export function bulkNeedsSecondPerson(above: number | null, items: number): boolean {
  return above !== null && items > above;
}

/** Why somebody cannot decide about a request now, as a stable code. */
export const APPROVAL_REFUSALS = [
  'SAME_PERSON',
  'EXPIRED',
  'DECLINED',
  'APPROVED',
  'OVER_OWN_LIMIT',
] as const;

/** One of `APPROVAL_REFUSALS`. */
export type ApprovalRefusal = (typeof APPROVAL_REFUSALS)[number];

/**
 * After this long without an outcome, in ms, carrying out a request has been interrupted: longer
 * than a cloud function or a request to the server lives.
 */
export const INTERRUPTED_MS = 120_000;

/**
 * Why a request cannot be declined now; null when it can. Its asker may, too: that withdraws it.
 */
export function whyNotDeclinable(approval: Approval, now: Instant): ApprovalRefusal | null {
  switch (approvalState(approval, now)) {
    case 'waiting':
      return null;
    case 'expired':
      return 'EXPIRED';
    case 'declined':
      return 'DECLINED';
    case 'approved':
      return 'APPROVED';
  }
}

/**
 * Why this person may not approve the request now; null when they may. Another person than its
 * asker approves, once, before it expires; of their own limits only the single one binds an
 * approver. An approval that was interrupted may be taken up again by anybody who may approve.
 */
export function whyNotApprovable(approval: Approval, by: Person, now: Instant): ApprovalRefusal | null {
  if (approval.asker.name === by.name) return 'SAME_PERSON';
  const why = isInterrupted(approval, now) ? null : whyNotDeclinable(approval, now);
  if (why !== null) return why;
  const single = by.refundLimits?.single ?? null;
  return single !== null && approval.amount !== null && approval.amount > single ? 'OVER_OWN_LIMIT' : null;
}

/** True for an approved request that nobody is carrying out any more, without an outcome. */
export function isInterrupted({ decision, outcome }: Approval, now: Instant): boolean {
  return decision?.kind === 'approved' && outcome === null && now - decision.at >= INTERRUPTED_MS;
}
