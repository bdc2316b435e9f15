import { createReadStream } from 'node:fs';
import type { DiscrepancyClass } from '../lib/model/discrepancy';
import type { RateMillionths } from '../lib/values/fee-rate';
import type { GrammarListener } from '../lib/bill/grammar';
import type { Difference } from '../lib/statement/compare/match';
import { feeDifference, matchPayment, matchRefund } from '../lib/statement/compare/match';
import type { VerifiedStatement } from '../lib/bill/read';
import { scanStatement } from '../lib/bill/read';
import { rowReader, type RowReader } from '../lib/bill/read-row';
import type { PaymentRow, RefundRow, StatementRow } from '../lib/bill/row';
import type { SetAsideReason } from '../lib/model/statement-run';
import { fen } from '../lib/values/fen';
import type { SubMchId } from '../lib/values/ids';
import type { Json } from '../lib/values/json';
import { idTable } from './compact';
import { daySet } from './day-set';
import { InputError } from './input-error';
import type { OrderFile } from './order-file';
import { plainMatcher, type PlainMatcher, type PlainPayment } from './plain-match';
import type { FoundDifference, MatchReport } from './report';

/** The options of a comparison. */
export interface CompareOptions {
  readonly bill: string;
  /** Rows of other merchants are excluded; null accepts every merchant in the bill. */
  readonly merchant: SubMchId | null;
  /** The rate agreed with WeChat Pay; null leaves fees unchecked. */
  readonly feeRate: RateMillionths | null;
  /** Called with the number of bytes read of the bill. */
  readonly onBytes: (count: number) => void;
}

/**
 * The most differences listed; further ones are only counted. More means that the two files are
 * unrelated.
 */
const MOST_LISTED = 100_000;

/** Bytes per disk read. */
const PIECE_BYTES = 256 * 1024;

/** Lines listed per reason for excluding rows. */
const LINES_SHOWN = 20;

/**
 * Compares a bill with an orders file, reading each once. Reports only after the bill has added up
 * to its own summary; otherwise the comparison is discarded. Memory grows with the orders, and by a
 * few bytes per payment whose order is not among them. Rejects with `InputError` for a file that is
 * not a valid trade bill.
 */
export async function compare(file: OrderFile, options: CompareOptions): Promise<MatchReport> {
  const draft = openDraft();
  const verdict = await scanStatement(chunksOf(options), comparing(file, options, draft));
  if (verdict.kind === 'refused') throw new InputError(`the bill, line ${verdict.line}: ${verdict.message}`);
  if (verdict.type.endsWith('REFUND') && verdict.rows > 0 && file.refunds.size() === 0) {
    throw new InputError(
      'the bill lists refunds only, and the orders file has none: add 商户退款单号 and 退款金额(元), or choose the bill of all trades',
    );
  }
  const otherDays = lookForAbsent(file, verdict, draft);
  return reportOf(file, verdict, draft, otherDays);
}

function comparing(file: OrderFile, options: CompareOptions, draft: Draft): GrammarListener {
  let read: RowReader | null = null;
  let matchPlainly: PlainMatcher | null = null;
  return {
    onHeader(header) {
      read = rowReader(header, false);
      matchPlainly = plainMatcher(header, file.orders, options);
    },
    onRow({ fields, tally, state, line }) {
      if (read === null || matchPlainly === null) return;
      const payment = state === 'payment' ? matchPlainly(fields, tally.row) : null;
      if (payment !== null) {
        draft.agrees(payment);
        return;
      }
      const { row, problems } = read(fields, tally.row, state, line);
      if (row === null) {
        draft.setAside('unreadable', line);
        // The bill has the order, although the row is unreadable: it is not absent.
        const index = file.orders.find(problems[0]?.outTradeNo ?? '');
        if (index >= 0) file.orders.name(index);
      } else compareRow(file, row, options, draft);
    },
    onMisshapen(_code, line, outTradeNo) {
      draft.setAside('unreadable', line);
      const index = file.orders.find(outTradeNo ?? '');
      if (index >= 0) file.orders.name(index);
    },
  };
}

async function* chunksOf({ bill, onBytes }: CompareOptions): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of createReadStream(bill, { highWaterMark: PIECE_BYTES })) {
      if (!Buffer.isBuffer(chunk)) continue;
      onBytes(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) {
      throw new InputError(`${bill} is not a file: check the name`, { cause: error });
    }
    throw error;
  }
}

type Draft = ReturnType<typeof openDraft>;

function openDraft() {
  const sum = () => ({ count: 0, sum: 0 });
  const differences: FoundDifference[] = [];
  const byClass = new Map<DiscrepancyClass, number>();
  const aside = new Map<SetAsideReason, { count: number; lines: number[] }>();
  const days = daySet();
  const theirs = { payments: sum(), refunds: sum(), revoked: sum(), fees: 0 };
  const matched = { payments: sum(), refunds: sum() };
  return {
    days,
    theirs,
    matched,
    /** The transactions whose order is not in the orders file. */
    unknown: idTable(),
    differences,
    byClass,
    aside,
    /** Counts a payment that matches. */
    agrees({ total, fee, at }: Readonly<PlainPayment>): void {
      days.add(at);
      theirs.fees += fee;
      add(theirs.payments, total);
      add(matched.payments, total);
    },
    found(difference: FoundDifference): void {
      byClass.set(difference.class, (byClass.get(difference.class) ?? 0) + 1);
      if (differences.length < MOST_LISTED) differences.push(difference);
    },
    setAside(reason: SetAsideReason, line: number): void {
      const entry = aside.get(reason) ?? { count: 0, lines: [] };
      entry.count += 1;
      if (entry.lines.length < LINES_SHOWN) entry.lines.push(line);
      aside.set(reason, entry);
    },
  };
}

function add(to: { count: number; sum: number }, amount: number): void {
  to.count += 1;
  to.sum += amount;
}

function compareRow(file: OrderFile, row: StatementRow, options: CompareOptions, draft: Draft): void {
  if (options.merchant !== null && row.paidTo !== null && row.paidTo !== options.merchant) {
    draft.setAside('other_merchant', row.line);
    return;
  }
  draft.theirs.fees += row.fee ?? 0;
  switch (row.kind) {
    case 'payment':
      draft.days.add(row.tradedAt);
      add(draft.theirs.payments, row.total);
      comparePayment(file, row, options, draft);
      return;
    case 'refund':
      draft.days.add(row.succeededAt ?? row.tradedAt);
      add(draft.theirs.refunds, row.asked);
      compareRefund(file, row, draft);
      return;
    case 'revoked':
      add(draft.theirs.revoked, row.total);
      draft.found({
        ...namesOf(row),
        class: 'refund_missing_here',
        outRefundNo: null,
        ours: null,
        theirs: row.total,
        ordersLine: null,
      });
      return;
    case 'other':
      draft.setAside('undocumented', row.line);
      return;
  }
}

function comparePayment(file: OrderFile, row: PaymentRow, { feeRate }: CompareOptions, draft: Draft): void {
  const { orders } = file;
  const index = orders.find(row.outTradeNo);
  if (index >= 0 && orders.isInDoubt(index)) return;
  const isDuplicate =
    index >= 0 ? orders.hasSeen(index, row.transactionId) : draft.unknown.find(row.transactionId) >= 0;
  if (isDuplicate) {
    draft.setAside('duplicate_row', row.line);
    return;
  }
  const ordersLine = index < 0 ? null : orders.at(index).line;
  const differs = ({ class: of, ours, theirs }: Difference): void => {
    draft.found({ ...namesOf(row), class: of, outRefundNo: null, ours, theirs, ordersLine });
  };
  const verdict = matchPayment(row, index < 0 ? null : orders.asBooked(index, row));
  const fee = feeRate === null ? null : feeDifference(row, feeRate);
  if (fee !== null) differs(fee);
  if (index >= 0) orders.markSeen(index, row);
  switch (verdict.kind) {
    case 'agrees':
      add(draft.matched.payments, row.total);
      return;
    case 'unrecorded':
      differs({ class: verdict.as, ours: index < 0 ? null : orders.at(index).state, theirs: row.total });
      return;
    case 'differs':
      verdict.differences.forEach(differs);
      return;
    case 'missing_order':
      draft.unknown.add(row.transactionId);
      differs({ class: 'missing_order', ours: null, theirs: row.total });
      return;
  }
}

function compareRefund(file: OrderFile, row: RefundRow, draft: Draft): void {
  const { refunds } = file;
  // Without refunds in the file there is nothing to compare.
  if (refunds.size() === 0) return;
  const index = refunds.find(row.outRefundNo);
  if (index >= 0 && refunds.isInDoubt(index)) return;
  if (index >= 0 && refunds.seenLine(index) !== 0) {
    draft.setAside('duplicate_row', row.line);
    return;
  }
  const ordersLine = index < 0 ? null : refunds.at(index).line;
  const differs = ({ class: of, ours, theirs }: Difference): void => {
    draft.found({ ...namesOf(row), class: of, outRefundNo: row.outRefundNo, ours, theirs, ordersLine });
  };
  const verdict = matchRefund(row, index < 0 ? null : refunds.asBooked(index, row));
  if (index >= 0) refunds.markSeen(index, row.line);
  switch (verdict.kind) {
    case 'agrees':
      add(draft.matched.refunds, row.asked);
      return;
    case 'unrecorded':
      differs({ class: 'refund_state_mismatch', ours: stateOf(file, index), theirs: row.state });
      return;
    case 'differs':
      verdict.differences.forEach(differs);
      return;
    case 'refund_missing_here':
      differs({ class: 'refund_missing_here', ours: null, theirs: row.asked });
      return;
  }
}

function stateOf({ refunds }: OrderFile, index: number): Json {
  return index < 0 ? null : refunds.at(index).state;
}

function namesOf({ outTradeNo, transactionId, line }: StatementRow) {
  return { outTradeNo, transactionId, billLine: line };
}

/**
 * Finds what is paid or refunded in the orders file but missing from the bill. Returns the number
 * of paid orders of other days.
 */
function lookForAbsent(file: OrderFile, { type }: VerifiedStatement, draft: Draft): number {
  let otherDays = 0;
  if (type === 'ALL' || type === 'SUCCESS') {
    for (let index = 0; index < file.orders.size(); index += 1) {
      const { orders } = file;
      if (orders.isInDoubt(index) || orders.isNamed(index) || orders.isSeen(index)) continue;
      const { outTradeNo, transactionId, total, state, paidAt, line } = file.orders.at(index);
      if (state !== 'paid') continue;
      if (paidAt !== null && !draft.days.has(paidAt)) {
        otherDays += 1;
        continue;
      }
      draft.found({
        ...{ class: 'missing_payment', outTradeNo, transactionId, outRefundNo: null },
        ...{ ours: total, theirs: null, billLine: null, ordersLine: line },
      });
    }
  }
  if (type === 'SUCCESS') return otherDays;
  for (let index = 0; index < file.refunds.size(); index += 1) {
    if (file.refunds.isInDoubt(index) || file.refunds.seenLine(index) !== 0) continue;
    const { outTradeNo, outRefundNo, amount, state, refundedAt, line } = file.refunds.at(index);
    // Only a refund that succeeded on a day of the bill must be in it.
    if (state !== 'succeeded' || refundedAt === null || !draft.days.has(refundedAt)) continue;
    draft.found({
      ...{ class: 'refund_missing_there', outTradeNo, transactionId: null, outRefundNo },
      ...{ ours: amount, theirs: null, billLine: null, ordersLine: line },
    });
  }
  return otherDays;
}

function reportOf(file: OrderFile, proved: VerifiedStatement, draft: Draft, otherDays: number): MatchReport {
  const total = ({ count, sum }: { readonly count: number; readonly sum: number }) => ({
    count,
    sum: fen(sum),
  });
  let inDoubt = 0;
  for (let index = 0; index < file.orders.size(); index += 1) if (file.orders.isInDoubt(index)) inDoubt += 1;
  for (let index = 0; index < file.refunds.size(); index += 1)
    if (file.refunds.isInDoubt(index)) inDoubt += 1;
  const { theirs, matched, byClass } = draft;
  return {
    bill: {
      type: proved.type,
      rows: proved.rows,
      sha1: proved.sha1,
      days: draft.days.list(),
      payments: total(theirs.payments),
      refunds: total(theirs.refunds),
      revoked: total(theirs.revoked),
      fees: theirs.fees,
    },
    orders: { rows: file.rows, orders: file.orders.size(), refunds: file.refunds.size(), inDoubt, otherDays },
    matched: { payments: total(matched.payments), refunds: total(matched.refunds) },
    differences: draft.differences,
    differenceCount: [...byClass.values()].reduce((sum, count) => sum + count, 0),
    byClass: Object.fromEntries(byClass),
    setAside: Object.fromEntries(draft.aside),
    orderProblems: file.problems,
    orderProblemCount: file.problemCount,
  };
}
