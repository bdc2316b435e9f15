import type { Order, RefundReservation } from '../model/order';
import type { Refusal } from '../runtime/reply';
import { refuse } from '../runtime/reply';
import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, TransactionId } from '../values/ids';
import type { Refund } from '../model/refund';
import type { PaidMoney, ReserveRefusal } from '../rules/refunds/reservation';
import {
  leftOfPayment,
  looksDerived,
  MOST_REFUNDS,
  paymentsOf,
  plainPayment,
  refundNoOfPayment,
  refundNoOfRequest,
  refundNoOfRest,
  reservationOf,
  reserve,
} from '../rules/refunds/reservation';
import { unfinishedOf } from './view';

/**
 * Identifies a refund, so that a repeated request does not refund twice:
 *
 * - `number`: the caller's own `outRefundNo`;
 * - `request`: the caller's `requestId`; the number is derived from it and the order;
 * - `rest`: everything left of the payment. It needs no name: a repeat finds nothing left and
 *   answers the refund that took it.
 *
 * A partial refund without a name is refused: a second, equal one could not be told from a repeat.
 */
export type RefundName =
  | { readonly kind: 'number'; readonly outRefundNo: OutRefundNo }
  | { readonly kind: 'request'; readonly requestId: string }
  | { readonly kind: 'rest' };

/** A caller's refund request. */
export interface RefundDemand {
  readonly outTradeNo: OutTradeNo;
  /** The payment to refund; null for the one that paid the order, or the only one. */
  readonly transactionId: TransactionId | null;
  /** In fen; null for all that is left. */
  readonly amount: Fen | null;
  readonly name: RefundName;
  /** What the payer reads in WeChat; null for nothing. */
  readonly reason: string | null;
}

/**
 * What to do about a request:
 * - `standing`: the refund exists;
 * - `create`: an interrupted call reserved its money, only the refund is missing;
 * - `reserve`: reserve the money, then create the refund;
 * - or why not.
 */
export type RefundPlan =
  | { readonly kind: 'standing'; readonly refund: Refund }
  | {
      readonly kind: 'create';
      readonly payment: PaidMoney;
      readonly outRefundNo: OutRefundNo;
      readonly amount: Fen;
    }
  | {
      readonly kind: 'reserve';
      readonly payment: PaidMoney;
      readonly outRefundNo: OutRefundNo;
      readonly amount: Fen;
      readonly refunds: readonly RefundReservation[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Plans a refund request given the order and its refunds. Pure. The plan holds for the order's
 * version.
 */
export function planRefund(order: Order, refunds: readonly Refund[], demand: RefundDemand): RefundPlan {
  const payment = paymentOf(order, demand.transactionId);
  const outRefundNo = numberOf(order, payment, refunds, demand.name);
  const standing = refunds.find((one) => one.outRefundNo === outRefundNo);
  if (standing) return isSame(standing, demand) ? { kind: 'standing', refund: standing } : used(outRefundNo);

  const reserved = reservationOf(order, outRefundNo);
  if (reserved !== null) {
    const itsOwn = paymentOf(order, reserved.transactionId ?? demand.transactionId);
    const same =
      (demand.amount === null || demand.amount === reserved.amount) &&
      (demand.transactionId === null || demand.transactionId === itsOwn?.transactionId);
    return same && itsOwn !== null
      ? { kind: 'create', payment: itsOwn, outRefundNo, amount: reserved.amount }
      : used(outRefundNo);
  }
  if (demand.name.kind === 'number' && looksDerived(outRefundNo)) {
    const message = 'a refund number of your own must not end like a derived one ("@all1", "@q…", "@late…")';
    return refused(refuse('BAD_INPUT', message));
  }
  if (payment === null) return refused(noPayment(order, demand));
  const { transactionId } = payment;
  const amount = demand.amount ?? leftOfPayment(order, transactionId);
  const reserving = reserve(order, outRefundNo, amount, transactionId);
  if (reserving.kind === 'refused') return refused(refusalOf(reserving.why, order, payment, refunds, amount));
  if (amount === 0) return refused(refusalOf('more_than_left', order, payment, refunds, amount));
  return { kind: 'reserve', payment, outRefundNo, amount, refunds: reserving.refunds };
}

/** The named payment, or the one that is meant when none is named. */
function paymentOf(order: Order, transactionId: TransactionId | null): PaidMoney | null {
  if (transactionId === null) return plainPayment(order);
  return paymentsOf(order).find((one) => one.transactionId === transactionId) ?? null;
}

function noPayment(order: Order, { transactionId }: RefundDemand): Refusal {
  const { outTradeNo } = order;
  const payments = paymentsOf(order).map((one) => one.transactionId);
  if (payments.length === 0) {
    return refuse('ORDER_NOT_REFUNDABLE', `order ${outTradeNo} is not paid: there is nothing to refund`);
  }
  return transactionId === null
    ? refuse('PAYMENT_NOT_NAMED', `name the transactionId that goes back: ${payments.join(', ')}`)
    : refuse(
        'PAYMENT_NOT_FOUND',
        `${transactionId} is not a payment of ${outTradeNo}: ${payments.join(', ')}`,
      );
}

function numberOf(
  order: Order,
  payment: PaidMoney | null,
  refunds: readonly Refund[],
  name: RefundName,
): OutRefundNo {
  switch (name.kind) {
    case 'number':
      return name.outRefundNo;
    case 'request':
      return refundNoOfRequest(order.outTradeNo, name.requestId);
    case 'rest':
      return numberOfRest(order, payment, refunds);
  }
}

/**
 * The number for everything left of a payment. A closed refund returned its money, so the next
 * attempt has the next number. While nothing is left, it is the refund that took the last of it.
 */
function numberOfRest(order: Order, payment: PaidMoney | null, refunds: readonly Refund[]): OutRefundNo {
  const { outTradeNo } = order;
  const numbered = (n: number) =>
    payment === null || payment.as === 'payment'
      ? refundNoOfRest(outTradeNo, n)
      : refundNoOfPayment(outTradeNo, payment.transactionId, n);
  const left = payment === null ? 0 : leftOfPayment(order, payment.transactionId);
  let standing: OutRefundNo | null = null;
  for (let n = 1; ; n += 1) {
    const outRefundNo = numbered(n);
    const refund = refunds.find((one) => one.outRefundNo === outRefundNo);
    if (!refund) {
      const brokenOff = reservationOf(order, outRefundNo) !== null;
      return standing !== null && left === 0 && !brokenOff ? standing : outRefundNo;
    }
    if (refund.progress.state !== 'closed') standing = outRefundNo;
  }
}

/** The same number must mean the same refund. Fields the caller leaves out are not compared. */
function isSame(standing: Refund, { amount, reason, transactionId }: RefundDemand): boolean {
  return (
    (amount === null || amount === standing.amount) &&
    (reason === null || reason === standing.reason) &&
    (transactionId === null || standing.transactionId === null || transactionId === standing.transactionId)
  );
}

function used(outRefundNo: OutRefundNo): RefundPlan {
  const message = `${outRefundNo} already names another refund: use a new outRefundNo or requestId`;
  return refused(refuse('REFUND_NUMBER_USED', message));
}

function refused(refusal: Refusal): RefundPlan {
  return { kind: 'refused', refusal };
}

function refusalOf(
  why: ReserveRefusal,
  order: Order,
  payment: PaidMoney,
  refunds: readonly Refund[],
  amount: Fen,
): Refusal {
  const { outTradeNo } = order;
  const { transactionId, total } = payment;
  switch (why) {
    case 'nothing_paid':
    case 'no_such_payment':
      return refuse('ORDER_NOT_REFUNDABLE', `order ${outTradeNo} is not paid: there is nothing to refund`);
    case 'more_than_the_payment':
      return refuse('REFUND_TOO_LARGE', `payment ${transactionId} was ${total} fen, not ${amount}`);
    case 'more_than_left': {
      const unfinished = unfinishedOf(order, refunds).map((one) => one.outRefundNo);
      const hint =
        unfinished.length === 0
          ? ''
          : `; unfinished: ${unfinished.join(', ')} (call again with that outRefundNo to finish it)`;
      const left = leftOfPayment(order, transactionId);
      const others = paymentsOf(order).filter((one) => leftOfPayment(order, one.transactionId) > 0);
      const elsewhere =
        others.length === 0
          ? ''
          : `; name a transactionId to give back another payment: ${others.map((one) => one.transactionId).join(', ')}`;
      const message = `${left} fen are left to refund of payment ${transactionId} of ${outTradeNo}`;
      return refuse('REFUND_TOO_LARGE', message + (left > 0 ? '' : elsewhere) + hint);
    }
    case 'too_many':
      return refuse('TOO_MANY_REFUNDS', `WeChat Pay allows ${MOST_REFUNDS} refunds of one order`);
  }
}
