import { discrepancyId, PAYMENT_REJECTION_CLASSES } from '../../model/discrepancy';
import type { Order, OrderSettlement, OtherPayment } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { Instant } from '../../values/instant';
import type { Done, RefundFact } from '../decision';
import { refundNoOfLateMoney } from './reservation';

/*
 * What follows when a payment beside the order's own has gone back in full: its open discrepancies
 * are explained, and an order that nothing else can pay ends. Pure.
 */

/**
 * The discrepancies a completed refund explains: all open ones about a payment beside the order's
 * own that it returns in full.
 */
export function explainedByReturn(order: Order, refund: Refund): Done['explains'] {
  const { outTradeNo } = order;
  const ids = order.otherPayments
    .filter((other) => isReturnedBy(order, other, refund))
    .flatMap(({ as, transactionId }) => {
      const subject = { kind: 'payment', outTradeNo, transactionId } as const;
      const classes = as === 'mismatch' ? PAYMENT_REJECTION_CLASSES : [as];
      return classes.map((discrepancyClass) => discrepancyId(discrepancyClass, subject));
    });
  return ids.length === 0 ? null : { ids, reason: `the money went back by refund ${refund.outRefundNo}` };
}

/**
 * What a completed refund changes on its order, added to `change`. An order is closed when its only
 * payment did not agree with it and has gone back in full: WeChat Pay accepts no second payment
 * under its number. The completed refund is the evidence (G5). A payment to another merchant proves
 * nothing about what the order's own merchant may still be paid.
 */
export function closedByReturn(
  order: Order,
  refund: Refund,
  change: OrderSettlement | null,
  fact: RefundFact,
  now: Instant,
): OrderSettlement | null {
  const returned = order.otherPayments.find((other) => isReturnedBy(order, other, refund));
  if (order.payment.state !== 'pending' || returned === undefined || returned.paidTo !== undefined) {
    return change;
  }
  return {
    outTradeNo: order.outTradeNo,
    expectedVersion: order.version,
    payment: { state: 'closed', at: fact.heardAt, evidence: fact.evidence },
    fulfilment: order.fulfilment,
    otherPayments: order.otherPayments,
    refunds: change?.refunds ?? order.refunds,
    entry: { at: now, event: 'closed_money_returned', path: fact.path, evidence: fact.evidence },
  };
}

/**
 * A refund older than the field names no payment. For a late payment its number identifies it, or
 * there is no other.
 */
function isReturnedBy(
  { outTradeNo, payment, otherPayments }: Order,
  { as, total, transactionId }: OtherPayment,
  refund: Refund,
): boolean {
  if (total !== refund.amount) return false;
  if (refund.transactionId !== null) return refund.transactionId === transactionId;
  const only = payment.state !== 'paid' && otherPayments.length === 1;
  return (
    as === 'paid_after_close' &&
    (only || refundNoOfLateMoney(outTradeNo, transactionId) === refund.outRefundNo)
  );
}
