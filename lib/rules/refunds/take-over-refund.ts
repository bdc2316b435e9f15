import type { Discrepancy } from '../../model/discrepancy';
import type { DeathReason } from '../../model/message';
import type { Order, OrderSettlement } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { Fen } from '../../values/fen';
import { isPayableFen } from '../../values/fen';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Decision, RefundFact, Wait } from '../decision';
import { deadLetter, done } from '../decision';
import { foreignTransaction } from './refund-agreement';
import { missingHere, refundDiscrepancy } from './refund-discrepancies';
import type { Entered } from './refund-progress';
import { entryOf, progressOf } from './refund-progress';
import type { PaidMoney } from './reservation';
import { paymentsOf, released, reservationOf, reserve, withRefunds } from './reservation';
import { closedByReturn, explainedByReturn } from './returned-money';

/**
 * Decides what becomes of a refund that nobody requested here: it was made in the merchant
 * platform. Pure.
 *
 *   names no order      ──▶ waits for its payment or refund; in the end dead
 *   declined            ──▶ noted: no money moves
 *   closed              ──▶ taken over as closed, without a reservation
 *   anything else       ──▶ the order must be here (else wait), must agree with it (else dead, or
 *                           wait for its other payment), must have the money (else wait); then it
 *                           is taken over with a reservation
 */
export function takeOverRefund(order: Order | null, fact: RefundFact, now: Instant): Decision {
  const { state, outTradeNo: named } = fact.content.refund;
  const outTradeNo = named ?? order?.outTradeNo ?? null;
  if (outTradeNo === null) {
    const detail = 'it names no order, and no refund or payment that is known here';
    return { kind: 'wait', detail, inTheEnd: deadLetter('order_never_appeared', detail) };
  }
  switch (state) {
    case 'declined':
      return done('noted');
    case 'closed':
      return takeOverClosed(order, fact, now);
    case 'succeeded':
    case 'abnormal':
    case 'processing':
    case 'unknown':
      return takeOverMoney(order, outTradeNo, fact, now);
  }
}

/** A refund whose money went back, or may still go. */
function takeOverMoney(
  order: Order | null,
  outTradeNo: OutTradeNo,
  fact: RefundFact,
  now: Instant,
): Decision {
  const missing = missingHere(outTradeNo, fact, now);
  if (order === null) {
    return later('order_never_appeared', 'the order of the refund is not here', missing);
  }
  const { refund: amount } = fact.content.refund;
  const payment = paymentGivenBack(order, fact);
  const disagreed =
    otherMerchant(order, outTradeNo, fact, now) ??
    otherTotal(payment?.total ?? order.total, outTradeNo, fact, now) ??
    foreignTransaction(order, null, fact, now);
  if (disagreed !== null) return disagreed;
  if (!isPayableFen(amount)) {
    return deadLetter('unusable_notification', 'it does not say how much was refunded', [missing]);
  }
  const reserving = reservedFor(order, outTradeNo, payment, amount, fact, now);
  switch (reserving.kind) {
    case 'disagrees':
      return reserving.decision;
    case 'no_money':
      return later('mismatch', `the order has no such money to refund (${reserving.why})`, missing);
    case 'reserved':
      return taken(order, payment, amount, reserving.change, missing, fact, now);
  }
}

/** What is missing may still arrive; in the end a person must look at it. */
function later(reason: DeathReason, detail: string, missing: Discrepancy): Wait {
  return { kind: 'wait', detail, inTheEnd: deadLetter(reason, detail, [missing]) };
}

function otherMerchant(
  order: Order,
  outTradeNo: OutTradeNo,
  fact: RefundFact,
  now: Instant,
): Decision | null {
  const { subMchId } = fact.content.refund;
  if (subMchId === null || subMchId === order.subMchId) return null;
  const other = refundDiscrepancy('merchant_mismatch', outTradeNo, fact, now, order.subMchId, subMchId);
  return deadLetter('mismatch', 'the refund is of another merchant', [other]);
}

function otherTotal(paid: Fen, outTradeNo: OutTradeNo, fact: RefundFact, now: Instant): Decision | null {
  const { total } = fact.content.refund;
  if (total === null || total === paid) return null;
  const other = refundDiscrepancy('refund_amount_mismatch', outTradeNo, fact, now, paid, total);
  return deadLetter('mismatch', 'the refund is of a payment of another amount', [other]);
}

/** Whether the order has the money of a refund; `change` null when it is reserved already. */
type Reserved =
  | { readonly kind: 'reserved'; readonly change: OrderSettlement | null }
  | { readonly kind: 'no_money'; readonly why: string }
  | { readonly kind: 'disagrees'; readonly decision: Decision };

/** Money may be reserved already, since a crash may have come before the refund was written. */
function reservedFor(
  order: Order,
  outTradeNo: OutTradeNo,
  payment: PaidMoney | null,
  amount: Fen,
  fact: RefundFact,
  now: Instant,
): Reserved {
  const { outRefundNo } = fact.content.refund;
  const standing = reservationOf(order, outRefundNo);
  if (standing !== null) {
    if (standing.amount === amount) return { kind: 'reserved', change: null };
    const ours = standing.amount;
    const other = refundDiscrepancy('refund_amount_mismatch', outTradeNo, fact, now, ours, amount);
    const decision = deadLetter('mismatch', 'the refund is reserved with another amount', [other]);
    return { kind: 'disagrees', decision };
  }
  const reserving = reserve(order, outRefundNo, amount, payment?.transactionId ?? null);
  if (reserving.kind === 'refused') return { kind: 'no_money', why: reserving.why };
  const entry = entryOf(fact, 'refunded_in_merchant_platform', now);
  return { kind: 'reserved', change: withRefunds(order, reserving.refunds, entry) };
}

/** Everything agrees: the refund is created here, and is named as a discrepancy. */
function taken(
  order: Order,
  payment: PaidMoney | null,
  amount: Fen,
  change: OrderSettlement | null,
  missing: Discrepancy,
  fact: RefundFact,
  now: Instant,
): Decision {
  const entry = entryOf(fact, 'refunded_in_merchant_platform', now);
  const refund = created(order, payment, amount, fact, entry);
  const isBack = fact.content.refund.state === 'succeeded';
  return done('applied', {
    change: isBack ? closedByReturn(order, refund, change, fact, now) : change,
    refund: { kind: 'create', refund },
    discrepancies: [missing],
    explains: isBack ? explainedByReturn(order, refund) : null,
  });
}

/**
 * A closed refund moved no money, so it opens no discrepancy even when it does not fit. Money
 * reserved for it by an interrupted settlement is released.
 */
function takeOverClosed(order: Order | null, fact: RefundFact, now: Instant): Decision {
  const { outRefundNo, subMchId, total, refund: amount } = fact.content.refund;
  if (order === null || !isPayableFen(amount) || amount > order.total) return done('noted');
  if ((subMchId ?? order.subMchId) !== order.subMchId || (total ?? order.total) !== order.total) {
    return done('noted');
  }
  const entry = entryOf(fact, 'closed_in_merchant_platform', now);
  const change =
    reservationOf(order, outRefundNo) === null
      ? null
      : withRefunds(order, released(order, outRefundNo), entry);
  const refund = created(order, paymentGivenBack(order, fact), amount, fact, entry);
  return done('applied', { change, refund: { kind: 'create', refund } });
}

/** The payment that a merchant-platform refund names; null where it names none of the order's. */
function paymentGivenBack(order: Order, { content }: RefundFact): PaidMoney | null {
  return paymentsOf(order).find((one) => one.transactionId === content.refund.transactionId) ?? null;
}

/** A merchant-platform refund as we store it. */
function created(
  order: Order,
  payment: PaidMoney | null,
  amount: Fen,
  fact: RefundFact,
  entry: TakeOverEntry,
): Refund {
  return {
    outRefundNo: fact.content.refund.outRefundNo,
    outTradeNo: order.outTradeNo,
    subMchId: order.subMchId,
    transactionId: payment?.transactionId ?? null,
    total: payment?.total ?? order.total,
    amount,
    reason: null,
    origin: 'back_office',
    requestedBy: 'merchant platform',
    createdAt: entry.at,
    version: 1,
    progress: progressOf(fact, null),
    nextAskAt: entry.at,
    asks: 0,
    lastError: null,
    takenOver: { by: fact.path, evidence: fact.evidence },
    statement: null,
    history: [entry],
  };
}

/** A line that an order and the refund it is taken over with share. */
type TakeOverEntry = Entered<'refunded_in_merchant_platform' | 'closed_in_merchant_platform'>;
