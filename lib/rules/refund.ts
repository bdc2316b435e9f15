import type { Discrepancy, DiscrepancyClass } from '../model/discrepancy';
import { discrepancyId } from '../model/discrepancy';
import type { Decision, Done, RefundFact } from './decision';
import { bury, done } from './decision';
import type { DeathReason } from '../model/message';
import type { Order, OrderSettlement } from '../model/order';
import { isPayableFen, type Fen } from '../values/fen';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { Refund, RefundProgress } from '../model/refund';
import type { PaidMoney } from './reservation';
import { paymentsOf, released, reservationOf, reserve, transactionsOf, withRefunds } from './reservation';
import type { Entered } from './refund-progress';
import { entryOf, progressOf, progressTo, succeededOf } from './refund-progress';
import { closedByReturn, explainedByReturn } from './returned-money';

/**
 * Decides what a believed fact about a refund changes. Pure: same order, same refund, same fact,
 * same time, same decision.
 *
 * - Order, merchant and amounts must agree before it counts, whatever it says (G6).
 * - It must be of a payment of the order: a refund of another transaction is not applied (G6).
 * - `succeeded` is final and outranks every other state: the money is gone. `closed` returns the
 *   reservation to the order.
 * - `declined` closes a refund that WeChat Pay has not accepted.
 * - `processing` and `unknown` decide nothing; they are kept.
 * - A refund number that nobody here made, on an order of ours, is a refund made in the merchant
 *   platform. It is taken over with a reservation of its own, so that the sum stays within what was
 *   paid, and opens `refund_missing_here`. When our books lack the money (the payment may still be
 *   on its way), it waits, and is buried in the end. A closed one is taken over as closed, without
 *   a reservation, so that an older fact, such as a bill's, cannot reopen it.
 */
export function decideRefund(
  order: Order | null,
  refund: Refund | null,
  fact: RefundFact,
  now: Instant,
): Decision {
  if (refund === null) return takeOver(order, fact, now);
  if (order === null) {
    const detail = 'the order of the refund is not here';
    return { kind: 'wait', detail, inTheEnd: bury('order_never_appeared', detail) };
  }
  const mismatches = mismatchesOf(refund, fact, now);
  if (mismatches.length > 0) {
    return bury('mismatch', mismatches.map((one) => one.class).join(', '), mismatches);
  }
  const { state } = fact.content.refund;
  // A closed refund moved no money. Its payment matters again only when a fact says that it
  // succeeded.
  const staysClosed = state !== 'succeeded' && refund.progress.state === 'closed';
  const foreign = staysClosed ? null : foreignTransaction(order, refund, fact, now);
  if (foreign !== null) return foreign;
  if (refund.progress.state === 'closed' && state !== 'succeeded') {
    const change = leftBehind(order, refund, fact, now);
    if (change !== null) return withWhatOpened(done('applied', { change }), refund, fact, now);
  }
  switch (state) {
    case 'succeeded':
      return succeeded(order, refund, fact, now);
    case 'closed':
      return closed(order, refund, fact, now);
    case 'abnormal':
      return abnormal(refund, fact, now);
    case 'declined':
      return declined(order, refund, fact, now);
    case 'processing':
    case 'unknown':
      return withWhatOpened(done('noted'), refund, fact, now);
  }
}

/**
 * This is about one request, and leaves a refund that another request got accepted alone.
 */
function declined(order: Order, refund: Refund, fact: RefundFact, now: Instant): Decision {
  switch (refund.progress.state) {
    case 'requested':
    case 'closed':
      return closed(order, refund, fact, now);
    case 'processing':
    case 'abnormal':
    case 'succeeded':
      return done('superseded');
  }
}

function succeeded(order: Order, refund: Refund, fact: RefundFact, now: Instant): Decision {
  const explains = explainedByReturn(order, refund);
  if (refund.progress.state === 'succeeded') {
    return withWhatOpened(done('repeat', { explains }), refund, fact, now);
  }
  const wasClosed = refund.progress.state === 'closed';
  const change = reservedAgain(order, refund, fact, now);
  const discrepancies = wasClosed ? [stateMismatch(refund, fact, now)] : [];
  if (change === 'no_room') {
    const detail = 'paid back after it was closed, and the order has no money left for it';
    return bury('mismatch', detail, [stateMismatch(refund, fact, now)]);
  }
  return done('applied', {
    change: closedByReturn(order, refund, change, fact, now),
    refund: progressTo(
      refund,
      succeededOf(fact, refund, wasClosed),
      entryOf(fact, wasClosed ? 'refund_succeeded_after_close' : 'refund_succeeded', now),
    ),
    discrepancies,
    explains,
  });
}

/**
 * A refund that succeeds needs its reservation. A closed one had returned it, and a crash between
 * the writes of the order and the refund leaves one that is about to be closed without it.
 */
function reservedAgain(
  order: Order,
  { outRefundNo, amount, transactionId }: Refund,
  fact: RefundFact,
  now: Instant,
): OrderSettlement | null | 'no_room' {
  if (reservationOf(order, outRefundNo) !== null) return null;
  const of = transactionId ?? fact.content.refund.transactionId;
  const reserving = reserve(order, outRefundNo, amount, of);
  return reserving.kind === 'refused'
    ? 'no_room'
    : withRefunds(order, reserving.refunds, entryOf(fact, 'refund_reserved_again', now));
}

function closed(order: Order, refund: Refund, fact: RefundFact, now: Instant): Decision {
  const state = refund.progress.state;
  if (state === 'succeeded') {
    return done('superseded', { discrepancies: [stateMismatch(refund, fact, now)] });
  }
  if (state === 'closed') return done('repeat');
  const change = leftBehind(order, refund, fact, now);
  const entry = entryOf(fact, 'refund_closed', now);
  return done('applied', { change, refund: progressTo(refund, progressOf(fact, refund), entry) });
}

function abnormal(refund: Refund, fact: RefundFact, now: Instant): Decision {
  switch (refund.progress.state) {
    case 'requested':
    case 'processing':
      return done('applied', {
        refund: progressTo(refund, progressOf(fact, refund), entryOf(fact, 'refund_abnormal', now)),
      });
    case 'abnormal':
      return withWhatOpened(done('repeat'), refund, fact, now);
    case 'succeeded':
    case 'closed':
      return done('superseded');
  }
}

/**
 * A closed refund reserves no money. Since the order and the refund are written one after the
 * other, money may have been reserved for one that was taken over as closed in between. It is
 * released.
 */
function leftBehind(order: Order, refund: Refund, fact: RefundFact, now: Instant): OrderSettlement | null {
  if (reservationOf(order, refund.outRefundNo) === null) return null;
  return withRefunds(order, released(order, refund.outRefundNo), entryOf(fact, 'refund_closed', now));
}

/**
 * A refund of a transaction that is not the order's. Another payment of the order may still be on
 * its way, so it waits; in the end a person must look at it. A refund that was requested for one
 * payment of the order and is reported of another is a mismatch at once. Null when the transactions
 * agree, or when no payment exists to compare with.
 */
function foreignTransaction(
  order: Order,
  refund: Refund | null,
  fact: RefundFact,
  now: Instant,
): Decision | null {
  const { transactionId } = fact.content.refund;
  if (transactionId === null) return null;
  const named = (ours: Json) =>
    discrepancy('refund_transaction_mismatch', order.outTradeNo, fact, now, ours, transactionId);
  const requested = refund?.transactionId ?? null;
  if (requested !== null && requested !== transactionId) {
    return bury('mismatch', 'the refund was requested for another payment', [named(requested)]);
  }
  const ours = transactionsOf(order);
  if (ours.length === 0 || ours.includes(transactionId)) return null;
  const detail = 'the refund is of a transaction that is not the order’s';
  return { kind: 'wait', detail, inTheEnd: bury('mismatch', detail, [named([...ours])]) };
}

/** A refund that nobody requested here. */
function takeOver(order: Order | null, fact: RefundFact, now: Instant): Decision {
  const { refund: told } = fact.content;
  const outTradeNo = told.outTradeNo ?? order?.outTradeNo ?? null;
  if (outTradeNo === null)
    return bury('order_never_appeared', 'it names no order, and no refund that is known here');
  if (told.state === 'declined') return done('noted');
  if (told.state === 'closed') return takeOverClosed(order, fact, now);

  const missing = discrepancy('refund_missing_here', outTradeNo, fact, now, null, {
    state: told.state,
    refund: told.refund,
  });
  const later = (reason: DeathReason, detail: string): Decision => ({
    kind: 'wait',
    detail,
    inTheEnd: bury(reason, detail, [missing]),
  });
  if (order === null) return later('order_never_appeared', 'the order of the refund is not here');
  if (told.subMchId !== null && told.subMchId !== order.subMchId) {
    const other = discrepancy('merchant_mismatch', outTradeNo, fact, now, order.subMchId, told.subMchId);
    return bury('mismatch', 'the refund is of another merchant', [other]);
  }
  const payment = paymentGivenBack(order, fact);
  const paid = payment?.total ?? order.total;
  if (told.total !== null && told.total !== paid) {
    const other = discrepancy('refund_amount_mismatch', outTradeNo, fact, now, paid, told.total);
    return bury('mismatch', 'the refund is of a payment of another amount', [other]);
  }
  const foreign = foreignTransaction(order, null, fact, now);
  if (foreign !== null) return foreign;
  if (!isPayableFen(told.refund)) {
    return bury('unusable_notification', 'it does not say how much was refunded', [missing]);
  }
  const standing = reservationOf(order, told.outRefundNo);
  if (standing !== null && standing.amount !== told.refund) {
    const other = discrepancy('refund_amount_mismatch', outTradeNo, fact, now, standing.amount, told.refund);
    return bury('mismatch', 'the refund is reserved with another amount', [other]);
  }
  const entry = entryOf(fact, 'refunded_in_merchant_platform', now);
  const refund = created(order, payment, told.refund, fact, entry);
  const ended = (change: OrderSettlement | null) =>
    told.state === 'succeeded' ? closedByReturn(order, refund, change, fact, now) : change;
  const applied = {
    refund: { kind: 'create', refund },
    discrepancies: [missing],
    explains: told.state === 'succeeded' ? explainedByReturn(order, refund) : null,
  } as const;
  if (standing !== null) return done('applied', { ...applied, change: ended(null) });
  const reserving = reserve(order, told.outRefundNo, told.refund, payment?.transactionId ?? null);
  if (reserving.kind === 'refused') {
    return later('mismatch', `the order has no such money to refund (${reserving.why})`);
  }
  return done('applied', { ...applied, change: ended(withRefunds(order, reserving.refunds, entry)) });
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

/**
 * Names the discrepancy this same fact opened when it was applied once more, since a crash may have
 * come before it was stored.
 */
function withWhatOpened(decision: Done, refund: Refund, fact: RefundFact, now: Instant): Done {
  const { progress, takenOver, outTradeNo } = refund;
  const { state, refund: amount } = fact.content.refund;
  // A refund that was taken over as closed moved no money, and opened nothing.
  const missing =
    takenOver?.evidence === fact.evidence && state !== 'closed'
      ? [discrepancy('refund_missing_here', outTradeNo, fact, now, null, { state, refund: amount })]
      : [];
  const isOverturned =
    progress.state === 'succeeded' && progress.afterClose === true && progress.evidence === fact.evidence;
  const overturned = isOverturned ? [stateMismatch(refund, fact, now, 'closed')] : [];
  return { ...decision, discrepancies: [...decision.discrepancies, ...missing, ...overturned] };
}

function mismatchesOf(refund: Refund, fact: RefundFact, now: Instant): Discrepancy[] {
  const { refund: told } = fact.content;
  const found: Discrepancy[] = [];
  const { outTradeNo, outRefundNo } = refund;
  if (told.outTradeNo !== null && told.outTradeNo !== outTradeNo) {
    found.push(
      discrepancy('refund_missing_here', told.outTradeNo, fact, now, { outTradeNo, outRefundNo }, null),
    );
  }
  if (told.subMchId !== null && told.subMchId !== refund.subMchId) {
    found.push(discrepancy('merchant_mismatch', outTradeNo, fact, now, refund.subMchId, told.subMchId));
  }
  const totalDiffers = told.total !== null && told.total !== refund.total;
  if (totalDiffers || (told.refund !== null && told.refund !== refund.amount)) {
    const ours = { total: refund.total, refund: refund.amount };
    const theirs = { total: told.total, refund: told.refund };
    found.push(discrepancy('refund_amount_mismatch', outTradeNo, fact, now, ours, theirs));
  }
  return found;
}

function stateMismatch(
  { outTradeNo, progress }: Refund,
  fact: RefundFact,
  now: Instant,
  ours: RefundProgress['state'] = progress.state,
): Discrepancy {
  return discrepancy('refund_state_mismatch', outTradeNo, fact, now, ours, fact.content.refund.state);
}

function discrepancy(
  of: DiscrepancyClass,
  outTradeNo: OutTradeNo,
  fact: RefundFact,
  now: Instant,
  ours: Json,
  theirs: Json,
): Discrepancy {
  const { outRefundNo } = fact.content.refund;
  const subject = { kind: 'refund', outTradeNo, outRefundNo } as const;
  return {
    id: discrepancyId(of, subject),
    class: of,
    subject,
    ours,
    theirs,
    path: fact.path,
    statementRun: null,
    firstSeenAt: now,
    lastSeenAt: now,
    opensAt: now,
    resolution: null,
  };
}
