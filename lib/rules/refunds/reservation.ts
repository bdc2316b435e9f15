import { createHash } from 'node:crypto';
import type { OrderEntry } from '../../model/history';
import type { Order, OrderSettlement, OtherPayment, RefundReservation } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { Fen } from '../../values/fen';
import { fen } from '../../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../../values/ids';
import { isOutRefundNo } from '../../values/ids';

/** The most refunds of one payment that WeChat Pay allows (v2 refund). */
export const MOST_REFUNDS = 50;

/** The fields of an order that the refund rules use. */
export type RefundableOrder = Pick<Order, 'outTradeNo' | 'total' | 'payment' | 'otherPayments' | 'refunds'>;

/** One payment for an order: the one that paid it, or another. */
export interface PaidMoney {
  readonly transactionId: TransactionId;
  readonly total: Fen;
  /** `payment`: the one that paid the order. */
  readonly as: 'payment' | OtherPayment['as'];
  /** The merchant it was paid to, when not the order's. */
  readonly paidTo?: SubMchId;
}

/** All payments for an order, the one that paid it first. */
export function paymentsOf({
  total,
  payment,
  otherPayments,
}: Pick<RefundableOrder, 'total' | 'payment' | 'otherPayments'>): readonly PaidMoney[] {
  const beside = otherPayments.filter(
    ({ transactionId }) => payment.state !== 'paid' || payment.transactionId !== transactionId,
  );
  if (payment.state !== 'paid') return beside;
  const { transactionId, acceptance } = payment;
  return [{ transactionId, total: acceptance?.total ?? total, as: 'payment' }, ...beside];
}

/** All money paid for an order: its payment, late payments, duplicate payments and mismatches. */
export function paidFor(order: RefundableOrder): Fen {
  return fen(paymentsOf(order).reduce((sum, one) => sum + one.total, 0));
}

/**
 * What is left to refund of all payments together: the sum paid less the sum reserved, whether or
 * not that has gone back yet.
 */
export function leftOf(order: RefundableOrder): Fen {
  return fen(paidFor(order) - order.refunds.reduce((sum, one) => sum + one.amount, 0));
}

/** The transactions paid for an order: the one that paid it, then the others. */
export function transactionsOf({
  payment,
  otherPayments,
}: Pick<RefundableOrder, 'payment' | 'otherPayments'>): readonly TransactionId[] {
  const beside = otherPayments.map(({ transactionId }) => transactionId);
  return payment.state === 'paid' ? [payment.transactionId, ...beside] : beside;
}

/**
 * What is left to refund of each payment. A refund that names no payment, requested by order number
 * or by hand, is taken from the payment that paid the order first, then from the others in turn.
 */
export function leftOfEach(
  order: RefundableOrder,
): readonly { readonly payment: PaidMoney; readonly left: Fen }[] {
  const payments = paymentsOf(order);
  const named = new Set(payments.map(({ transactionId }) => transactionId));
  const promised = (to: (one: RefundReservation) => boolean) =>
    order.refunds.filter(to).reduce((sum, { amount }) => sum + amount, 0);
  let unnamed = promised(({ transactionId }) => transactionId === undefined || !named.has(transactionId));
  return payments.map((payment) => {
    const own = payment.total - promised(({ transactionId }) => transactionId === payment.transactionId);
    const taken = Math.max(0, Math.min(own, unnamed));
    unnamed -= taken;
    return { payment, left: fen(Math.max(0, own - taken)) };
  });
}

/** What is left to refund of one payment; 0 when it was not for this order. */
export function leftOfPayment(order: RefundableOrder, transactionId: TransactionId): Fen {
  return leftOfEach(order).find(({ payment }) => payment.transactionId === transactionId)?.left ?? fen(0);
}

/**
 * The payment a refund means when it names none: the one that paid the order, or else the only one.
 * Null when there are several, because guessing could refund the wrong one.
 */
export function plainPayment(
  order: Pick<RefundableOrder, 'total' | 'payment' | 'otherPayments'>,
): PaidMoney | null {
  const payments = paymentsOf(order);
  const paid = payments.find((one) => one.as === 'payment');
  return paid ?? (payments.length === 1 ? (payments[0] ?? null) : null);
}

/** What may be refunded of an order without naming a payment. */
export function refundableOf(order: RefundableOrder): Fen {
  const payment = plainPayment(order);
  return payment === null ? fen(0) : leftOfPayment(order, payment.transactionId);
}

/**
 * True when all money that goods were owed for is reserved for refunds, whether or not any of it
 * goes back. No goods are owed for a payment that does not agree with the order.
 */
export function isReservedInFull(order: RefundableOrder): boolean {
  const owing = leftOfEach(order).filter(({ payment }) => payment.as !== 'mismatch');
  return order.refunds.length > 0 && owing.every(({ left }) => left === 0);
}

/**
 * True when all money that goods were owed for has gone back: the refunds themselves say so. A
 * reservation alone proves nothing, because its call may have broken off before the refund existed,
 * and WeChat Pay may still close the refund. `refunds`: those of the order.
 */
export function isRefundedInFull(order: RefundableOrder, refunds: readonly Refund[]): boolean {
  return isReservedInFull({ ...order, refunds: order.refunds.filter((one) => hasSucceeded(one, refunds)) });
}

/** True when the refund of this reservation has succeeded. */
export function hasSucceeded({ outRefundNo }: RefundReservation, refunds: readonly Refund[]): boolean {
  return refunds.some((one) => one.outRefundNo === outRefundNo && one.progress.state === 'succeeded');
}

/** The reservation of this number, or null. */
export function reservationOf(
  { refunds }: Pick<Order, 'refunds'>,
  outRefundNo: OutRefundNo,
): RefundReservation | null {
  return refunds.find((one) => one.outRefundNo === outRefundNo) ?? null;
}

/**
 * True when the order still reserves money for this refund. One without a reservation is being
 * closed by another run, which writes the order first: it must not be requested from WeChat Pay
 * again.
 */
export function holdsReservation(
  order: Pick<Order, 'refunds'>,
  { outRefundNo, amount }: Pick<RefundReservation, 'outRefundNo' | 'amount'>,
): boolean {
  return reservationOf(order, outRefundNo)?.amount === amount;
}

/** Why money cannot be reserved. */
export type ReserveRefusal =
  'nothing_paid' | 'no_such_payment' | 'more_than_left' | 'more_than_the_payment' | 'too_many';

/** The reservations with this one added, or why it cannot be. */
export type Reserving =
  | { readonly kind: 'reserved'; readonly refunds: readonly RefundReservation[] }
  | { readonly kind: 'refused'; readonly why: ReserveRefusal };

/**
 * Adds a reservation to an order's if the money is there: of the named payment, or of all payments
 * together when none is named. Pure. The result holds for the order's version it was made on and
 * must be written conditional on it. This is the only place that keeps the sum of refunds within
 * what was paid, and within each payment.
 */
export function reserve(
  order: RefundableOrder,
  outRefundNo: OutRefundNo,
  amount: Fen,
  transactionId: TransactionId | null = null,
): Reserving {
  const refused = (why: ReserveRefusal): Reserving => ({ kind: 'refused', why });
  const payments = leftOfEach(order);
  if (payments.length === 0) return refused('nothing_paid');
  const from = payments.filter(
    ({ payment }) => transactionId === null || payment.transactionId === transactionId,
  );
  if (from.length === 0) return refused('no_such_payment');
  if (from.every(({ payment }) => amount > payment.total)) return refused('more_than_the_payment');
  if (from.every(({ left }) => amount > left)) return refused('more_than_left');
  if (order.refunds.length >= MOST_REFUNDS) return refused('too_many');
  const reservation = { outRefundNo, amount, ...(transactionId === null ? {} : { transactionId }) };
  return { kind: 'reserved', refunds: [...order.refunds, reservation] };
}

/** The reservations without this one. */
export function released(
  { refunds }: Pick<Order, 'refunds'>,
  outRefundNo: OutRefundNo,
): readonly RefundReservation[] {
  return refunds.filter((one) => one.outRefundNo !== outRefundNo);
}

/**
 * The refund number for a caller's request about an order: the same request always gives the same
 * number.
 */
export function refundNoOfRequest(outTradeNo: OutTradeNo, requestId: string): OutRefundNo {
  return derived(outTradeNo, `q${nameOf(`request\n${requestId}`)}`);
}

/** The number of the `n`th attempt to refund everything left of an order. */
export function refundNoOfRest(outTradeNo: OutTradeNo, n: number): OutRefundNo {
  return derived(outTradeNo, `all${n}`);
}

/** The number of the refund that returns a late payment: the same however often it is decided. */
export function refundNoOfLateMoney(outTradeNo: OutTradeNo, transactionId: TransactionId): OutRefundNo {
  return refundNoOfPayment(outTradeNo, transactionId, 1);
}

/**
 * The number of the `n`th attempt to return everything left of a payment beside the order's own.
 */
export function refundNoOfPayment(
  outTradeNo: OutTradeNo,
  transactionId: TransactionId,
  n: number,
): OutRefundNo {
  return derived(outTradeNo, `late${nameOf(n === 1 ? transactionId : `${transactionId}\n${n}`)}`);
}

/**
 * True for a number that is or could be derived, for any order. A caller's own number must not look
 * like one, or it would occupy it.
 */
export function looksDerived(outRefundNo: OutRefundNo): boolean {
  return /@(all\d+|(q|late)[a-z2-7]{24})$/.test(outRefundNo);
}

/**
 * Refund numbers may contain `@` and order numbers may not, so the order's part is always
 * recognisable.
 */
function derived(outTradeNo: OutTradeNo, rest: string): OutRefundNo {
  const number: string = `${outTradeNo}@${rest}`;
  if (!isOutRefundNo(number)) throw new TypeError('a refund number has 1 to 64 of 0-9A-Za-z_-|*@');
  return number;
}

/**
 * 120 bits of a hash, in lower-case base 32: with an order number of 32 characters the whole fits
 * in 64.
 */
function nameOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(digest.subarray(0, 24), (byte) => alphabet.charAt(byte % 32)).join('');
}

/** The order with these reservations and nothing else changed. */
export function withRefunds(
  order: Order,
  refunds: readonly RefundReservation[],
  entry: OrderEntry,
): OrderSettlement {
  return {
    outTradeNo: order.outTradeNo,
    expectedVersion: order.version,
    payment: order.payment,
    fulfilment: order.fulfilment,
    otherPayments: order.otherPayments,
    refunds,
    entry,
  };
}
