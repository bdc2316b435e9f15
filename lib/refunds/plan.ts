import type { Order, RefundReservation } from '../model/order';
import type { Refusal } from '../runtime/reply';
import { refuse } from '../runtime/reply';
import type { Fen } from '../values/fen';
import { fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo } from '../values/ids';
import type { Refund } from '../model/refund';
import type { ReserveRefusal } from '../rules/reservation';
import {
  leftOf,
  looksDerived,
  MOST_REFUNDS,
  refundNoOfRequest,
  refundNoOfRest,
  reservationOf,
  reserve,
} from '../rules/reservation';
import { unfinishedOf } from './view';

/**
 * What makes a refund this one and no other, so that asking twice is not refunding twice:
 *
 * - `number`: the caller's own `outRefundNo`;
 * - `request`: the caller's `requestId`; the number is derived from it and the order;
 * - `rest`: all that is left of the order. It needs no name: done twice, it finds nothing left and answers the refund that took it.
 *
 * A part of the money without a name is refused: nobody could tell a second, equal part from the same one asked for again.
 */
export type RefundName =
  | { readonly kind: 'number'; readonly outRefundNo: OutRefundNo }
  | { readonly kind: 'request'; readonly requestId: string }
  | { readonly kind: 'rest' };

/** What a caller wants back. */
export interface RefundWish {
  readonly outTradeNo: OutTradeNo;
  /** In fen; null for all that is left. */
  readonly amount: Fen | null;
  readonly name: RefundName;
  /** What the payer reads in WeChat; null for nothing. */
  readonly reason: string | null;
}

/**
 * What is to be done about a wish:
 * `standing`: it is there already · `create`: its money is set aside, by a call that broke off: only the refund is missing ·
 * `reserve`: set the money aside, then create it · or why not.
 */
export type RefundPlan =
  | { readonly kind: 'standing'; readonly refund: Refund }
  | { readonly kind: 'create'; readonly outRefundNo: OutRefundNo; readonly amount: Fen }
  | {
      readonly kind: 'reserve';
      readonly outRefundNo: OutRefundNo;
      readonly amount: Fen;
      readonly refunds: readonly RefundReservation[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Works out what a wish means for an order and its refunds. Pure; it holds for the order's version. */
export function planRefund(order: Order, refunds: readonly Refund[], wish: RefundWish): RefundPlan {
  const outRefundNo = numberOf(order, refunds, wish.name);
  const standing = refunds.find((one) => one.outRefundNo === outRefundNo);
  if (standing) return isSame(standing, wish) ? { kind: 'standing', refund: standing } : used(outRefundNo);

  const reserved = reservationOf(order, outRefundNo);
  if (reserved !== null) {
    const same = wish.amount === null || wish.amount === reserved.amount;
    return same ? { kind: 'create', outRefundNo, amount: reserved.amount } : used(outRefundNo);
  }
  if (wish.name.kind === 'number' && looksDerived(outRefundNo)) {
    const message = 'a refund number of your own must not end like a derived one ("@all1", "@q…", "@late…")';
    return refused(refuse('BAD_INPUT', message));
  }
  // Late money paid twice could be more than one payment; one refund returns one payment at most.
  const left = fen(Math.min(leftOf(order), order.total));
  const amount = wish.amount ?? left;
  const reserving = reserve(order, outRefundNo, amount);
  if (reserving.kind === 'refused') return refused(refusalOf(reserving.why, order, refunds, amount));
  if (amount === 0) return refused(refusalOf('more_than_left', order, refunds, amount));
  return { kind: 'reserve', outRefundNo, amount, refunds: reserving.refunds };
}

function numberOf(order: Order, refunds: readonly Refund[], name: RefundName): OutRefundNo {
  switch (name.kind) {
    case 'number':
      return name.outRefundNo;
    case 'request':
      return refundNoOfRequest(order.outTradeNo, name.requestId);
    case 'rest':
      return numberOfRest(order, refunds);
  }
}

/**
 * The number for all that is left. One that was closed gave its money back, so the next try has the next number. While nothing is
 * left, it is the refund that took the last of it.
 */
function numberOfRest(order: Order, refunds: readonly Refund[]): OutRefundNo {
  let standing: OutRefundNo | null = null;
  for (let n = 1; ; n += 1) {
    const outRefundNo = refundNoOfRest(order.outTradeNo, n);
    const refund = refunds.find((one) => one.outRefundNo === outRefundNo);
    if (!refund) {
      const brokenOff = reservationOf(order, outRefundNo) !== null;
      return standing !== null && leftOf(order) === 0 && !brokenOff ? standing : outRefundNo;
    }
    if (refund.progress.state !== 'closed') standing = outRefundNo;
  }
}

/** The same number must mean the same refund. What a caller leaves out is not compared. */
function isSame(standing: Refund, { amount, reason }: RefundWish): boolean {
  return (amount === null || amount === standing.amount) && (reason === null || reason === standing.reason);
}

function used(outRefundNo: OutRefundNo): RefundPlan {
  const message = `${outRefundNo} already names another refund: use a new outRefundNo or requestId`;
  return refused(refuse('REFUND_NUMBER_USED', message));
}

function refused(refusal: Refusal): RefundPlan {
  return { kind: 'refused', refusal };
}

function refusalOf(why: ReserveRefusal, order: Order, refunds: readonly Refund[], amount: Fen): Refusal {
  const { outTradeNo } = order;
  switch (why) {
    case 'nothing_paid':
      return refuse('ORDER_NOT_REFUNDABLE', `order ${outTradeNo} is not paid: there is nothing to refund`);
    case 'more_than_the_payment':
      return refuse('REFUND_TOO_LARGE', `order ${outTradeNo} was ${order.total} fen, not ${amount}`);
    case 'more_than_left': {
      const unfinished = unfinishedOf(order, refunds).map((one) => one.outRefundNo);
      const hint =
        unfinished.length === 0
          ? ''
          : `; unfinished: ${unfinished.join(', ')} (call again with that outRefundNo to finish it)`;
      return refuse('REFUND_TOO_LARGE', `${leftOf(order)} fen are left to refund of ${outTradeNo}${hint}`);
    }
    case 'too_many':
      return refuse('TOO_MANY_REFUNDS', `WeChat Pay allows ${MOST_REFUNDS} refunds of one order`);
  }
}
