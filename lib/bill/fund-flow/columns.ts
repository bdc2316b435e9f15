import { beginsWithName, plainName } from '../columns';

/** The columns of a fund-flow bill that are read. */
export const FUND_COLUMNS = [
  'bookedAt',
  'business',
  'flow',
  'name',
  'type',
  'direction',
  'amount',
  'balance',
  'note',
  'voucher',
] as const;

/** One of `FUND_COLUMNS`. */
export type FundColumn = (typeof FUND_COLUMNS)[number];

/** WeChat Pay's names: today's first, then those of older documents. */
const NAMES: Readonly<Record<FundColumn, readonly string[]>> = {
  bookedAt: ['记账时间'],
  business: ['微信支付业务单号'],
  flow: ['资金流水单号'],
  name: ['业务名称'],
  type: ['业务类型'],
  direction: ['收支类型'],
  amount: ['收支金额'],
  balance: ['账户结余'],
  note: ['备注'],
  voucher: ['业务凭证号'],
};

/** The totals of a fund-flow bill's summary. */
export const FUND_TOTALS = ['rows', 'incomeRows', 'income', 'expenseRows', 'expense'] as const;

/** One of `FUND_TOTALS`. */
export type FundTotal = (typeof FUND_TOTALS)[number];

const TOTAL_NAMES: Readonly<Record<FundTotal, string>> = {
  rows: '资金流水总笔数',
  incomeRows: '收入笔数',
  income: '收入金额',
  expenseRows: '支出笔数',
  expense: '支出金额',
};

/** Where each column of a header stands, and how many there are. */
export interface FundHeader {
  readonly at: Readonly<Record<FundColumn, number>>;
  readonly width: number;
}

/** Reads the first line of a fund-flow bill; null when a column is missing or named twice. */
export function readFundHeader(line: string): FundHeader | null {
  const names = line.split(',').map(plainName);
  const placeOf = (column: FundColumn): number => {
    const found = NAMES[column].flatMap((name) => places(names, plainName(name)));
    return found.length === 1 ? (found[0] ?? -1) : -1;
  };
  const at = {
    bookedAt: placeOf('bookedAt'),
    business: placeOf('business'),
    flow: placeOf('flow'),
    name: placeOf('name'),
    type: placeOf('type'),
    direction: placeOf('direction'),
    amount: placeOf('amount'),
    balance: placeOf('balance'),
    note: placeOf('note'),
    voucher: placeOf('voucher'),
  };
  return Object.values(at).includes(-1) ? null : { at, width: names.length };
}

/** True when a line may be the start of a header that was cut (see `beginsHeader`). */
export function beginsFundHeader(line: string): boolean {
  return beginsWithName(line, NAMES.bookedAt);
}

/** True when a line's first cell starts the summary. */
export function beginsFundSummary(line: string): boolean {
  return plainName(line.split(',')[0] ?? '') === TOTAL_NAMES.rows;
}

/** Where each total of a summary's header stands; null when one is missing or named twice. */
export function readFundSummaryHeader(line: string): Readonly<Record<FundTotal, number>> | null {
  const names = line.split(',').map(plainName);
  const placeOf = (total: FundTotal): number => {
    const found = places(names, TOTAL_NAMES[total]);
    return found.length === 1 ? (found[0] ?? -1) : -1;
  };
  const at = {
    rows: placeOf('rows'),
    incomeRows: placeOf('incomeRows'),
    income: placeOf('income'),
    expenseRows: placeOf('expenseRows'),
    expense: placeOf('expense'),
  };
  return Object.values(at).includes(-1) ? null : at;
}

function places(names: readonly string[], name: string): readonly number[] {
  return names.flatMap((one, place) => (one === name ? [place] : []));
}
