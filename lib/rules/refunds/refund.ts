import type { Order, OrderSettlement } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { Instant } from '../../values/instant';
import type { Decision, Done, RefundFact } from '../decision';
import { deadLetter, done } from '../decision';
import { mayBePaidOut } from './paid-out-after-close';
import { foreignTransaction, mismatchesOf } from './refund-agreement';
import { missingHere, stateMismatch } from './refund-discrepancies';
import { entryOf, progressOf, progressTo, succeededOf } from './refund-progress';
import { released, reservationOf, reserve, withRefunds } from './reservation';
import { closedByReturn, explainedByReturn } from './returned-money';
import { takeOverRefund } from './take-over-refund';

/**
 * Decides what a believed fact about a refund changes. Pure: same order, same refund, same fact,
 * same time, same decision.
 *
 * - Order, merchant and amounts must agree before it counts, whatever it says (G6).
 * - It must be of a payment of the order: a refund of another transaction is not applied (G6).
 * - `succeeded` is final and outranks every other state: the money is gone. `closed` returns the
 *   reservation to the order.
 * - `declined` closes a refund that WeChat Pay has not accepted.
 * - `processing` and `unknown` decide nothing; they are kept. But `unknown` after we have learned
 *   that the refund was closed may be a payout after all, and nobody asks about a closed refund: it
 *   goes dead and is named, which holds the order.
 * - A refund number that nobody here made, on an order of ours, is a refund made in the merchant
 *   platform. It is taken over with a reservation of its own, so that the sum stays within what was
 *   paid, and opens `refund_missing_here`. When our books lack the money (the payment may still be
 *   on its way), it waits, and goes dead in the end. A closed one is taken over as closed, without
 *   a reservation, so that an older fact, such as a bill's, cannot reopen it.
 */
export function decideRefund(
  order: Order | null,
  refund: Refund | null,
  fact: RefundFact,
  now: Instant,
): Decision {
  if (refund === null) return takeOverRefund(order, fact, now);
  if (order === null) {
    const detail = 'the order of the refund is not here';
    return { kind: 'wait', detail, inTheEnd: deadLetter('order_never_appeared', detail) };
  }
  const mismatches = mismatchesOf(refund, fact, now);
  if (mismatches.length > 0) {
    return deadLetter('mismatch', mismatches.map((one) => one.class).join(', '), mismatches);
  }
  const { state } = fact.content.refund;
  // A closed refund moved no money. Its payment matters again only when a fact says that it
  // succeeded.
  const staysClosed = state !== 'succeeded' && refund.progress.state === 'closed';
  const foreign = staysClosed ? null : foreignTransaction(order, refund, fact, now);
  if (foreign !== null) return foreign;
  if (mayBePaidOut(refund, fact)) {
    const detail = 'it was closed, and this later notification does not say how it stands';
    return deadLetter('mismatch', detail, [stateMismatch(refund, fact, now)]);
  }
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
    return deadLetter('mismatch', detail, [stateMismatch(refund, fact, now)]);
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
  const payment = transactionId ?? fact.content.refund.transactionId;
  const reserving = reserve(order, outRefundNo, amount, payment);
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
 * Names the discrepancy this same fact opened when it was applied once more, since a crash may have
 * come before it was stored.
 */
function withWhatOpened(decision: Done, refund: Refund, fact: RefundFact, now: Instant): Done {
  const { progress, takenOver, outTradeNo } = refund;
  // A refund that was taken over as closed moved no money, and opened nothing.
  const missing =
    takenOver?.evidence === fact.evidence && fact.content.refund.state !== 'closed'
      ? [missingHere(outTradeNo, fact, now)]
      : [];
  const isOverturned =
    progress.state === 'succeeded' && progress.afterClose === true && progress.evidence === fact.evidence;
  const overturned = isOverturned ? [stateMismatch(refund, fact, now, 'closed')] : [];
  return { ...decision, discrepancies: [...decision.discrepancies, ...missing, ...overturned] };
}
