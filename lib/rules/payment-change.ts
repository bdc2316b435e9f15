import type { Discrepancy, DiscrepancyClass } from '../model/discrepancy';
import { newDiscrepancy } from '../model/discrepancy';
import type { Fact } from './decision';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { PaymentDetails } from '../model/facts';
import type { Against } from './hold';
import { heldDiscrepancy, holdOfPayment } from './hold';
import { isPaymentBeside } from '../model/order';
import type { Fulfilment, Order, OrderSettlement, OtherPayment } from '../model/order';

/** A payment, the fact that states it, and when it is decided. */
export interface ReceivedPayment {
  readonly payment: PaymentDetails;
  readonly fact: Fact;
  readonly now: Instant;
  /** The evidence that may hold the order's fulfilment. */
  readonly against: Against;
}

/**
 * Makes the order paid by this payment, with fulfilment due or held: one change, so no second write
 * can be lost.
 */
export function paidBy(
  order: Order,
  { payment, fact, now, against }: ReceivedPayment,
  event: 'paid' | 'paid_after_close',
): OrderSettlement {
  const reason = holdOfPayment(order, against);
  const fulfilment: Fulfilment =
    reason === null
      ? { state: 'due', attempts: 0, dueAt: now, lease: null, lastError: null }
      : { state: 'held', attempts: 0, heldAt: now, reason };
  return {
    outTradeNo: order.outTradeNo,
    expectedVersion: order.version,
    payment: {
      state: 'paid',
      transactionId: payment.transactionId,
      paidAt: payment.paidAt,
      knownAt: fact.heardAt,
      knownBy: fact.path,
      evidence: fact.evidence,
      cash: payment.cash,
      ...(payment.cashFeeType === undefined ? {} : { cashFeeType: payment.cashFeeType }),
      coupon: payment.coupon,
      settlementTotal: payment.settlementTotal,
      ...(payment.promotions === undefined ? {} : { promotions: payment.promotions }),
      ...(event === 'paid_after_close' ? { afterClose: true } : {}),
    },
    fulfilment,
    otherPayments: order.otherPayments.filter((one) => one.transactionId !== payment.transactionId),
    refunds: order.refunds,
    takes: payment.transactionId,
    entry: { at: now, event, path: fact.path, evidence: fact.evidence },
  };
}

/** Names the hold of an order that is paid and held, now or by this change. */
export function heldNames(
  order: Order,
  { payment, fulfilment }: Pick<Order, 'payment' | 'fulfilment'>,
  now: Instant,
): readonly Discrepancy[] {
  if (fulfilment.state !== 'held') return [];
  const named = heldDiscrepancy({ ...order, payment }, fulfilment, now);
  return named === null ? [] : [named];
}

/** This payment as money beside the order's own payment, or null when it is noted already. */
export function otherMoney(
  order: Order,
  { payment, fact }: ReceivedPayment,
  as: OtherPayment['as'],
): OtherPayment | null {
  const { transactionId, total, paidAt } = payment;
  return isPaymentBeside(order, transactionId)
    ? null
    : { transactionId, total, paidAt, as, evidence: fact.evidence };
}

/** The order with this payment noted beside its own. */
export function notedBeside(
  order: Order,
  { payment, fact, now }: ReceivedPayment,
  other: OtherPayment,
): OrderSettlement {
  return {
    outTradeNo: order.outTradeNo,
    expectedVersion: order.version,
    payment: order.payment,
    fulfilment: order.fulfilment,
    otherPayments: [...order.otherPayments, other],
    refunds: order.refunds,
    takes: payment.transactionId,
    entry: { at: now, event: other.as, path: fact.path, evidence: fact.evidence },
  };
}

/** A discrepancy about this payment, as of now. */
export function discrepancy(
  discrepancyClass: DiscrepancyClass,
  { payment, fact, now }: ReceivedPayment,
  ours: Json,
  theirs: Json,
): Discrepancy {
  const { outTradeNo, transactionId } = payment;
  const subject = { kind: 'payment', outTradeNo, transactionId } as const;
  return newDiscrepancy({ class: discrepancyClass, subject, ours, theirs, path: fact.path }, now);
}
