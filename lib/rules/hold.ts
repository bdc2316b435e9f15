import type { Discrepancy } from '../model/discrepancy';
import { discrepancyId } from '../model/discrepancy';
import type { OpenRefund } from '../model/message';
import type { HoldReason, Order } from '../model/order';
import type { Refund } from '../model/refund';
import type { StatementRun } from '../model/statement/statement-run';
import type { Fen } from '../values/fen';
import type { TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import {
  hasSucceeded,
  isRefundedInFull,
  isReservedInFull,
  reservationOf,
  transactionsOf,
} from './refunds/reservation';

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
 * order. The reasons that handing over cannot find come first: it finds the others by itself once
 * these have ended, and none is lost. Pure.
 */
export function holdOfPayment(
  order: Pick<Order, 'outTradeNo' | 'total' | 'refundSaidAt' | 'refunds'>,
  { isVerified, isStated, openRefunds, verifyAbove }: Against,
): HoldReason | null {
  if (isStated) return 'statement_refunds_pending';
  if (verifyAbove !== null && order.total > verifyAbove && !isVerified) return 'verify_above';
  const known = holdOfMessages(openRefunds, null);
  if (known !== null) return known;
  // Handing over looks at the refunds themselves; here only their reservations are at hand.
  return order.refundSaidAt !== undefined && order.refunds.length === 0 ? 'refund_sum_unknown' : null;
}

/** What is known about the refunds of an order besides the order itself. */
export interface KnownRefunds {
  /** Refund messages that are not applied; those of other orders are ignored. */
  readonly open: readonly OpenRefund[];
  /** The refunds of the order's reservations, as far as they exist and can be read. */
  readonly refunds: readonly Refund[];
}

/**
 * Why a paid order must not be fulfilled given what is known of its refunds, or null. Evidence that
 * was known when an operator released the order no longer holds it. Null too for an order whose
 * money has all gone back, which ends instead. Pure.
 */
export function holdAtHandOver(order: Order, { open, refunds }: KnownRefunds): HoldReason | null {
  const { fulfilment, refundSaidAt } = order;
  const releasedAt = fulfilment.state === 'due' ? (fulfilment.hold?.release?.at ?? null) : null;
  const transactions = transactionsOf(order);
  const ofOrder = open.filter((one) => isOfOrder(one, order, transactions));
  const told = holdOfMessages(ofOrder, releasedAt);
  if (told !== null) return told;
  if (isRefundedInFull(order, refunds)) return null;
  if (isReservedInFull(order) && isUnfinished(order, refunds, releasedAt)) return 'refund_unfinished';
  const isSaid = refundSaidAt !== undefined && isAfter(refundSaidAt, releasedAt);
  return isSaid && !isRefundOnBooks(order, refunds) ? 'refund_sum_unknown' : null;
}

/** True for a reason that handing over finds again by itself, however often the hold is lifted. */
export function isFoundAtHandOver(reason: HoldReason): boolean {
  switch (reason) {
    case 'refund_message_open':
    case 'refund_message_unreadable':
    case 'refund_sum_unknown':
    case 'refund_unfinished':
      return true;
    case 'statement_refunds_pending':
    case 'verify_above':
      return false;
  }
}

function isAfter(at: Instant, releasedAt: Instant | null): boolean {
  return releasedAt === null || at > releasedAt;
}

function holdOfMessages(openRefunds: readonly OpenRefund[], releasedAt: Instant | null): HoldReason | null {
  const against = openRefunds.filter((one) => speaksAgainst(one) && isAfter(one.receivedAt, releasedAt));
  if (against.some(({ told }) => told !== 'unreadable')) return 'refund_message_open';
  return against.length > 0 ? 'refund_message_unreadable' : null;
}

/** True when the outcome of some reservation is open, and an operator did not release it. */
function isUnfinished(order: Order, refunds: readonly Refund[], releasedAt: Instant | null): boolean {
  return order.refunds.some((reservation) => {
    if (hasSucceeded(reservation, refunds)) return false;
    const refund = refunds.find(({ outRefundNo }) => outRefundNo === reservation.outRefundNo);
    const since = refund?.createdAt ?? reservation.at;
    return releasedAt === null || (since !== undefined && since > releasedAt);
  });
}

/**
 * True when a refund that reached WeChat Pay explains its answer REFUND, because the amount is
 * known. A reservation without a refund never reached it, and a requested one perhaps not.
 */
export function isRefundOnBooks(order: Pick<Order, 'refunds'>, refunds: readonly Refund[]): boolean {
  return refunds.some(({ outRefundNo, progress }) => {
    if (reservationOf(order, outRefundNo) === null) return false;
    return progress.state === 'processing' || progress.state === 'abnormal' || progress.state === 'succeeded';
  });
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
      return pass !== 'payments' && pass !== 'refunds';
    }
  }
}

/** A hold that ends by itself in the normal course opens no discrepancy before this long, in ms. */
const HOLD_GRACE_MS = 1_800_000;

function endsByItself(reason: HoldReason): boolean {
  switch (reason) {
    case 'statement_refunds_pending':
    case 'verify_above':
    case 'refund_unfinished':
      return true;
    case 'refund_message_open':
    case 'refund_message_unreadable':
    case 'refund_sum_unknown':
      return false;
  }
}

/**
 * When a hold that is found now begins: after the order's last one, from which its time tells it
 * apart. Both may be of one millisecond, and that of a host whose clock is behind would be earlier.
 * Pure.
 */
export function holdsFrom({ fulfilment }: Pick<Order, 'fulfilment'>, now: Instant): Instant {
  const last = fulfilment.state === 'due' ? fulfilment.hold?.heldAt : undefined;
  return last === undefined || now > last ? now : later(last, 1);
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
 * How far the clocks of two hosts may differ, in ms, before a refund is requested while goods
 * leave. The doctor calls much less an error.
 */
export const CLOCKS_APART_MS = 5 * 60_000;

/**
 * True while a worker fulfils the order: a refund of it must wait for the outcome. The worker's
 * lease bounds that wait, by a clock that may be behind ours.
 */
export function isBeingHandedOver({ fulfilment }: Pick<Order, 'fulfilment'>, now: Instant): boolean {
  if (fulfilment.state !== 'due' || fulfilment.begunAt === undefined) return false;
  return fulfilment.lease !== null && later(fulfilment.lease.until, CLOCKS_APART_MS) > now;
}
