import type { Order } from '../model/order';
import type { Fen } from '../values/fen';
import type { OutRefundNo } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Refund, RefundOrigin, RefundState } from '../model/refund';

/** What a payer may see of a refund. */
export interface RefundView {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  /** `abnormal` is shown as it is: the payer's card takes no money, and the merchant has to act. */
  readonly state: RefundState;
  readonly reason: string | null;
  readonly requestedAt: Instant;
  /** When WeChat Pay says it succeeded; null until then, or when it did not say. */
  readonly succeededAt: Instant | null;
}

/** What whoever may refund sees of one. */
export interface OperatorRefundView extends RefundView {
  readonly origin: RefundOrigin;
  readonly requestedBy: string;
  /** Why it was closed or is abnormal, or why it is still being asked for, in a stable word; null when nothing is known. */
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

/** Shows a refund to whoever may refund. */
export function operatorViewOf(refund: Refund): OperatorRefundView {
  const { origin, requestedBy } = refund;
  return { ...viewOf(refund), origin, requestedBy, why: whyOf(refund) };
}

/** Money that was set aside for a refund which was never written down: the same call once more finishes it. */
export interface UnfinishedRefund {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
}

/** The reservations of an order whose refund is not there. One may be seen for a moment while a refund is being made. */
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
