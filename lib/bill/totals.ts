import { namesOf, plainName, type Header } from './columns';
import { type StatementType } from '../model/statement/bill-columns';
import { milliFen, wholeFen } from './amount';
import { fieldEnd, fieldStart, type Fields } from './fields';

/** The totals that a summary may state. `net`: received less refunded (总实收金额). */
export const TOTALS = [
  'count',
  'settled',
  'refunded',
  'couponRefunded',
  'fee',
  'orderTotal',
  'refundAsked',
  'net',
] as const;

/** One of the totals of a summary. */
export type Total = (typeof TOTALS)[number];

/** The totals that are the sum of a column. */
type Summed = Exclude<Total, 'count' | 'net'>;

/**
 * WeChat Pay's name of each total: today's name, then those before 2018, of bank channels and in
 * English.
 */
const ALIASES: Readonly<Record<Total, readonly string[]>> = {
  count: ['总交易单数', 'Total transaction count', 'Total transaction number'],
  settled: ['应结订单总金额', '总交易额', 'Total transaction amount', 'Total amount'],
  refunded: ['退款总金额', '总退款金额', 'Total refund amount'],
  couponRefunded: [
    '充值券退款总金额',
    '总代金券或立减优惠退款金额',
    '总企业红包退款金额',
    'Total coupon refund amount',
    'Total red packet refund amount',
  ],
  fee: ['手续费总金额', '总手续费金额', '返还手续费总金额', 'Total fee', 'Total handling charge'],
  orderTotal: ['订单总金额', 'Total order amount'],
  refundAsked: ['申请退款总金额', 'Total requested refund amount'],
  net: ['总实收金额', 'Total net amount'],
};

const TOTAL_OF = namesOf(TOTALS, ALIASES);

/** The totals in the order the summary states them; null for a name we do not know. */
export type SummaryHeader = readonly (Total | null)[];

/** True when a line's first cell starts a summary header. Rows start with a date, so none does. */
export function beginsSummary(firstCell: string): boolean {
  return TOTAL_OF.get(plainName(firstCell)) === 'count';
}

/** Parses the summary's header line. */
export function readSummaryHeader(line: string): SummaryHeader {
  return line.split(',').map((cell) => TOTAL_OF.get(plainName(cell)) ?? null);
}

/** The kinds of row, derived from 交易状态. */
export const TRADE_STATES = ['payment', 'refund', 'revoked', 'other'] as const;

/** One of the kinds of row. */
export type TradeState = (typeof TRADE_STATES)[number];

/** Number of rows of each kind. */
export type RowCounts = Readonly<Record<TradeState, number>>;

/**
 * One row's amounts in thousandths of a fen: NaN where unreadable, 0 where the bill has no such
 * column.
 */
export type Amounts = Record<Summed, number>;

/** The running sums of a bill, in thousandths of a fen. */
export interface Tally {
  readonly header: Header;
  /** The amounts of the row read last. */
  readonly row: Amounts;
  readonly counts: Record<TradeState, number>;
  /** Each column summed over the rows it belongs to: payments for sales, all others for refunds. */
  readonly byState: Amounts;
  /** Each column summed over every row. */
  readonly everyRow: Amounts;
}

function zero(): Amounts {
  return { settled: 0, refunded: 0, couponRefunded: 0, fee: 0, orderTotal: 0, refundAsked: 0 };
}

/** Creates an empty tally. */
export function emptyTally(header: Header): Tally {
  return {
    header,
    row: zero(),
    counts: { payment: 0, refund: 0, revoked: 0, other: 0 },
    byState: zero(),
    everyRow: zero(),
  };
}

/** Reads the row's amounts into `tally.row` without adding them; false when one is unreadable. */
export function readAmounts(tally: Tally, fields: Fields): boolean {
  const { at } = tally.header;
  const { row } = tally;
  row.settled = amountAt(fields, at.settled);
  row.refunded = amountAt(fields, at.refunded);
  row.couponRefunded = amountAt(fields, at.couponRefunded);
  row.fee = amountAt(fields, at.fee >= 0 ? at.fee : at.feeReturned);
  row.orderTotal = amountAt(fields, at.orderTotal);
  row.refundAsked = amountAt(fields, at.refundAsked);
  return !Number.isNaN(
    row.settled + row.refunded + row.couponRefunded + row.fee + row.orderTotal + row.refundAsked,
  );
}

/** Clears the amounts read last, for a row that has none to add. */
export function clearAmounts(tally: Tally): void {
  Object.assign(tally.row, zero());
}

/**
 * Adds the row read last. An unreadable amount adds nothing: if the sums still agree with the
 * summary, that proves that it stands for zero.
 */
export function addRow(tally: Tally, state: TradeState): void {
  const { row, byState, everyRow } = tally;
  tally.counts[state] += 1;
  const settled = row.settled || 0;
  const refunded = row.refunded || 0;
  const couponRefunded = row.couponRefunded || 0;
  const fee = row.fee || 0;
  const orderTotal = row.orderTotal || 0;
  const refundAsked = row.refundAsked || 0;
  everyRow.settled += settled;
  everyRow.refunded += refunded;
  everyRow.couponRefunded += couponRefunded;
  everyRow.fee += fee;
  everyRow.orderTotal += orderTotal;
  everyRow.refundAsked += refundAsked;
  byState.fee += fee;
  if (state === 'payment') {
    byState.settled += settled;
    byState.orderTotal += orderTotal;
  } else {
    byState.refunded += refunded;
    byState.couponRefunded += couponRefunded;
    byState.refundAsked += refundAsked;
  }
}

/**
 * A field's amount in thousandths of a fen; 0 for a column that the bill does not have, NaN when
 * unreadable.
 */
export function amountAt(fields: Fields, position: number): number {
  return position < 0 ? 0 : milliFen(fields.bytes, fieldStart(fields, position), fieldEnd(fields, position));
}

/**
 * A total that the summary states and the rows do not add up to. In fen (`count`: in rows); null is
 * not a whole number of fen.
 */
export interface TotalDifference {
  readonly total: Total;
  readonly stated: number | null;
  readonly counted: number | null;
}

/** The totals a summary states: rows for `count`, thousandths of a fen for the others. */
export type Stated = ReadonlyMap<Total, number>;

/**
 * Reads the summary row by its header. Null when a value is missing or unreadable, or when there
 * are more values than names: a misread summary proves nothing.
 */
export function readSummary(header: SummaryHeader, fields: Fields): Stated | null {
  if (fields.count !== header.length) return null;
  const stated = new Map<Total, number>();
  for (const [position, total] of header.entries()) {
    if (total === null) continue;
    const value = amountAt(fields, position);
    const rows = wholeFen(value);
    if (Number.isNaN(value) || stated.has(total)) return null;
    if (total === 'count' && (rows === null || rows % 100 !== 0)) return null;
    stated.set(total, total === 'count' ? value / 100_000 : value);
  }
  return stated;
}

/**
 * The required totals that are missing: the number of rows, the sales and, in bills that can
 * contain refunds, the refunds. A summary without them proves too little.
 */
export function missingTotals(stated: Stated, type: StatementType): Total[] {
  const missing: Total[] = [];
  if (!stated.has('count')) missing.push('count');
  if (!stated.has('settled') && !stated.has('orderTotal')) missing.push('settled');
  if (type !== 'SUCCESS' && !stated.has('refunded') && !stated.has('refundAsked')) missing.push('refunded');
  return missing;
}

/** Number of rows in the tally. */
export function rowCount(tally: Tally): number {
  const { payment, refund, revoked, other } = tally.counts;
  return payment + refund + revoked + other;
}

/**
 * Compares the summary with the sums of the rows; the bill is proved when there are no differences.
 *
 * WeChat Pay does not document in which total a REVOKED row or one of an unknown state counts. In
 * public bills, payments make up the sales and every other row the refunds; a plain sum over all
 * rows gives the same wherever the other amounts are zero. Both readings are tried, each for all
 * totals at once. Failure policy: fail closed. A bill that fits neither is refused as a whole.
 */
export function compareTotals(stated: Stated, tally: Tally): readonly TotalDifference[] {
  const byState = differences(stated, tally, tally.byState);
  if (byState.length === 0) return byState;
  const everyRow = differences(stated, tally, tally.everyRow);
  return everyRow.length === 0 ? everyRow : byState;
}

function differences(stated: Stated, tally: Tally, sums: Amounts): TotalDifference[] {
  return [...stated].flatMap(([total, value]): TotalDifference[] => {
    const counted = countedTotal(total, tally, sums);
    if (
      counted === null ||
      (Number.isSafeInteger(counted) && agrees(total, value, counted, tally.header.type))
    ) {
      return [];
    }
    return total === 'count'
      ? [{ total, stated: value, counted }]
      : [{ total, stated: wholeFen(value), counted: wholeFen(counted) }];
  });
}

/**
 * Refunds of top-ups list the fee as returned; whether the total keeps the sign of the rows is
 * undocumented.
 */
function agrees(total: Total, stated: number, counted: number, type: StatementType): boolean {
  return stated === counted || (total === 'fee' && type === 'RECHARGE_REFUND' && stated === -counted);
}

/**
 * The sum of the rows; null when they have no column to sum. A total without a column proves
 * nothing and is ignored.
 */
function countedTotal(total: Total, tally: Tally, sums: Amounts): number | null {
  const { at } = tally.header;
  switch (total) {
    case 'count':
      return rowCount(tally);
    case 'net':
      return sums.settled - sums.refunded;
    case 'fee':
      return at.fee >= 0 || at.feeReturned >= 0 ? sums.fee : null;
    case 'refunded':
    case 'couponRefunded':
    case 'refundAsked':
      // A bill of payments alone may still state refund totals: they must be zero.
      return at[total] >= 0 || tally.header.type === 'SUCCESS' ? sums[total] : null;
    case 'settled':
    case 'orderTotal':
      return at[total] >= 0 ? sums[total] : null;
  }
}
