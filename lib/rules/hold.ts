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

/** The settings that decide about holding an order that becomes paid. */
export interface HoldPolicy {
  /** Above this amount, in fen, fulfilment waits for one query; null for never. */
  readonly verifyAbove: Fen | null;
}

/** What is known about the payment that makes an order paid, and the settings for holds. */
export interface Against extends HoldPolicy {
  /** WeChat Pay answered a query with it, or a bill shows it. */
  readonly isVerified: boolean;
  /** A statement run put it into the inbox. */
  readonly isStated: boolean;
  readonly openRefunds: readonly OpenRefund[];
}

/** No evidence, and no setting that asks for a hold. */
export const NOTHING_AGAINST: Against = {
  verifyAbove: null,
  isVerified: false,
  isStated: false,
  openRefunds: [],
};

/**
 * True for a message about money that went back or may be going back. `closed` and `declined` mean
 * that none did. `processing` and `unknown` count, because they may be about any refund of the
 * order.
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

/**
 * True for a refund message of this order: it names the order, or it names no order but one of its
 * transactions.
 */
export function isOfOrder(
  { outTradeNo, transactionId }: OpenRefund,
  order: Pick<Order, 'outTradeNo'>,
  transactions: readonly TransactionId[],
): boolean {
  if (outTradeNo !== null) return outTradeNo === order.outTradeNo;
  return transactionId !== null && transactions.includes(transactionId);
}

/**
 * Why an order that this payment makes paid must be held, or null. `openRefunds` are those of the
 * order. Pure.
 */
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
 * Why a paid order must not be fulfilled given what is known of its refunds, or null. Evidence that
 * was known when an operator released the order no longer holds it. Pure.
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
  // A refund on our books explains the answer, because its amount is known.
  if (refundSaidAt !== undefined && isNew(refundSaidAt) && refunds.length === 0) return 'refund_sum_unknown';
  return null;
}

/**
 * The longest an order waits for the refunds of its bill to be compared, in ms. An interrupted run
 * has resumed long before that.
 */
export const STATEMENT_HOLD_MS = 86_400_000;

/** A run that does not exist after this long, in ms, will never exist. */
const NO_RUN_MS = 1_800_000;

/**
 * True when the refunds of the bill that shows the payment are compared, or when the order has
 * waited too long for that. Pure.
 */
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

/** A hold that ends by itself in the normal course opens no discrepancy before this long, in ms. */
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
 * The discrepancy of a paid order that is held since `heldAt`. Every hold has its own, so that
 * resolving the first does not hide a second. Null for an order that is not paid.
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

/**
 * True while a worker fulfils the order: a refund of it must wait for the outcome. The worker's
 * lease bounds that wait.
 */
export function isBeingHandedOver({ fulfilment }: Pick<Order, 'fulfilment'>, now: Instant): boolean {
  if (fulfilment.state !== 'due' || fulfilment.begunAt === undefined) return false;
  return fulfilment.lease !== null && fulfilment.lease.until > now;
}
