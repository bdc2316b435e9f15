import type { Difference } from '../../lib/statement/compare/match';
import { matchPayment, matchRefund } from '../../lib/statement/compare/match';
import { asRefundNo } from '../../lib/bill/refund-number';
import type { PaymentRow, RefundRow, RevokedRow, StatementRow } from '../../lib/bill/row';
import type { RateMillionths } from '../../lib/values/fee-rate';
import { CANARY_FEN } from '../../lib/values/canary';
import { fen, type Fen } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { feeDifference } from './bill-fee';
import { dayNumber } from './bill-days';
import type { CompareOptions } from './compare-options';
import type { Draft } from './draft';
import type { Kind } from './ledger';
import type { OrderFiles } from '../orders/order-file';
import {
  AGREED,
  BAD_AMOUNT,
  CONTRADICTED,
  DIFFERED,
  OTHER_DAY,
  OTHER_MERCHANT,
  SEEN,
} from '../orders/order-store';
import type { Places } from '../places';

/** Both sides of a comparison while a bill is read. */
export interface Comparison {
  readonly files: OrderFiles;
  readonly options: CompareOptions;
  readonly draft: Draft;
  /** The places of the bills' lines. */
  readonly places: Places;
}

/** A row of a bill with what the ledger needs of it. */
interface At {
  readonly place: number;
  /** Its amount as it was counted when it was read, in fen. */
  readonly amount: number;
  /** Its fee in thousandths of a fen. */
  readonly milliFee: number;
  /** Its day; null when the bill does not say when the refund was made. */
  readonly day: Instant | null;
}

/** Either book, as far as a row that is not compared concerns it. */
type Book = OrderFiles['orders'] | OrderFiles['refunds'];

/** Compares one readable row of a bill with the orders, and puts it into its bucket. */
export function compareRow(with_: Comparison, row: StatementRow, at: At): void {
  const { files, options, draft } = with_;
  const kind = KIND_OF[row.kind];
  const number = row.kind === 'refund' ? row.outRefundNo : row.outTradeNo;
  const book: Book = row.kind === 'refund' ? files.refunds : files.orders;
  if (options.merchant !== null && row.paidTo !== null && row.paidTo !== options.merchant) {
    draft.setAside('other_merchant', row.line);
    draft.ledger.settle('bill', kind, 'otherMerchants', at.amount);
    markIfBooked(book, number, OTHER_MERCHANT);
    endMoneyBack(with_, row, 'otherMerchants');
    return;
  }
  if (options.days !== null && at.day !== null && !isWithin(options.days, at.day)) {
    draft.setAside('other_day', row.line);
    draft.ledger.settle('bill', kind, 'otherDays', at.amount);
    markIfBooked(book, number, OTHER_DAY);
    endMoneyBack(with_, row, 'otherDays');
    return;
  }
  if (at.day !== null) draft.day(at.day);
  if (isOfCanary(with_, row, at)) {
    draft.ledger.settle('bill', kind, 'canaries', at.amount);
    return;
  }
  switch (row.kind) {
    case 'payment':
      comparePayment(with_, row, at);
      return;
    case 'refund':
      compareRefund(with_, row, at);
      return;
    case 'revoked':
      compareRevoked(with_, row, at);
      return;
    case 'other':
      draft.setAside('undocumented', row.line);
      draft.ledger.explain('bill', 'other', 'inDoubt', at.amount, 'undocumented', at.place);
      return;
  }
}

/**
 * True for the payment of a canary that the accountant named, and for the one refund of it, both of
 * one fen exactly, which our files lack. Notes that the bill had it. Failure policy: fail closed.
 * Another amount, a fee that is wrong, a second payment or refund, or a row of it in our files is
 * compared like any other.
 */
function isOfCanary({ files, options, draft }: Comparison, row: StatementRow, at: At): boolean {
  if (row.kind === 'other' || at.amount !== CANARY_FEN || !options.canaries.has(row.outTradeNo)) return false;
  if (files.orders.find(row.outTradeNo) >= 0 || files.orders.findByTransaction(row.transactionId) >= 0)
    return false;
  if (row.kind === 'payment') {
    const { payments } = draft.canaries;
    if (payments.has(row.outTradeNo) || feeDifferences(row, at, options.feeRate).length > 0) return false;
    payments.add(row.outTradeNo);
    draft.unknown.add(row.transactionId);
    return true;
  }
  const number = row.kind === 'refund' ? row.outRefundNo : asRefundNo(row.transactionId);
  const { back } = draft.canaries;
  if (back.has(row.outTradeNo) || files.refunds.find(number) >= 0) return false;
  back.add(row.outTradeNo);
  draft.unknownRefunds.add(number);
  return true;
}

const KIND_OF = {
  payment: 'payments',
  refund: 'refunds',
  revoked: 'revoked',
  other: 'other',
} as const satisfies Record<StatementRow['kind'], Kind>;

function isWithin({ from, to }: { readonly from: number; readonly to: number }, at: Instant): boolean {
  const day = dayNumber(at);
  return from <= day && day <= to;
}

function markIfBooked(book: Book, number: string, bit: number): void {
  const index = book.find(number);
  if (index >= 0) book.mark(index, bit);
}

/**
 * True when a row is the refund of a whole order that our files say in words alone, under no
 * number. Then our side of it ends there too.
 */
function endMoneyBack(
  { files: { orders, refunds, moneyBack }, draft }: Comparison,
  row: StatementRow,
  end: 'agreeing' | 'otherDays' | 'otherMerchants',
): boolean {
  if (moneyBack.size === 0 || row.kind !== 'refund' || refunds.find(row.outRefundNo) >= 0) return false;
  const byNumber = orders.find(row.outTradeNo);
  const index = byNumber >= 0 ? byNumber : orders.findByTransaction(row.transactionId);
  const said = moneyBack.get(index);
  if (said === undefined || !said.isWhole || draft.moneyBack.has(index)) return false;
  const ours = orders.at(index).transactionId;
  if (ours !== null && ours !== row.transactionId) return false;
  if (matchRefund(row, { amount: said.amount, state: 'succeeded' }).kind !== 'agrees') return false;
  draft.moneyBack.set(index, end);
  return true;
}

function comparePayment(with_: Comparison, row: PaymentRow, at: At): void {
  const { files, options, draft } = with_;
  const { orders } = files;
  const inDoubt = (reason: 'duplicate_row' | 'order_in_doubt' | 'unknown_state') => {
    draft.ledger.explain('bill', 'payments', 'inDoubt', at.amount, reason, at.place);
  };
  // Files with refunds only cannot say anything of a payment.
  if (orders.size() === 0 && files.refunds.size() > 0) {
    draft.ledger.explain('bill', 'payments', 'notLookedFor', at.amount, 'no_orders', at.place);
    return;
  }
  const byNumber = orders.find(row.outTradeNo);
  const index = byNumber >= 0 ? byNumber : orders.findByTransaction(row.transactionId);
  if (index >= 0 && orders.has(index, CONTRADICTED | BAD_AMOUNT)) {
    orders.mark(index, SEEN);
    inDoubt('order_in_doubt');
    return;
  }
  const isDuplicate =
    draft.unknown.find(row.transactionId) >= 0 || (index >= 0 && orders.hasSeen(index, row.transactionId));
  if (isDuplicate) {
    draft.setAside('duplicate_row', row.line);
    inDoubt('duplicate_row');
    return;
  }
  const differences = [...paymentDifferences(with_, row, index), ...feeDifferences(row, at, options.feeRate)];
  if (index >= 0) orders.markSeen(index, row.transactionId);
  if (index < 0 || !orders.hasSeen(index, row.transactionId)) draft.unknown.add(row.transactionId);
  if (differences.length > 0) {
    const ours = index < 0 ? null : orders.placeOf(index);
    for (const difference of differences) draft.found(located(with_, row, difference, null, ours));
    draft.ledger.settle('bill', 'payments', 'differing', at.amount);
    if (index >= 0) orders.mark(index, DIFFERED);
  } else if (index >= 0 && orders.stateOf(index) === 'unclear') {
    inDoubt('unknown_state');
  } else {
    draft.ledger.settle('bill', 'payments', 'agreeing', at.amount);
    if (index >= 0) orders.mark(index, AGREED);
  }
}

function paymentDifferences(
  { files: { orders } }: Comparison,
  row: PaymentRow,
  index: number,
): readonly Difference[] {
  const verdict = matchPayment(row, index < 0 ? null : orders.asBooked(index, row));
  switch (verdict.kind) {
    case 'agrees':
      return [];
    case 'unrecorded':
      return [{ class: verdict.as, ours: index < 0 ? null : orders.stateOf(index), theirs: row.total }];
    case 'differs':
      return verdict.differences;
    case 'missing_order':
      return [{ class: 'missing_order', ours: null, theirs: row.total }];
  }
}

function feeDifferences(row: PaymentRow, at: At, rate: RateMillionths | null): readonly Difference[] {
  const found = rate === null ? null : feeDifference(at.milliFee, row.settled, rate);
  return found === null ? [] : [{ class: 'fee_mismatch', ...found }];
}

function compareRefund(with_: Comparison, row: RefundRow, at: At): void {
  if (endMoneyBack(with_, row, 'agreeing')) {
    with_.draft.ledger.settle('bill', 'refunds', 'agreeing', at.amount);
    with_.draft.unknownRefunds.add(row.outRefundNo);
    return;
  }
  if (with_.files.refunds.size() === 0) {
    with_.draft.ledger.explain('bill', 'refunds', 'notLookedFor', at.amount, 'no_refunds', at.place);
    return;
  }
  compareBack(with_, row, row, at);
}

/**
 * A revoked payment has no refund number. Our own exports give it its transaction ID; in any other
 * file the money that went back is not booked.
 */
function compareRevoked(with_: Comparison, row: RevokedRow, at: At): void {
  // A row that does not say how far the reversal came is still one of a payment that was reversed.
  const state = row.state === 'unknown' ? 'succeeded' : row.state;
  compareBack(with_, row, { outRefundNo: asRefundNo(row.transactionId), asked: wentBack(row), state }, at);
}

/** Compares money that went back, by a refund or because a payment was revoked. */
function compareBack(with_: Comparison, row: RefundRow | RevokedRow, back: Back, at: At): void {
  const { files, draft } = with_;
  const { refunds } = files;
  const inDoubt = (reason: 'duplicate_row' | 'order_in_doubt') => {
    draft.ledger.explain('bill', KIND_OF[row.kind], 'inDoubt', at.amount, reason, at.place);
  };
  const index = refunds.find(back.outRefundNo);
  if (index >= 0 && refunds.has(index, CONTRADICTED | BAD_AMOUNT)) {
    refunds.mark(index, SEEN);
    inDoubt('order_in_doubt');
    return;
  }
  const isDuplicate =
    index >= 0 ? refunds.has(index, SEEN) : draft.unknownRefunds.find(back.outRefundNo) >= 0;
  if (isDuplicate) {
    draft.setAside('duplicate_row', row.line);
    inDoubt('duplicate_row');
    return;
  }
  if (index >= 0) refunds.mark(index, SEEN);
  else draft.unknownRefunds.add(back.outRefundNo);
  const number = index < 0 && row.kind === 'revoked' ? null : back.outRefundNo;
  settleRefund(with_, row, index, number, refundDifferences(with_, row, back, index), at);
}

/** What went back, and under which number. */
type Back = Pick<RefundRow, 'outRefundNo' | 'asked' | 'state'>;

/** Puts a refund, or a payment that was revoked, into its bucket on both sides. */
function settleRefund(
  with_: Comparison,
  row: RefundRow | RevokedRow,
  index: number,
  outRefundNo: string | null,
  differences: readonly Difference[],
  at: At,
): void {
  const { files, draft } = with_;
  const { refunds } = files;
  const kind = KIND_OF[row.kind];
  if (differences.length > 0) {
    const ours = index < 0 ? null : refunds.at(index).place;
    for (const difference of differences) draft.found(located(with_, row, difference, outRefundNo, ours));
    draft.ledger.settle('bill', kind, 'differing', at.amount);
    if (index >= 0) refunds.mark(index, DIFFERED);
  } else if (index >= 0 && refunds.at(index).state === 'unclear') {
    draft.ledger.explain('bill', kind, 'inDoubt', at.amount, 'unknown_state', at.place);
  } else {
    draft.ledger.settle('bill', kind, 'agreeing', at.amount);
    if (index >= 0) refunds.mark(index, AGREED);
  }
}

function refundDifferences(
  { files: { refunds } }: Comparison,
  row: RefundRow | RevokedRow,
  back: Back,
  index: number,
): readonly Difference[] {
  const verdict = matchRefund(back, index < 0 ? null : refunds.asBooked(index, back.state));
  const elsewhere = index < 0 ? [] : belongsElsewhere(refunds.at(index), row);
  switch (verdict.kind) {
    case 'agrees':
      return elsewhere;
    case 'unrecorded':
      return [
        ...elsewhere,
        { class: 'refund_state_mismatch', ours: refunds.at(index).state, theirs: back.state },
      ];
    case 'differs':
      return [...elsewhere, ...verdict.differences];
    case 'refund_missing_here':
      return [{ class: 'refund_missing_here', ours: null, theirs: back.asked }];
  }
}

/** A refund number booked on another order or payment than the bill has it on. */
function belongsElsewhere(
  ours: { readonly outTradeNo: string; readonly transactionId: string | null },
  row: StatementRow,
): readonly Difference[] {
  if (ours.outTradeNo !== '' && ours.outTradeNo !== row.outTradeNo) {
    return [{ class: 'refund_transaction_mismatch', ours: ours.outTradeNo, theirs: row.outTradeNo }];
  }
  return ours.transactionId === null || ours.transactionId === row.transactionId
    ? []
    : [{ class: 'refund_transaction_mismatch', ours: ours.transactionId, theirs: row.transactionId }];
}

/** What went back for a revoked payment: the refunded amount, or the whole of a row without one. */
export function wentBack({ total, refunded }: { readonly total: Fen; readonly refunded: Fen }): Fen {
  return refunded === 0 ? total : fen(Math.abs(refunded));
}

function located(
  { files, places }: Comparison,
  row: StatementRow,
  { class: discrepancyClass, ours, theirs }: Difference,
  outRefundNo: string | null,
  ourPlace: number | null,
) {
  const orders = ourPlace === null ? null : files.places.at(ourPlace);
  const bill = places.at(places.of(row.line));
  return {
    class: discrepancyClass,
    outTradeNo: row.outTradeNo,
    transactionId: row.transactionId,
    outRefundNo,
    ours,
    theirs,
    billFile: bill.file,
    billLine: bill.line,
    ordersFile: orders?.file ?? null,
    ordersLine: orders?.line ?? null,
  };
}
