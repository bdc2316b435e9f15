import type { Discrepancy, DiscrepancyClass } from '../model/discrepancy';
import type { AcceptedPayment, Order } from '../model/order';
import { acceptedAs, explainedByAcceptance, outranksAcceptance, paidByAcceptance } from './acceptance';
import type { Burial, Decision, Fact, PaymentFact } from './decision';
import { bury, done } from './decision';
import type { Content } from '../model/message';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { Against } from './hold';
import { NOTHING_AGAINST } from './hold';
import type { LateMoney } from './late-money';
import { decideLateMoney } from './late-money';
import type { PaymentNews } from './payment-change';
import { disagreement, heldNames, notedBeside, otherMoney, paidBy } from './payment-change';

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
      const news = { payment: content.payment, fact, now, against };
      return order === null ? noOrder(missingOrder(news)) : decidePayment(order, news, late);
    }
    case 'closure':
      return order === null
        ? noOrder(bury('order_never_appeared', 'no such order here'))
        : decideClosure(order, content, fact, now);
    case 'unusable':
      return bury('unusable_notification', `${content.reason}: ${content.problems.join(', ')}`);
  }
}

/** A fact whose order does not exist here: wait for the order, and bury the message in the end. */
function noOrder(inTheEnd: Burial): Decision {
  return { kind: 'wait', detail: 'the order is not here yet', inTheEnd };
}

function missingOrder(news: PaymentNews): Burial {
  const missing = disagreement('missing_order', news, null, news.payment.total);
  return bury('order_never_appeared', 'paid at WeChat Pay, no such order here', [missing]);
}

function decidePayment(order: Order, news: PaymentNews, late: LateMoney): Decision {
  const acceptance = acceptedAs(order, news.payment);
  const all = mismatchesOf(order, news);
  const mismatches = acceptance === null ? all : all.filter((one) => outranksAcceptance(one.class));
  if (mismatches.length > 0) {
    return bury('mismatch', mismatches.map((one) => one.class).join(', '), mismatches);
  }
  if (acceptance !== null) return counted(order, news, acceptance);
  switch (order.payment.state) {
    case 'pending':
      return applied(order, news);
    case 'paid':
      return order.payment.transactionId === news.payment.transactionId
        ? paidAlready(order, news)
        : paidTwice(order, news);
    case 'closed':
    case 'failed':
      return decideLateMoney(order, news, late);
  }
}

function applied(order: Order, news: PaymentNews): Decision {
  const change = paidBy(order, news, 'paid');
  return done('applied', { change, discrepancies: heldNames(order, change, news.now) });
}

/**
 * Decides a payment whose transaction belongs to another order, as the store found when writing it.
 * It does not pay this order: one of the two is forged or WeChat Pay's mistake, and only a person
 * can tell which. Pure.
 */
export function decideTransactionTaken(fact: PaymentFact, now: Instant): Decision {
  const news = { payment: fact.content.payment, fact, now, against: NOTHING_AGAINST };
  const named = disagreement('transaction_reused', news, null, news.payment.total);
  return bury('mismatch', 'the transaction belongs to another order', [named]);
}

/**
 * A payment that operators accepted counts despite its mismatches, and even when the order is
 * closed.
 */
function counted(order: Order, news: PaymentNews, acceptance: AcceptedPayment): Decision {
  const explains = explainedByAcceptance(order, news.payment, acceptance);
  if (order.payment.state === 'paid') return done('repeat', { explains });
  const change = paidByAcceptance(paidBy(order, news, 'paid'), acceptance);
  return done('applied', { change, discrepancies: heldNames(order, change, news.now), explains });
}

/**
 * Names the discrepancy of a late payment that the policy let count once more, since a crash may
 * have come before it was stored.
 */
function paidAlready(order: Order, news: PaymentNews): Decision {
  const late = order.history.some(
    ({ event, evidence }) => event === 'paid_after_close' && evidence === news.fact.evidence,
  );
  const held = heldNames(order, order, news.now);
  if (!late) return done('repeat', { discrepancies: held });
  const named = disagreement('paid_after_close', news, { state: 'closed' }, news.payment.total);
  const reason = 'the order was paid by it after all';
  return done('repeat', { discrepancies: [named, ...held], explains: { ids: [named.id], reason } });
}

/**
 * A payment beside the one that counts is always held: refunding one of two payments by order
 * number may refund the other.
 */
function paidTwice(order: Order, news: PaymentNews): Decision {
  const named = disagreement('duplicate_payment', news, { ...order.payment }, news.payment.total);
  const other = otherMoney(order, news, 'duplicate_payment');
  return other === null
    ? done('repeat', { discrepancies: [named] })
    : done('applied', { change: notedBeside(order, news, other), discrepancies: [named] });
}

function decideClosure(
  order: Order,
  closure: Extract<Content, { kind: 'closure' }>,
  fact: Fact,
  now: Instant,
): Decision {
  if (closure.subMchId !== order.subMchId) return bury('mismatch', 'the closure is of another merchant');
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
function mismatchesOf(order: Order, news: PaymentNews): Discrepancy[] {
  const { payment } = news;
  const found: Discrepancy[] = [];
  const compare = (of: DiscrepancyClass, ours: Json, theirs: Json) => {
    if (ours !== theirs) found.push(disagreement(of, news, ours, theirs));
  };
  compare('merchant_mismatch', order.subMchId, payment.subMchId);
  compare('currency_mismatch', order.currency, payment.currency);
  compare('amount_mismatch', order.total, payment.total);
  if (payment.payer !== null) compare('payer_mismatch', order.payer, payment.payer);
  return found;
}
