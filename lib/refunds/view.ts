import type { Order } from '../model/order';
import type { Fen } from '../values/fen';
import type { OutRefundNo } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Refund, RefundOrigin, RefundState } from '../model/refund';

/** What a payer may see of a refund. */
export interface RefundView {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  /**
   * `abnormal` is shown as it is: the payer's card cannot take the money, and the merchant must
   * act.
   */
  readonly state: RefundState;
  readonly reason: string | null;
  readonly requestedAt: Instant;
  /** The time of success according to WeChat Pay; null before, or when it gave none. */
  readonly succeededAt: Instant | null;
}

/** What callers who may refund see of a refund. */
export interface OperatorRefundView extends RefundView {
  readonly origin: RefundOrigin;
  readonly requestedBy: string;
  /**
   * Why it was closed, is abnormal or is still being requested, as a stable code; null when
   * unknown.
   */
  readonly why: string | null;
}

/** Shows a refund to its payer. */
export function viewOf(refund: Refund): RefundView {
  const { outRefundNo, amount, reason, createdAt, progress } = refund;
  return {
    outRefundNo,
    amount,
    state: progress.state,
    reason,
    requestedAt: createdAt,
    succeededAt: progress.state === 'succeeded' ? progress.succeededAt : null,
  };
}

/** Shows a refund to callers who may refund. */
export function operatorViewOf(refund: Refund): OperatorRefundView {
  const { origin, requestedBy } = refund;
  return { ...viewOf(refund), origin, requestedBy, why: whyOf(refund) };
}

/** Money reserved for a refund that was never stored. Repeating the call finishes it. */
export interface UnfinishedRefund {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
}

/**
 * Reservations of an order whose refund does not exist. One may appear for a moment while its
 * refund is created.
 */
export function unfinishedOf(
  { refunds: reservations }: Pick<Order, 'refunds'>,
  refunds: readonly Refund[],
): readonly UnfinishedRefund[] {
  const made = new Set(refunds.map(({ outRefundNo }) => outRefundNo));
  return reservations.filter(({ outRefundNo }) => !made.has(outRefundNo));
}

function whyOf({ progress, lastError }: Refund): string | null {
  switch (progress.state) {
    case 'closed':
    case 'abnormal':
      return progress.reason;
    case 'requested':
    case 'processing':
      return lastError;
    case 'succeeded':
      return null;
  }
}
