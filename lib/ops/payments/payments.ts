import type { PaymentDetails } from '../../model/facts';
import type { InboxKey, InboxMessage } from '../../model/message';
import { acceptanceKey, isInboxKey } from '../../model/message';
import type { Order, OtherPayment, RefundReservation } from '../../model/order';
import { applyNow, reread } from '../../orders/ask';
import { requestRefund } from '../../refunds/request';
import type { PaymentRefusal } from '../../rules/acceptance';
import { reservationOf } from '../../rules/refunds/reservation';
import { notReturnable, planAcceptance, withPayment } from '../../rules/acceptance';
import type { OutTradeNo, TransactionId } from '../../values/ids';
import { isOutTradeNo, isTransactionId } from '../../values/ids';
import type { Json } from '../../values/json';
import type { Person } from '../../model/operators/principal';
import type { Refunder } from '../../model/operators/principal';
import type { Changed } from '../changed';
import { orderMove } from '../changed';
import type { OpsDeps } from '../deps';
import type { ActionOutcome } from '../record';

/*
 * The two ways to end a payment that does not agree with its order, or that came after the order
 * was closed: an operator accepts it, or returns it. Both take the payment's name, and both are
 * safe to repeat after a crash.
 */

/** The payment an operator means. */
export interface PaymentName {
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
}

/** Reads a payment's name, `payment:<outTradeNo>:<transactionId>`; null for anything else. */
export function paymentNamed(name: string): PaymentName | null {
  const [kind, outTradeNo, transactionId, ...rest] = name.split(':');
  const isPayment = kind === 'payment' && rest.length === 0;
  return isPayment && isOutTradeNo(outTradeNo) && isTransactionId(transactionId)
    ? { outTradeNo, transactionId }
    : null;
}

/** How often an order that keeps changing is read again: each time another writer was first. */
const ROUNDS = 20;

/**
 * Accepts a payment although it does not agree with its order, or came late. The acceptance is
 * noted on the order first. Then a message of its own enters the inbox, whose worker makes the
 * order paid and due: an order's payment changes nowhere else.
 *
 * Failure policy: fail closed. Above `secondPersonAbove` nothing happens until a second person
 * accepts it too.
 */
export async function acceptPayment(
  deps: OpsDeps,
  by: Person,
  name: PaymentName,
  reason: string,
): Promise<ActionOutcome<Changed>> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const known = await knownPayment(deps, name);
    if (known === null) return MISSING;
    const { order, payment, message, key } = known;
    const before = standingOf(order, name);
    if (await paidAnother(deps, name)) return refused('TRANSACTION_OF_OTHER_ORDER', before);
    const at = deps.clock.now();
    const word = { who: by.name, reason, at };
    const plan = planAcceptance(order, payment, key, word, deps.secondPersonAbove);
    if (plan.kind === 'refused') return refused(CODES[plan.why], before);
    if (plan.kind === 'note') {
      const { acceptance, otherPayments } = plan;
      const event = acceptance.state === 'accepted' ? 'acceptance_noted' : 'acceptance_proposed';
      const noted = await deps.store.orders.note({
        outTradeNo: order.outTradeNo,
        expectedVersion: order.version,
        otherPayments,
        entry: { at, event, path: 'call', actor: 'operator', evidence: by.name },
      });
      if (!noted) continue;
      if (acceptance.state === 'proposed') return accepted(name, order, order, 'proposed');
    }
    const current = await enter(deps, order, payment, message);
    await dismiss(deps, by.name, message, 'accepted as paid');
    return accepted(name, order, current, 'accepted');
  }
  return refused('BUSY', null);
}

/**
 * Accepts a payment as two people whose request was approved: the asker proposes it on the order,
 * and the approver accepts it. Without an approver it is `acceptPayment`.
 */
export async function acceptAs(
  deps: OpsDeps,
  by: Person,
  name: PaymentName,
  reason: string,
  approver: Person | undefined,
): Promise<ActionOutcome<Changed>> {
  const proposed = await acceptPayment(deps, by, name, reason);
  if (approver === undefined) return proposed;
  const isProposed = proposed.ok
    ? proposed.changed.action === 'accept_payment' && proposed.changed.acceptance === 'proposed'
    : proposed.code === 'SAME_PERSON';
  return isProposed ? acceptPayment(deps, approver, name, reason) : proposed;
}

/**
 * Records the accepted payment and processes it. Returns the order as that left it. The inbox
 * worker finishes what does not complete now.
 */
async function enter(
  deps: OpsDeps,
  order: Order,
  payment: PaymentDetails,
  message: InboxMessage | null,
): Promise<Order> {
  const { outTradeNo } = payment;
  const key = acceptanceKey(payment);
  const heard = await deps.store.inbox.record({
    key,
    content: { kind: 'payment', payment },
    outTradeNo,
    trust: 'platform',
    raw: message?.raw ?? JSON.stringify(payment),
    path: message?.confirmedBy[0] ?? 'query',
    receivedAt: deps.clock.now(),
  });
  if (heard === 'repeat') await deps.store.inbox.replay([key], 'accepted again', deps.clock.now());
  return applyNow(deps, order, [key]);
}

/**
 * Returns a payment that is not the order's: notes it beside the order's own payment, which
 * reserves its money, and refunds it by its own number. Once WeChat Pay says that it went back, its
 * open discrepancies are explained, and an order without another payment is closed.
 */
export async function returnPayment(
  deps: OpsDeps,
  by: Refunder,
  name: PaymentName,
  reason: string,
): Promise<ActionOutcome<Changed>> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const known = await knownPayment(deps, name);
    if (known === null) return MISSING;
    const { order, payment, message, key } = known;
    const before = standingOf(order, name);
    if (await paidAnother(deps, name)) return refused('TRANSACTION_OF_OTHER_ORDER', before);
    const why = notReturnable(order, payment, deps.merchants);
    if (why !== null) return refused(CODES[why], before);
    if (otherOf(order, name) === null) {
      const noted = await deps.store.orders.note({
        outTradeNo: order.outTradeNo,
        expectedVersion: order.version,
        otherPayments: withPayment(order, payment, key),
        entry: { at: deps.clock.now(), event: 'mismatch', path: 'call', actor: 'operator', evidence: key },
      });
      if (!noted) continue;
    }
    const refunded = await requestRefund(deps, { ...name, amount: null, name: { kind: 'rest' }, reason }, by);
    if (!refunded.ok) return { ...refunded, before };
    const { outRefundNo, amount, state } = refunded.refund;
    await dismiss(deps, by.who, message, `goes back by refund ${outRefundNo}`);
    const after = standingOf(await withRefund(deps, order, { outRefundNo, amount }), name);
    const changed = { action: 'return_payment', refund: { outRefundNo, amount, state } } as const;
    return { ok: true, before, after, changed };
  }
  return refused('BUSY', null);
}

/**
 * The order with the reservation of a refund that was made just now, which a read of the order may
 * miss.
 */
export async function withRefund(deps: OpsDeps, order: Order, made: RefundReservation): Promise<Order> {
  const current = await reread(deps, order);
  if (reservationOf(current, made.outRefundNo) !== null) return current;
  return { ...current, refunds: [...current.refunds, made] };
}

/** Dismisses the message that is dead for the mismatch, so that it no longer raises the alarm. */
async function dismiss(deps: OpsDeps, who: string, message: InboxMessage | null, why: string): Promise<void> {
  if (message?.state !== 'dead' || message.reason === 'operator') return;
  await deps.store.inbox.dismiss([message.key], who, why, deps.clock.now());
}

/** A payment that operators may decide about, with its order. */
export interface DecidablePayment {
  readonly order: Order;
  readonly payment: PaymentDetails;
  /** Null once retention has deleted it. */
  readonly message: InboxMessage | null;
  readonly key: InboxKey;
}

/** The payment of this name; null when nothing is known of it. */
export async function knownPayment({ store }: OpsDeps, name: PaymentName): Promise<DecidablePayment | null> {
  const key: string = `payment:${name.outTradeNo}:${name.transactionId}`;
  if (!isInboxKey(key)) return null;
  const [[order], message] = await Promise.all([store.orders.find([name.outTradeNo]), store.inbox.find(key)]);
  if (order === undefined) return null;
  const payment = detailsOf(order, name, message);
  return payment === null ? null : { order, payment, message, key };
}

/** The payment's details: from its message, or from the order once the message is deleted. */
function detailsOf(order: Order, name: PaymentName, message: InboxMessage | null): PaymentDetails | null {
  if (message?.content.kind === 'payment') return message.content.payment;
  const other = otherOf(order, name);
  if (other === null) return null;
  const unknown = {
    payer: null,
    cash: null,
    coupon: null,
    settlementTotal: null,
    bankType: null,
    attach: null,
  };
  const { total, paidAt, paidTo = order.subMchId } = other;
  return { ...name, ...unknown, subMchId: paidTo, total, paidAt, currency: order.currency };
}

function otherOf(order: Order, { transactionId }: PaymentName): OtherPayment | null {
  return order.otherPayments.find((one) => one.transactionId === transactionId) ?? null;
}

async function paidAnother({ store }: OpsDeps, name: PaymentName): Promise<boolean> {
  const paid = await store.orders.ofTransaction(name.transactionId);
  return paid !== null && paid.outTradeNo !== name.outTradeNo;
}

function accepted(
  name: PaymentName,
  order: Order,
  current: Order,
  acceptance: 'proposed' | 'accepted',
): ActionOutcome<Changed> {
  const changed = { action: 'accept_payment', order: orderMove(order, current), acceptance } as const;
  return { ok: true, before: standingOf(order, name), after: standingOf(current, name), changed };
}

function standingOf(order: Order, name: PaymentName): Json {
  const { transactionId } = name;
  return { transactionId, payment: order.payment.state, refunds: order.refunds.length };
}

const CODES: Readonly<Record<PaymentRefusal, Code>> = {
  order_paid: 'ORDER_PAID',
  other_merchant: 'OTHER_MERCHANT',
  other_currency: 'OTHER_CURRENCY',
  going_back: 'GOING_BACK',
  accepted: 'ACCEPTED',
  same_person: 'SAME_PERSON',
};

const MESSAGES = {
  ORDER_PAID: 'the order is paid: refund it, or return the other payment',
  OTHER_MERCHANT: 'it was paid to another merchant number: deal with it in that merchant’s platform',
  OTHER_CURRENCY: 'it was paid in another currency: deal with it in the merchant platform',
  GOING_BACK: 'this payment is being refunded already',
  ACCEPTED: 'this payment was accepted: refund the order instead',
  SAME_PERSON: 'you have accepted it: a second person must accept it too',
  TRANSACTION_OF_OTHER_ORDER:
    'this transaction paid another order: it can neither be accepted here nor returned',
  BUSY: 'the order keeps changing: try again',
} as const;

type Code = keyof typeof MESSAGES;

function refused(code: Code, before: Json): ActionOutcome<never> {
  return { ok: false, code, message: MESSAGES[code], before };
}

const MISSING: ActionOutcome<never> = {
  ok: false,
  code: 'NOT_FOUND',
  message: 'there is no such payment',
  before: null,
};
