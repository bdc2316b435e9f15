import type { Discrepancy, DiscrepancyClass } from '../model/discrepancy';
import type { AcceptedPayment, Order } from '../model/order';
import { acceptedAs, explainedByAcceptance, outranksAcceptance, paidByAcceptance } from './acceptance';
import type { DeadLetter, Decision, Fact, PaymentFact } from './decision';
import { deadLetter, done } from './decision';
import type { Content } from '../model/message';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { Against } from './hold';
import { NOTHING_AGAINST } from './hold';
import type { LateMoney } from './late-money';
import { decideLateMoney } from './late-money';
import type { ReceivedPayment } from './payment-change';
import { discrepancy, heldNames, notedBeside, otherMoney, paidBy } from './payment-change';

const HOLD: LateMoney = { policy: 'hold', refund: null };

/** The facts decided here. Refunds are decided in `refund.ts`. */
export type OrderContent = Exclude<Content, { kind: 'refund' }>;

/**
 * Decides what a believed fact changes. Pure.
 *
 * - A payment must agree before it counts: in merchant, currency, amount and payer, whatever the
 *   order's state.
 * - The first payment that agrees makes a pending order paid and its fulfilment due, in one change.
 * - A payment outranks closing: a paid order is never closed, and a payment for a closed one is
 *   noted and opens a discrepancy. The late-money policy decides what happens to it: it waits for
 *   an operator (`hold`), pays the order after all (`fulfil`) or is refunded (`refund`).
 */
export function decide(
  order: Order | null,
  fact: Fact<OrderContent>,
  now: Instant,
  late: LateMoney = HOLD,
  against: Against = NOTHING_AGAINST,
): Decision {
  const { content } = fact;
  switch (content.kind) {
    case 'payment': {
      const received = { payment: content.payment, fact, now, against };
      return order === null ? noOrder(missingOrder(received)) : decidePayment(order, received, late);
    }
    case 'closure':
      return order === null
        ? noOrder(deadLetter('order_never_appeared', 'no such order here'))
        : decideClosure(order, content, fact, now);
    case 'other':
      return done('noted');
    case 'unusable':
      return deadLetter('unusable_notification', `${content.reason}: ${content.problems.join(', ')}`);
  }
}

/** A fact whose order does not exist here waits for it, and goes dead in the end. */
function noOrder(inTheEnd: DeadLetter): Decision {
  return { kind: 'wait', detail: 'the order is not here yet', inTheEnd };
}

function missingOrder(received: ReceivedPayment): DeadLetter {
  const missing = discrepancy('missing_order', received, null, received.payment.total);
  return deadLetter('order_never_appeared', 'paid at WeChat Pay, no such order here', [missing]);
}

function decidePayment(order: Order, received: ReceivedPayment, late: LateMoney): Decision {
  const acceptance = acceptedAs(order, received.payment);
  const all = mismatchesOf(order, received);
  const mismatches = acceptance === null ? all : all.filter((one) => outranksAcceptance(one.class));
  if (mismatches.length > 0) {
    return deadLetter('mismatch', mismatches.map((one) => one.class).join(', '), mismatches);
  }
  if (acceptance !== null) return counted(order, received, acceptance);
  switch (order.payment.state) {
    case 'pending':
      return applied(order, received);
    case 'paid':
      return order.payment.transactionId === received.payment.transactionId
        ? paidAlready(order, received)
        : paidTwice(order, received);
    case 'closed':
    case 'failed':
      return decideLateMoney(order, received, late);
  }
}

function applied(order: Order, received: ReceivedPayment): Decision {
  const change = paidBy(order, received, 'paid');
  return done('applied', { change, discrepancies: heldNames(order, change, received.now) });
}

/**
 * Decides a payment whose transaction belongs to another order, as the store found when writing it.
 * It does not pay this order: one of the two is forged or WeChat Pay's mistake, and only a person
 * can tell which. Pure.
 */
export function decideTransactionTaken(fact: PaymentFact, now: Instant): Decision {
  const received = { payment: fact.content.payment, fact, now, against: NOTHING_AGAINST };
  const named = discrepancy('transaction_reused', received, null, received.payment.total);
  return deadLetter('mismatch', 'the transaction belongs to another order', [named]);
}

/**
 * A payment that operators accepted counts despite its mismatches, and even when the order is
 * closed.
 */
function counted(order: Order, received: ReceivedPayment, acceptance: AcceptedPayment): Decision {
  const explains = explainedByAcceptance(order, received.payment, acceptance);
  if (order.payment.state === 'paid') return done('repeat', { explains });
  const change = paidByAcceptance(paidBy(order, received, 'paid'), acceptance);
  return done('applied', { change, discrepancies: heldNames(order, change, received.now), explains });
}

/**
 * Names the discrepancy of a late payment that the policy let count once more, since a crash may
 * have come before it was stored.
 */
function paidAlready(order: Order, received: ReceivedPayment): Decision {
  const { payment } = order;
  const late =
    payment.state === 'paid' && payment.afterClose === true && payment.evidence === received.fact.evidence;
  const held = heldNames(order, order, received.now);
  if (!late) return done('repeat', { discrepancies: held });
  const named = discrepancy('paid_after_close', received, { state: 'closed' }, received.payment.total);
  const reason = 'the order was paid by it after all';
  return done('repeat', { discrepancies: [named, ...held], explains: { ids: [named.id], reason } });
}

/**
 * A payment beside the one that counts is always held: refunding one of two payments by order
 * number may refund the other.
 */
function paidTwice(order: Order, received: ReceivedPayment): Decision {
  const named = discrepancy('duplicate_payment', received, { ...order.payment }, received.payment.total);
  const other = otherMoney(order, received, 'duplicate_payment');
  return other === null
    ? done('repeat', { discrepancies: [named] })
    : done('applied', { change: notedBeside(order, received, other), discrepancies: [named] });
}

function decideClosure(
  order: Order,
  closure: Extract<Content, { kind: 'closure' }>,
  fact: Fact,
  now: Instant,
): Decision {
  if (closure.subMchId !== order.subMchId)
    return deadLetter('mismatch', 'the closure is of another merchant');
  switch (order.payment.state) {
    case 'pending':
      return done('applied', {
        change: {
          outTradeNo: order.outTradeNo,
          expectedVersion: order.version,
          payment: { state: closure.as, at: fact.heardAt, evidence: fact.evidence },
          fulfilment: order.fulfilment,
          otherPayments: order.otherPayments,
          refunds: order.refunds,
          entry: { at: now, event: closure.as, path: fact.path, evidence: fact.evidence },
        },
      });
    case 'paid':
      return done('superseded');
    case 'closed':
    case 'failed':
      return done('repeat');
  }
}

/**
 * `total`, not the cash part, must equal the order amount: coupons pay the rest (facts of the
 * notification's fields).
 */
function mismatchesOf(order: Order, received: ReceivedPayment): Discrepancy[] {
  const { payment } = received;
  const found: Discrepancy[] = [];
  const compare = (discrepancyClass: DiscrepancyClass, ours: Json, theirs: Json) => {
    if (ours !== theirs) found.push(discrepancy(discrepancyClass, received, ours, theirs));
  };
  compare('merchant_mismatch', order.subMchId, payment.subMchId);
  compare('currency_mismatch', order.currency, payment.currency);
  compare('amount_mismatch', order.total, payment.total);
  const isPayerKnown = payment.payer !== null && order.erasedAt === undefined;
  if (isPayerKnown) compare('payer_mismatch', order.payer, payment.payer);
  return found;
}
