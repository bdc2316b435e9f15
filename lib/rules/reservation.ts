import { createHash } from 'node:crypto';
import type { Order, RefundReservation } from '../model/order';
import type { Fen } from '../values/fen';
import { fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, TransactionId } from '../values/ids';
import { isOutRefundNo } from '../values/ids';

/** WeChat Pay allows so many refunds of one payment (v2 refund). */
export const MOST_REFUNDS = 50;

/** What of an order the rules of refunding look at. */
export type RefundableOrder = Pick<Order, 'outTradeNo' | 'total' | 'payment' | 'otherPayments' | 'refunds'>;

/**
 * All the money that came for an order: its payment, late money and money paid twice. Each is of the order's total, because what
 * is of another amount never counts.
 */
export function paidFor({ total, payment, otherPayments }: RefundableOrder): Fen {
  const other = otherPayments.reduce((sum, one) => sum + one.total, 0);
  return fen((payment.state === 'paid' ? total : 0) + other);
}

/** What is left to refund: what was paid less what is promised to refunds, whether it has gone back yet or not. */
export function leftOf(order: RefundableOrder): Fen {
  return fen(paidFor(order) - order.refunds.reduce((sum, one) => sum + one.amount, 0));
}

/** The transactions whose money came for an order: the one that paid it, and those beside it. */
export function transactionsOf({
  payment,
  otherPayments,
}: Pick<RefundableOrder, 'payment' | 'otherPayments'>): readonly TransactionId[] {
  const beside = otherPayments.map(({ transactionId }) => transactionId);
  return payment.state === 'paid' ? [payment.transactionId, ...beside] : beside;
}

/** What is left of one of an order's payments: refunds that name it are taken off. */
export function leftOfTransaction(order: RefundableOrder, transactionId: TransactionId): Fen {
  if (!transactionsOf(order).includes(transactionId)) return fen(0);
  const named = order.refunds.filter((one) => one.transactionId === transactionId);
  return fen(Math.max(0, order.total - named.reduce((sum, one) => sum + one.amount, 0)));
}

/** The reservation of this number, or null. */
export function reservationOf(
  { refunds }: Pick<Order, 'refunds'>,
  outRefundNo: OutRefundNo,
): RefundReservation | null {
  return refunds.find((one) => one.outRefundNo === outRefundNo) ?? null;
}

/**
 * A refund that is asked for has its money set aside. One that has not is just being closed, by somebody whose order's write came
 * before the refund's: WeChat Pay must not be asked for it again.
 */
export function holdsReservation(
  order: Pick<Order, 'refunds'>,
  { outRefundNo, amount }: RefundReservation,
): boolean {
  return reservationOf(order, outRefundNo)?.amount === amount;
}

/** Why money cannot be reserved. */
export type ReserveRefusal = 'nothing_paid' | 'more_than_left' | 'more_than_the_payment' | 'too_many';

/** The reservations with this one, or why it cannot be made. */
export type Reserving =
  | { readonly kind: 'reserved'; readonly refunds: readonly RefundReservation[] }
  | { readonly kind: 'refused'; readonly why: ReserveRefusal };

/**
 * Adds a reservation to an order's, if the money is there. Pure: it holds only for the version of the order it was made on, and
 * is written naming that version. That is the one place where the sum of refunds is kept within what was paid.
 */
export function reserve(
  order: RefundableOrder,
  outRefundNo: OutRefundNo,
  amount: Fen,
  transactionId: TransactionId | null = null,
): Reserving {
  const refused = (why: ReserveRefusal): Reserving => ({ kind: 'refused', why });
  if (paidFor(order) === 0) return refused('nothing_paid');
  if (amount > order.total) return refused('more_than_the_payment');
  if (amount > leftOf(order)) return refused('more_than_left');
  if (transactionId !== null && amount > leftOfTransaction(order, transactionId))
    return refused('more_than_left');
  if (order.refunds.length >= MOST_REFUNDS) return refused('too_many');
  const of = transactionId === null ? {} : { transactionId };
  return { kind: 'reserved', refunds: [...order.refunds, { outRefundNo, amount, ...of }] };
}

/** The reservations without this one. */
export function released(
  { refunds }: Pick<Order, 'refunds'>,
  outRefundNo: OutRefundNo,
): readonly RefundReservation[] {
  return refunds.filter((one) => one.outRefundNo !== outRefundNo);
}

/** The refund number that a caller's request about an order stands for: the same request, the same number, for ever. */
export function refundNoOfRequest(outTradeNo: OutTradeNo, requestId: string): OutRefundNo {
  return derived(outTradeNo, `q${nameOf(`request\n${requestId}`)}`);
}

/** The number of the `n`th try to refund all that is left of an order. */
export function refundNoOfRest(outTradeNo: OutTradeNo, n: number): OutRefundNo {
  return derived(outTradeNo, `all${n}`);
}

/** The number of the refund that returns money which came late: it is the same however often that is decided. */
export function refundNoOfLateMoney(outTradeNo: OutTradeNo, transactionId: TransactionId): OutRefundNo {
  return derived(outTradeNo, `late${nameOf(transactionId)}`);
}

/** True for a number that is or could be derived, of whatever order. A caller's own number must not look like one: it would take it away. */
export function looksDerived(outRefundNo: OutRefundNo): boolean {
  return /@(all\d+|(q|late)[a-z2-7]{24})$/.test(outRefundNo);
}

/** `@` may stand in refund numbers and not in order numbers, so the order's part of it always shows. */
function derived(outTradeNo: OutTradeNo, rest: string): OutRefundNo {
  const number: string = `${outTradeNo}@${rest}`;
  if (!isOutRefundNo(number)) throw new TypeError('a refund number has 1 to 64 of 0-9A-Za-z_-|*@');
  return number;
}

/** 120 bits of a hash, in lower-case base 32: with an order number of 32 the whole stays within 64. */
function nameOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(digest.subarray(0, 24), (byte) => alphabet.charAt(byte % 32)).join('');
}
