import type { Discrepancy, DiscrepancyClass } from '../discrepancies/discrepancy';
import { discrepancyId } from '../discrepancies/discrepancy';
import type { Content, DeathReason, DoneOutcome, InboxKey, Path } from '../inbox/message';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import type { PaymentDetails } from '../wechat/port';
import type { Order, OrderSettlement, OtherPayment } from './order';

/** A fact about an order that may be believed: its message is of trust `platform`. */
export interface Fact {
  readonly content: Content;
  /** The message's key: what the order's change rests on. */
  readonly evidence: InboxKey;
  /** How it was first heard. */
  readonly path: Path;
  /** When it was first heard. */
  readonly heardAt: Instant;
}

/**
 * What a fact means for an order. `change` is what to write, `discrepancies` what to open. The discrepancies are
 * named on every decision that sees them, also when the order says everything already, because opening one twice is
 * harmless and a crash may have come between the order's write and theirs.
 *
 * `done`: dealt with. `wait`: the order is not here yet; decide again later. `bury`: it changed nothing and needs
 * somebody to look.
 */
export type Decision =
  | {
      readonly kind: 'done';
      readonly outcome: DoneOutcome;
      readonly change: OrderSettlement | null;
      readonly discrepancies: readonly Discrepancy[];
    }
  | { readonly kind: 'wait' }
  | {
      readonly kind: 'bury';
      readonly reason: DeathReason;
      readonly detail: string;
      readonly discrepancies: readonly Discrepancy[];
    };

/** The decision that a message changed nothing. */
type Burial = Extract<Decision, { kind: 'bury' }>;

/**
 * Decides what a believed fact changes. Pure: same order, same fact, same time, same decision.
 *
 * - Money must agree before it counts: merchant, currency, amount and payer, in every state of the order.
 * - The first payment that agrees makes a pending order paid and its fulfilment due, in one change.
 * - Money wins over closing: a paid order is never closed, and money on a closed one is noted and kept open.
 */
export function decide(order: Order | null, fact: Fact, now: Instant): Decision {
  const { content } = fact;
  switch (content.kind) {
    case 'payment':
      return order === null ? { kind: 'wait' } : decidePayment(order, content.payment, fact, now);
    case 'closure':
      return order === null ? { kind: 'wait' } : decideClosure(order, content, fact, now);
    case 'refund':
      return bury('refunds_not_supported', `refund ${content.refund.outRefundNo} is ${content.refund.state}`);
    case 'unusable':
      return bury('unusable_notification', `${content.reason}: ${content.problems.join(', ')}`);
  }
}

/** What to do with a fact whose order never appeared within the time allowed: payments open `missing_order`, all are buried. */
export function decideWithoutOrder(fact: Fact, now: Instant): Burial {
  const { content } = fact;
  if (content.kind !== 'payment') return bury('order_never_appeared', 'no such order here');
  const { payment } = content;
  return {
    kind: 'bury',
    reason: 'order_never_appeared',
    detail: 'paid at WeChat Pay, no such order here',
    discrepancies: [disagreement('missing_order', payment, fact, now, null, payment.total)],
  };
}

function decidePayment(order: Order, payment: PaymentDetails, fact: Fact, now: Instant): Decision {
  const mismatches = mismatchesOf(order, payment, fact, now);
  if (mismatches.length > 0) {
    const classes = mismatches.map((one) => one.class).join(', ');
    return { kind: 'bury', reason: 'mismatch', detail: classes, discrepancies: mismatches };
  }
  switch (order.payment.state) {
    case 'pending':
      return done('applied', pay(order, payment, fact, now));
    case 'paid':
      if (order.payment.transactionId === payment.transactionId) return done('repeat', null);
      return extraMoney(order, payment, fact, now, 'duplicate_payment');
    case 'closed':
    case 'failed':
      return extraMoney(order, payment, fact, now, 'paid_after_close');
  }
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
        outTradeNo: order.outTradeNo,
        expectedVersion: order.version,
        payment: { state: closure.as, at: fact.heardAt, evidence: fact.evidence },
        fulfilment: order.fulfilment,
        otherPayments: order.otherPayments,
        refunds: order.refunds,
        entry: { at: now, event: closure.as, path: fact.path, evidence: fact.evidence },
      });
    case 'paid':
      return done('superseded', null);
    case 'closed':
    case 'failed':
      return done('repeat', null);
  }
}

function pay(order: Order, payment: PaymentDetails, fact: Fact, now: Instant): OrderSettlement {
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
      coupon: payment.coupon,
      settlementTotal: payment.settlementTotal,
    },
    fulfilment: { state: 'due', attempts: 0, dueAt: now, lease: null, lastError: null },
    otherPayments: order.otherPayments,
    refunds: order.refunds,
    entry: { at: now, event: 'paid', path: fact.path, evidence: fact.evidence },
  };
}

function extraMoney(
  order: Order,
  payment: PaymentDetails,
  fact: Fact,
  now: Instant,
  as: OtherPayment['as'],
): Decision {
  const discrepancies = [disagreement(as, payment, fact, now, { ...order.payment }, payment.total)];
  const known = order.otherPayments.some((other) => other.transactionId === payment.transactionId);
  if (known) return { kind: 'done', outcome: 'repeat', change: null, discrepancies };
  const other: OtherPayment = {
    transactionId: payment.transactionId,
    total: payment.total,
    paidAt: payment.paidAt,
    as,
    evidence: fact.evidence,
  };
  return {
    kind: 'done',
    outcome: 'applied',
    discrepancies,
    change: {
      outTradeNo: order.outTradeNo,
      expectedVersion: order.version,
      payment: order.payment,
      fulfilment: order.fulfilment,
      otherPayments: [...order.otherPayments, other],
      refunds: order.refunds,
      entry: { at: now, event: as, path: fact.path, evidence: fact.evidence },
    },
  };
}

/** `total`, not the cash part, is what must equal the order: coupons pay the rest (facts of the notification's fields). */
function mismatchesOf(order: Order, payment: PaymentDetails, fact: Fact, now: Instant): Discrepancy[] {
  const found: Discrepancy[] = [];
  const compare = (of: DiscrepancyClass, ours: Json, theirs: Json) => {
    if (ours !== theirs) found.push(disagreement(of, payment, fact, now, ours, theirs));
  };
  compare('merchant_mismatch', order.subMchId, payment.subMchId);
  compare('currency_mismatch', order.currency, payment.currency);
  compare('amount_mismatch', order.total, payment.total);
  if (payment.payer !== null) compare('payer_mismatch', order.payer, payment.payer);
  return found;
}

function disagreement(
  of: DiscrepancyClass,
  payment: PaymentDetails,
  fact: Fact,
  now: Instant,
  ours: Json,
  theirs: Json,
): Discrepancy {
  const { outTradeNo, transactionId } = payment;
  const subject = { kind: 'payment', outTradeNo, transactionId } as const;
  return {
    id: discrepancyId(of, subject),
    class: of,
    subject,
    ours,
    theirs,
    path: fact.path,
    statementDay: null,
    firstSeenAt: now,
    lastSeenAt: now,
    opensAt: now,
    resolution: null,
  };
}

function done(outcome: DoneOutcome, change: OrderSettlement | null): Decision {
  return { kind: 'done', outcome, change, discrepancies: [] };
}

function bury(reason: DeathReason, detail: string): Burial {
  return { kind: 'bury', reason, detail, discrepancies: [] };
}
