import { ERASED_PAYER } from '../model/erased';
import { importKey } from '../model/message';
import type { Order, WholeOrder } from '../model/order';
import type { ImportedProgress, Refund, RefundNote } from '../model/refund';
import { mayBeCanary } from '../values/canary';
import { dayOf } from '../values/day';
import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import { MOST_REFUNDS } from './refunds/reservation';

/*
 * Orders of an earlier system. An imported order is a payment which that system took and whose
 * goods are its own affair: it is paid and fulfilled from its first write, holds no personal data,
 * and nothing here can make its fulfilment due. What the file says is a person's word, not WeChat
 * Pay's: the bill of its day proves it, or shows it missing.
 */

/** A refund that the earlier system made and that succeeded. */
export interface StatedRefund {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  readonly refundedAt: Instant;
}

/** A paid order as the file of an earlier system states it, in CNY. */
export interface StatedOrder {
  readonly outTradeNo: OutTradeNo;
  readonly subMchId: SubMchId;
  readonly transactionId: TransactionId;
  readonly total: Fen;
  readonly paidAt: Instant;
  readonly refunds: readonly StatedRefund[];
}

/** Who imports, when, and from what. */
export interface Importing {
  readonly who: string;
  readonly at: Instant;
  /** A name of the files, such as their hash: what the history and the audit log say. */
  readonly source: string;
}

/** Why an order cannot be imported. */
export const IMPORT_REFUSALS = [
  /** No merchant of the configuration. */
  'merchant_unknown',
  /** A number that begins as a canary's does: its payment could count as a test. */
  'canary_number',
  /** Nothing was paid. */
  'nothing_paid',
  /** Paid, or refunded, later than now. */
  'in_the_future',
  /** More went back than was paid, or in more refunds than WeChat Pay allows. */
  'refunds_exceed',
  /** Another order has the transaction. */
  'transaction_taken',
  /** Another refund has one of its refund numbers. */
  'refund_number_taken',
] as const;

/** One of `IMPORT_REFUSALS`. */
export type ImportRefusal = (typeof IMPORT_REFUSALS)[number];

/** What an order that is here already says differently. */
export const IMPORT_DIFFERENCES = [
  'merchant',
  'amount',
  'not_paid_here',
  'transaction',
  'paid_on_another_day',
  'refunds',
] as const;

/** One of `IMPORT_DIFFERENCES`. */
export type ImportDifference = (typeof IMPORT_DIFFERENCES)[number];

/** Why this order cannot be imported by what it states alone; null when it can. */
export function whyNotImportable(
  { outTradeNo, subMchId, total, paidAt, refunds }: StatedOrder,
  merchants: readonly SubMchId[],
  now: Instant,
): ImportRefusal | null {
  if (!merchants.includes(subMchId)) return 'merchant_unknown';
  if (mayBeCanary(outTradeNo)) return 'canary_number';
  if (total <= 0) return 'nothing_paid';
  if (paidAt > now || refunds.some(({ refundedAt }) => refundedAt > now)) return 'in_the_future';
  const numbers = new Set(refunds.map(({ outRefundNo }) => outRefundNo));
  const back = refunds.reduce((sum, { amount }) => sum + amount, 0);
  if (back > total || refunds.length > MOST_REFUNDS || numbers.size < refunds.length) return 'refunds_exceed';
  return refunds.some(({ amount }) => amount <= 0) ? 'refunds_exceed' : null;
}

/**
 * What an order that is here already says differently; empty when it is the same order. An import
 * changes none. The day counts and not the second, because the earlier system may have kept when it
 * learned of the payment.
 */
export function importDifferences(order: Order, stated: StatedOrder): readonly ImportDifference[] {
  const { payment } = order;
  const found: ImportDifference[] = [];
  if (order.subMchId !== stated.subMchId) found.push('merchant');
  if (order.total !== stated.total) found.push('amount');
  if (payment.state !== 'paid') return [...found, 'not_paid_here'];
  if (payment.transactionId !== stated.transactionId) found.push('transaction');
  if (dayOf(payment.paidAt) !== dayOf(stated.paidAt)) found.push('paid_on_another_day');
  const known = new Map(order.refunds.map((one) => [one.outRefundNo, one.amount]));
  const isKnown = stated.refunds.every(({ outRefundNo, amount }) => known.get(outRefundNo) === amount);
  return isKnown ? found : [...found, 'refunds'];
}

type StatedTerms = Pick<StatedRefund, 'outRefundNo' | 'amount'>;

/** True when a refund that is here is the one that the file states, and it succeeded. */
export function isSameRefund(refund: Refund, stated: StatedOrder, one: StatedTerms): boolean {
  return isOfTerms(refund, stated, one) && refund.progress.state === 'succeeded';
}

function isOfTerms(
  refund: Refund,
  { outTradeNo, subMchId }: StatedOrder,
  { outRefundNo, amount }: StatedTerms,
): boolean {
  return (
    refund.outRefundNo === outRefundNo &&
    refund.outTradeNo === outTradeNo &&
    refund.subMchId === subMchId &&
    refund.amount === amount
  );
}

/** The order as it is stored: paid, fulfilled elsewhere, without personal data. */
export function importedOrder(stated: StatedOrder, { who, at, source }: Importing): WholeOrder {
  const { outTradeNo, subMchId, transactionId, total, paidAt, refunds } = stated;
  return {
    outTradeNo,
    requestId: 'imported',
    subMchId,
    payer: ERASED_PAYER,
    erasedAt: at,
    total,
    currency: 'CNY',
    body: '',
    attach: null,
    cart: null,
    createdAt: paidAt,
    expiresAt: paidAt,
    version: 1,
    payment: {
      state: 'paid',
      transactionId,
      paidAt,
      knownAt: at,
      knownBy: 'import',
      evidence: importKey(outTradeNo),
      cash: null,
      coupon: null,
      settlementTotal: null,
    },
    // A done fulfilment never becomes due again.
    fulfilment: { state: 'done', attempts: 0, doneAt: paidAt, receipt: null },
    prepay: null,
    lastAskedAt: null,
    nextAskAt: paidAt,
    asks: 0,
    lastAnswer: null,
    otherPayments: [],
    refunds: refunds.map(({ outRefundNo, amount }) => ({ outRefundNo, amount, transactionId })),
    statement: null,
    history: [{ at, event: 'imported', path: 'import', actor: 'operator', evidence: `${who}: ${source}` }],
  };
}

/** The refunds of an imported order as they are stored: all of them succeeded. */
export function importedRefunds(stated: StatedOrder, { who, at, source }: Importing): readonly Refund[] {
  const { outTradeNo, subMchId, transactionId, total } = stated;
  return stated.refunds.map(({ outRefundNo, amount, refundedAt }) => ({
    outRefundNo,
    outTradeNo,
    subMchId,
    transactionId,
    total,
    amount,
    reason: null,
    origin: 'merchant',
    requestedBy: who,
    createdAt: refundedAt,
    version: 1,
    progress: succeededAs(outRefundNo, refundedAt, at),
    nextAskAt: refundedAt,
    asks: 0,
    lastError: null,
    statement: null,
    history: [{ at, event: 'imported', path: 'import', actor: 'operator', evidence: `${who}: ${source}` }],
  }));
}

/** Why a refund is closed that an import stored for an order which it could not store. */
const WITHDRAWN = 'import_withdrawn';

/** Closes a refund that an import stored for an order which it could not store. */
export function withdrawnRefund(
  { outRefundNo, version }: Refund,
  { who, at, source }: Importing,
): RefundNote {
  return {
    outRefundNo,
    expectedVersion: version,
    progress: {
      state: 'closed',
      reason: WITHDRAWN,
      knownAt: at,
      knownBy: 'import',
      evidence: importKey(outRefundNo),
    },
    entry: {
      at,
      event: 'import_withdrawn',
      path: 'import',
      actor: 'operator',
      evidence: `${who}: ${source}`,
    },
  };
}

/** True when a refund that is here is the one that the file states, and an import withdrew it. */
export function isWithdrawn(refund: Refund, stated: StatedOrder, one: StatedTerms): boolean {
  const { progress } = refund;
  return (
    isOfTerms(refund, stated, one) &&
    progress.state === 'closed' &&
    progress.knownBy === 'import' &&
    progress.reason === WITHDRAWN
  );
}

/** Puts a withdrawn refund back. */
export function restoredRefund(
  { outRefundNo, version }: Refund,
  refundedAt: Instant,
  { who, at, source }: Importing,
): RefundNote {
  return {
    outRefundNo,
    expectedVersion: version,
    progress: succeededAs(outRefundNo, refundedAt, at),
    entry: { at, event: 'imported', path: 'import', actor: 'operator', evidence: `${who}: ${source}` },
  };
}

function succeededAs(outRefundNo: OutRefundNo, refundedAt: Instant, at: Instant): ImportedProgress {
  return {
    state: 'succeeded',
    refundId: null,
    settled: null,
    succeededAt: refundedAt,
    knownAt: at,
    knownBy: 'import',
    evidence: importKey(outRefundNo),
  };
}
