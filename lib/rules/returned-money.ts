import { discrepancyId, PAYMENT_REJECTION_CLASSES } from '../model/discrepancy';
import type { Order, OrderSettlement, OtherPayment } from '../model/order';
import type { Refund } from '../model/refund';
import type { Instant } from '../values/instant';
import type { Done, RefundFact } from './decision';
import { refundNoOfLateMoney } from './reservation';

/*
 * What follows when money that stood beside an order's payment has gone back whole: it explains what was open about it, and an order
 * that nothing else can pay ends. Pure.
 */

/** What a refund that went through explains: all that was open about money beside the order's payment, where it gives that back whole. */
export function explainedByReturn(order: Order, refund: Refund): Done['explains'] {
  const { outTradeNo } = order;
  const ids = order.otherPayments
    .filter((other) => isReturnedBy(order, other, refund))
    .flatMap(({ as, transactionId }) => {
      const subject = { kind: 'payment', outTradeNo, transactionId } as const;
      const classes = as === 'mismatch' ? PAYMENT_REJECTION_CLASSES : [as];
      return classes.map((of) => discrepancyId(of, subject));
    });
  return ids.length === 0 ? null : { ids, reason: `the money went back by refund ${refund.outRefundNo}` };
}

/**
 * What changes on an order whose refund went through, beside `change`. One whose only payment did not agree with it and has gone back whole
 * is closed: WeChat Pay takes no second payment under its number. Its word that the money is gone is the evidence (G5).
 * Money that went to another merchant says nothing of what the order's own merchant may yet be paid.
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

/** A refund that is older than the field names no payment: of late money it is known by its number, or because there is no other. */
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
