import type { StatementType } from '../../lib/model/statement/bill-columns';
import type { GrammarListener } from '../../lib/bill/grammar';
import { fieldText } from '../../lib/bill/fields';
import { scanStatement } from '../../lib/bill/read';
import { rowReader, type RowReader } from '../../lib/bill/read-row';
import type { StatementRow } from '../../lib/bill/row';
import type { StatementRefusal } from '../../lib/bill/refusal';
import type { Amounts, TradeState } from '../../lib/bill/totals';
import type { CountAndSum } from '../../lib/model/count-and-sum';
import { fen } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { settleOrders } from './absent';
import type { CompareOptions } from './compare-options';
import { compareRow, wentBack, type Comparison } from './compare-rows';
import { openDraft } from './draft';
import { mayBeResaved, refusalOf, type BillSource } from '../files/bill-source';
import { InputError } from '../input-error';
import type { Balance, Bucket, Kind, Side } from './ledger';
import type { OrderFiles } from '../orders/order-file';
import { NAMED } from '../orders/order-store';
import { places } from '../places';
import { plainMatcher, type PlainMatcher } from './plain-match';
import { agrees, type MatchReport, type ReadBill } from '../report';

/**
 * Compares bills with orders files, reading each once. Reports only after every bill has added up
 * to its own summary; otherwise the comparison is discarded. Memory grows with the orders, and by a
 * few bytes per payment whose order is not among them. Rejects with `InputError` for a file that is
 * not a valid trade bill.
 */
export async function compare(
  files: OrderFiles,
  bills: readonly BillSource[],
  options: CompareOptions,
): Promise<MatchReport> {
  /** The bills that are read as cells, with what they were refused for as bytes. */
  const resaved = new Map<BillSource, StatementRefusal>();
  for (;;) {
    const attempt = await compareOnce(files, bills, options, resaved);
    if (attempt.kind === 'done') return attempt.report;
    // The bill may prove itself when its cells are read. All are compared again: a bill that was
    // refused has left marks in the book.
    resaved.set(attempt.retry, attempt.refusal);
    files.orders.forget();
    files.refunds.forget();
  }
}

type Attempt =
  | { readonly kind: 'done'; readonly report: MatchReport }
  | { readonly kind: 'again'; readonly retry: BillSource; readonly refusal: StatementRefusal };

async function compareOnce(
  files: OrderFiles,
  bills: readonly BillSource[],
  options: CompareOptions,
  resaved: ReadonlyMap<BillSource, StatementRefusal>,
): Promise<Attempt> {
  const comparison: Comparison = { files, options, draft: openDraft(), places: places() };
  const read: ReadBill[] = [];
  for (const bill of bills) {
    const isResaved = resaved.has(bill);
    const opened = await bill.open(isResaved ? 'resaved' : 'as_downloaded');
    comparison.places.nextFile();
    const verdict = await scanStatement(opened.chunks, comparing(comparison));
    if (verdict.kind === 'refused') {
      const first = resaved.get(bill) ?? verdict;
      if (!isResaved && mayBeResaved(verdict)) {
        return { kind: 'again', retry: bill, refusal: verdict };
      }
      throw await refusalOf(bill, first, verdict);
    }
    const same = read.find(({ sha1 }) => sha1 === verdict.sha1);
    if (same !== undefined && verdict.rows > 0) {
      throw new InputError('same_bill_twice', { file: bill.name, other: same.name });
    }
    read.push({
      ...{ name: bill.name, type: verdict.type, rows: verdict.rows, sha1: verdict.sha1 },
      ...{ encoding: opened.encoding(), resaved: isResaved },
    });
  }
  const refundsOnly = read.every(({ type, rows }) => type.endsWith('REFUND') && rows > 0);
  if (refundsOnly && files.refunds.size() === 0) throw new InputError('refunds_only', {});
  const { draft } = comparison;
  for (const items of files.unusable) draft.ledger.explainMany('orders', 'other', items);
  settleOrders(files, options, draft);
  if (isAllLeftOut(draft.ledger.balances()))
    throw new InputError('nothing_asked', { for: askedFor(options) });
  return { kind: 'done', report: reportOf(comparison, read) };
}

function comparing(comparison: Comparison): GrammarListener {
  const { files, options, draft, places: lines } = comparison;
  let read: RowReader | null = null;
  let matchPlainly: PlainMatcher | null = null;
  let type: StatementType = 'ALL';
  return {
    onHeader(header) {
      read = rowReader(header, false);
      matchPlainly = plainMatcher(header, files.orders, options);
      ({ type } = header);
      draft.beginBill(type);
    },
    onRow({ fields, tally, state, line }) {
      if (read === null || matchPlainly === null) return;
      const kind = KIND_OF[state];
      const amount = amountOf(tally.row, state, tally.header.at);
      draft.ledger.read('bill', kind, amount);
      draft.addFee(tally.row.fee);
      const plain = state === 'payment' ? matchPlainly(fields, tally.row) : null;
      if (plain !== null) {
        draft.day(plain);
        draft.ledger.settle('bill', 'payments', 'agreeing', amount);
        return;
      }
      const { row } = read(fields, tally.row, state, line);
      const place = lines.of(line);
      if (row !== null) {
        const day = dayOfRow(row, type);
        compareRow(comparison, row, { place, amount, milliFee: tally.row.fee, day });
        return;
      }
      draft.setAside('unreadable', line);
      draft.ledger.explain('bill', kind, 'inDoubt', amount, 'unreadable', place);
      // The bill has the order, although the row is unreadable: it is not absent.
      const { at } = tally.header;
      name(files.orders, fieldText(fields, at.outTradeNo));
      if (state === 'refund') name(files.refunds, fieldText(fields, at.outRefundNo));
    },
    onMisshapen(_code, line, { outTradeNo, tally, state }) {
      const kind = KIND_OF[state];
      const amount = amountOf(tally.row, state, tally.header.at);
      draft.ledger.read('bill', kind, amount);
      draft.addFee(tally.row.fee);
      draft.setAside('unreadable', line);
      draft.ledger.explain('bill', kind, 'inDoubt', amount, 'unreadable', lines.of(line));
      name(files.orders, outTradeNo ?? '');
    },
  };
}

const KIND_OF = {
  payment: 'payments',
  refund: 'refunds',
  revoked: 'revoked',
  other: 'other',
} as const satisfies Record<TradeState, Kind>;

/** Records that an unreadable row names an order or refund, so that it is not called absent. */
function name(book: OrderFiles['orders'] | OrderFiles['refunds'], number: string): void {
  const index = number === '' || !/^[\x21-\x7e]{1,64}$/.test(number) ? -1 : book.find(number);
  if (index >= 0) book.mark(index, NAMED);
}

/** The amount of a row of this kind, in whole fen; what cannot be read counts as nothing. */
function amountOf(
  { orderTotal, settled, refundAsked, refunded }: Readonly<Amounts>,
  state: TradeState,
  at: { readonly orderTotal: number; readonly refundAsked: number },
): number {
  const total = inFen(at.orderTotal >= 0 ? orderTotal : settled);
  switch (state) {
    case 'payment':
    case 'other':
      return total;
    case 'refund':
      return inFen(at.refundAsked >= 0 ? refundAsked : refunded);
    case 'revoked':
      return wentBack({ total: fen(total), refunded: fen(inFen(refunded)) });
  }
}

function inFen(milli: number): number {
  return Number.isNaN(milli) ? 0 : Math.round(milli / 1000) + 0;
}

/**
 * The instant by which a row belongs to a day. A refund row of a REFUND bill has the time of its
 * payment as 交易时间, which says nothing about the bill's day.
 */
function dayOfRow(row: StatementRow, type: StatementType): Instant | null {
  if (row.kind !== 'refund') return row.tradedAt;
  const made = row.succeededAt ?? row.requestedAt;
  return made ?? (type === 'ALL' ? row.tradedAt : null);
}

/**
 * True when the bills have rows, and the days and merchant asked for, and other means of payment,
 * leave out every item of both sides. Failure policy: fail closed. Otherwise a slip in the question
 * is answered by "agree".
 */
function isAllLeftOut(equations: readonly Balance[]): boolean {
  return (
    equations.some(({ side }) => side === 'bill') &&
    equations.every(({ all, buckets: { otherDays, otherMerchants, otherMeans } }) => {
      return otherDays.count + otherMerchants.count + otherMeans.count === all.count;
    })
  );
}

function askedFor({ days, merchant }: CompareOptions): 'days' | 'merchant' | 'both' {
  if (days === null) return 'merchant';
  return merchant === null ? 'days' : 'both';
}

const NOTHING: CountAndSum = { count: 0, sum: fen(0) };

function reportOf(
  { files, options, draft, places: billPlaces }: Comparison,
  bills: readonly ReadBill[],
): MatchReport {
  const equations = draft.ledger.balances();
  const balanceOf = (side: Side, kind: Kind): Balance | undefined =>
    equations.find((one) => one.side === side && one.kind === kind);
  const within = (kind: Kind): CountAndSum => {
    const balance = balanceOf('bill', kind);
    if (balance === undefined) return NOTHING;
    const { otherDays, otherMerchants } = balance.buckets;
    return {
      count: balance.all.count - otherDays.count - otherMerchants.count,
      sum: fen(balance.all.sum - otherDays.sum - otherMerchants.sum),
    };
  };
  const inAll = (side: Side, bucket: Bucket): number =>
    equations.reduce((sum, one) => sum + (one.side === side ? one.buckets[bucket].count : 0), 0);
  const differenceCount = [...draft.byClass.values()].reduce((sum, count) => sum + count, 0);
  const [first, ...others] = bills;
  const days = [...new Set([...draft.paymentDays.list(), ...draft.refundDays.list()])].sort();
  return {
    agree: agrees({ equations, differenceCount }),
    equations,
    causes: draft.ledger.causes((side, place) => (side === 'bill' ? billPlaces : files.places).at(place)),
    canariesNotFound: [...options.canaries].filter((name) => !draft.canaries.payments.has(name)),
    bill: {
      files: bills,
      type: first !== undefined && others.every(({ type }) => type === first.type) ? first.type : null,
      rows: bills.reduce((sum, { rows }) => sum + rows, 0),
      days,
      payments: within('payments'),
      refunds: within('refunds'),
      revoked: within('revoked'),
      fees: draft.fees(),
    },
    orders: {
      files: files.files,
      notRead: files.notRead,
      rows: files.rows,
      orders: files.orders.size(),
      refunds: files.refunds.size(),
      furtherRows: files.furtherRows,
      inDoubt: inAll('orders', 'inDoubt'),
      otherDays: balanceOf('orders', 'payments')?.buckets.otherDays.count ?? 0,
      unknownStates: files.unknownStates,
    },
    matched: {
      payments: balanceOf('bill', 'payments')?.buckets.agreeing ?? NOTHING,
      refunds: balanceOf('bill', 'refunds')?.buckets.agreeing ?? NOTHING,
    },
    differences: draft.differences,
    differenceCount,
    byClass: Object.fromEntries(draft.byClass),
    setAside: draft.aside(),
    orderProblems: files.problems,
    orderProblemCount: files.problemCount,
  };
}
