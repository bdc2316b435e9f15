import type { Approval } from '../model/operators/approval';
import { approvalState } from '../model/operators/approval';
import type { Order } from '../model/order';
import type { Person } from '../model/operators/principal';
import type { Fen } from '../values/fen';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';

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
  'ASKER_NOT_PERMITTED',
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
 * An interrupted approval can be taken up again until its request expires, and for at least so long
 * after it was last taken up, in ms.
 */
const TAKE_UP_MS = 3_600_000;

/**
 * Why a request cannot be declined now; null when it can. Its asker may, too: that withdraws it. An
 * approval that was interrupted may be: nothing more of it happens then.
 */
export function whyNotDeclinable(approval: Approval, now: Instant): ApprovalRefusal | null {
  if (isInterrupted(approval, now)) return null;
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
 * `asker`: who asked, as they are now; null when they may not do it any more.
 */
export function whyNotApprovable(
  approval: Approval,
  by: Person,
  asker: Person | null,
  now: Instant,
): ApprovalRefusal | null {
  if (approval.asker.name === by.name) return 'SAME_PERSON';
  const why = whyNotDeclinable(approval, now);
  if (why !== null) return why;
  const { decision, expiresAt } = approval;
  if (decision !== null && now >= Math.max(expiresAt, later(decision.at, TAKE_UP_MS))) return 'EXPIRED';
  if (asker === null) return 'ASKER_NOT_PERMITTED';
  const single = by.refundLimits?.single ?? null;
  return single !== null && approval.amount !== null && approval.amount > single ? 'OVER_OWN_LIMIT' : null;
}

/** True for an approved request that nobody is carrying out any more, without an outcome. */
export function isInterrupted({ decision, outcome }: Approval, now: Instant): boolean {
  return decision?.kind === 'approved' && outcome === null && now - decision.at >= INTERRUPTED_MS;
}
