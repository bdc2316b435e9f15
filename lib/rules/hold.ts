import type { Discrepancy } from '../model/discrepancy';
import { discrepancyId } from '../model/discrepancy';
import type { OpenRefund } from '../model/message';
import type { HoldReason, Order } from '../model/order';
import type { StatementRun } from '../model/statement-run';
import type { Fen } from '../values/fen';
import type { TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import { transactionsOf } from './reservation';

/** What an order that becomes paid is held for by the configuration. */
export interface HoldPolicy {
  /** Above this amount, in fen, fulfilment waits for one query; null for never. */
  readonly verifyAbove: Fen | null;
}

/** What is known of the payment that makes an order paid, and what the configuration asks for. */
export interface Against extends HoldPolicy {
  /** WeChat Pay answered it to a query, or its statement shows it. */
  readonly isVerified: boolean;
  /** A statement run put it into the inbox. */
  readonly isStated: boolean;
  readonly openRefunds: readonly OpenRefund[];
}

/** Nothing is known, and nothing asked for. */
export const NOTHING_AGAINST: Against = {
  verifyAbove: null,
  isVerified: false,
  isStated: false,
  openRefunds: [],
};

/**
 * True for a message that speaks of money that went back, or may be going back. `closed` and `declined` say that none went; what is
 * `processing` or `unknown` may be any refund of the order, so it counts.
 */
export function speaksAgainst({ told }: OpenRefund): boolean {
  switch (told) {
    case 'succeeded':
    case 'processing':
    case 'abnormal':
    case 'unknown':
    case 'unreadable':
      return true;
    case 'closed':
    case 'declined':
      return false;
  }
}

/** True for a refund message of this order: it names the order, or it names none and one of the order's transactions. */
export function isOfOrder(
  { outTradeNo, transactionId }: OpenRefund,
  order: Pick<Order, 'outTradeNo'>,
  transactions: readonly TransactionId[],
): boolean {
  if (outTradeNo !== null) return outTradeNo === order.outTradeNo;
  return transactionId !== null && transactions.includes(transactionId);
}

/** Why an order that this payment makes paid must not be due yet, or null. `openRefunds` are those of the order. Pure. */
export function holdOfPayment(
  order: Pick<Order, 'outTradeNo' | 'total' | 'refundSaidAt' | 'refunds'>,
  { isVerified, isStated, openRefunds, verifyAbove }: Against,
): HoldReason | null {
  const known = holdOfEvidence(order, openRefunds, null);
  if (known !== null) return known;
  if (isStated) return 'statement_refunds_pending';
  if (verifyAbove !== null && order.total > verifyAbove && !isVerified) return 'verify_above';
  return null;
}

/**
 * Why a paid order must not be handed over by what is known of its refunds, or null. Pure. What was known when an operator released it
 * holds it no more.
 */
export function holdAtHandOver(order: Order, openRefunds: readonly OpenRefund[]): HoldReason | null {
  const { fulfilment } = order;
  const released = fulfilment.state === 'due' ? (fulfilment.hold?.release?.at ?? null) : null;
  const transactions = transactionsOf(order);
  const ofOrder = openRefunds.filter((one) => isOfOrder(one, order, transactions));
  return holdOfEvidence(order, ofOrder, released);
}

function holdOfEvidence(
  { refundSaidAt, refunds }: Pick<Order, 'refundSaidAt' | 'refunds'>,
  openRefunds: readonly OpenRefund[],
  releasedAt: Instant | null,
): HoldReason | null {
  const isNew = (at: Instant) => releasedAt === null || at > releasedAt;
  const against = openRefunds.filter((one) => speaksAgainst(one) && isNew(one.receivedAt));
  if (against.some(({ told }) => told !== 'unreadable')) return 'refund_message_open';
  if (against.length > 0) return 'refund_message_unreadable';
  // A refund on our books explains the answer: its sum is known.
  if (refundSaidAt !== undefined && isNew(refundSaidAt) && refunds.length === 0) return 'refund_sum_unknown';
  return null;
}

/** The longest that an order waits for the refunds of its statement, in ms. A run that broke off has long been taken up again by then. */
export const STATEMENT_HOLD_MS = 86_400_000;

/** A run that is not there after so long, in ms, is none that anybody will make. */
const NO_RUN_MS = 1_800_000;

/** True when the refunds of the statement that shows the payment were gone over, or have kept the order waiting too long. Pure. */
export function areRefundsCompared(run: StatementRun | null, heldAt: Instant, now: Instant): boolean {
  if (now >= later(heldAt, STATEMENT_HOLD_MS)) return true;
  if (run === null) return now >= later(heldAt, NO_RUN_MS);
  switch (run.work.state) {
    case 'done':
      return true;
    case 'waiting':
      return false;
    case 'matching': {
      const { pass } = run.work.checkpoint;
      return pass === 'absent_payments' || pass === 'absent_refunds';
    }
  }
}

/** A hold that ends by itself in its ordinary course is no call for a person before so long, in ms. */
const HOLD_GRACE_MS = 1_800_000;

function endsByItself(reason: HoldReason): boolean {
  switch (reason) {
    case 'statement_refunds_pending':
    case 'verify_above':
      return true;
    case 'refund_message_open':
    case 'refund_message_unreadable':
    case 'refund_sum_unknown':
      return false;
  }
}

/**
 * The discrepancy of a paid order that is held since `heldAt`. Each hold has one of its own: a second one is not lost behind the first
 * one's resolution. Null for an order that is not paid.
 */
export function heldDiscrepancy(
  order: Order,
  { reason, heldAt }: { readonly reason: HoldReason; readonly heldAt: Instant },
  now: Instant,
): Discrepancy | null {
  const { outTradeNo, payment } = order;
  if (payment.state !== 'paid') return null;
  const subject = { kind: 'payment', outTradeNo, transactionId: payment.transactionId } as const;
  return {
    id: discrepancyId('fulfilment_held', subject, heldAt),
    class: 'fulfilment_held',
    subject,
    ours: { fulfilment: 'held', reason },
    theirs: null,
    path: payment.knownBy,
    statementRun: null,
    firstSeenAt: now,
    lastSeenAt: now,
    opensAt: later(heldAt, endsByItself(reason) ? HOLD_GRACE_MS : 0),
    resolution: null,
  };
}

/** True while a worker hands the order over: a refund of it must be decided on how that ends. Its lease bounds the wait. */
export function isBeingHandedOver({ fulfilment }: Pick<Order, 'fulfilment'>, now: Instant): boolean {
  if (fulfilment.state !== 'due' || fulfilment.begunAt === undefined) return false;
  return fulfilment.lease !== null && fulfilment.lease.until > now;
}
