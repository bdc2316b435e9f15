import { readHeader } from '../../lib/bill/columns';
import { COLUMN_NAMES, ORDER_COLUMNS, type OrderColumn } from './column-names';
import { aliasOf, mayBeAmount, plainHeader } from './header-names';
import { InputError } from '../input-error';

/** The name of each column in `--columns`, in English and in Chinese. */
export const COLUMN_OPTIONS: Readonly<Record<OrderColumn, readonly [string, string]>> = {
  outTradeNo: ['order', '订单号'],
  yuan: ['amount', '金额'],
  fen: ['amount-fen', '金额分'],
  transactionId: ['transaction', '微信订单号'],
  paidAt: ['paid-at', '支付时间'],
  state: ['state', '状态'],
  means: ['paid-by', '支付方式'],
  currency: ['currency', '币种'],
  subMchId: ['merchant', '商户号'],
  outRefundNo: ['refund', '退款单号'],
  refundYuan: ['refund-amount', '退款金额'],
  refundFen: ['refund-amount-fen', '退款金额分'],
  refundState: ['refund-state', '退款状态'],
  refundedAt: ['refunded-at', '退款时间'],
};

/** Which header the accountant gives to a column, by `--columns`; empty to leave the column out. */
export type GivenColumns = ReadonlyMap<OrderColumn, string>;

/** The position of each column; -1 when the file does not have it. */
export type OrderPositions = Readonly<Record<OrderColumn, number>>;

/** A header that was understood. `states`: what a row of the file states. */
export interface OrderHeader {
  readonly at: OrderPositions;
  readonly width: number;
  readonly states: 'orders' | 'refunds' | 'both';
  readonly columns: readonly { readonly as: OrderColumn; readonly header: string }[];
  /** All its cells. */
  readonly cells: readonly string[];
}

/**
 * How well cells fit as the header of an orders file: the number of known columns, if they name a
 * number and an amount, and otherwise 0.
 */
export function orderHeaderScore(given: GivenColumns): (cells: readonly string[]) => number {
  return (cells) => {
    const columns = new Set(cells.map((cell) => aliasOf(cell)?.column));
    const has = (column: OrderColumn): boolean =>
      columns.has(column) || cells.some((cell) => isGiven(given, column, cell));
    const number = has('outTradeNo') || has('outRefundNo') || has('transactionId');
    const amount = has('yuan') || has('fen') || has('refundYuan') || has('refundFen');
    return number && amount ? ORDER_COLUMNS.filter(has).length : 0;
  };
}

/**
 * What `--columns` says of one table: the headers that it has. Of several tables, such as orders
 * and refunds, one may have a header that the others lack.
 */
export function givenIn(given: GivenColumns, cells: readonly string[]): GivenColumns {
  return new Map(
    [...given].filter(([column, name]) => name === '' || cells.some((cell) => isGiven(given, column, cell))),
  );
}

/** The refusal of a header that no table has; `cells` and `file` are of the last one. */
export function noSuchColumn(header: string, cells: readonly string[], file: string): InputError {
  return new InputError('no_such_column', { file, header, headers: named(cells) });
}

function isGiven(given: GivenColumns, column: OrderColumn, cell: string): boolean {
  const name = given.get(column);
  return name !== undefined && name !== '' && plainHeader(name) === plainHeader(cell);
}

/**
 * Parses a header. Throws `InputError` when a column that is needed is missing, or when several
 * could be it: then `--columns` decides.
 */
export function readOrderHeader(cells: readonly string[], given: GivenColumns, file: string): OrderHeader {
  if (orderHeaderScore(given)(cells) === 0) throw notAnOrdersHeader(cells, file);
  if (isBill(cells)) throw new InputError('bill_as_orders', { file });
  const other = otherBill(cells);
  if (other !== null) throw new InputError(other, { file });
  const taken = new Map<number, OrderColumn>();
  const at = (column: OrderColumn): number => {
    const position = positionOf(column, cells, given, file);
    const first = taken.get(position);
    if (first !== undefined) return sharesAmounts(first, column) ? position : -1;
    if (position >= 0) taken.set(position, column);
    return position;
  };
  const positions: OrderPositions = {
    outTradeNo: at('outTradeNo'),
    yuan: at('yuan'),
    fen: at('fen'),
    transactionId: at('transactionId'),
    paidAt: at('paidAt'),
    state: at('state'),
    means: at('means'),
    currency: at('currency'),
    subMchId: at('subMchId'),
    outRefundNo: at('outRefundNo'),
    refundYuan: at('refundYuan'),
    refundFen: at('refundFen'),
    refundState: at('refundState'),
    refundedAt: at('refundedAt'),
  };
  checkAmounts(positions, cells, file);
  const states = statesOf(positions, cells, file);
  const found = states === 'refunds' ? ofRefundsAlone(positions) : positions;
  return {
    at: found,
    width: cells.length,
    states,
    cells,
    columns: ORDER_COLUMNS.flatMap((as) =>
      found[as] < 0 ? [] : [{ as, header: (cells[found[as]] ?? '').trim() }],
    ),
  };
}

/** An amount is in yuan or in fen. Naming the column of one leaves the other out. */
const OTHER_UNIT: ReadonlyMap<OrderColumn, OrderColumn> = new Map([
  ['yuan', 'fen'],
  ['fen', 'yuan'],
  ['refundYuan', 'refundFen'],
  ['refundFen', 'refundYuan'],
]);

/** `--columns` may give payments and refunds one column of amounts, as lists of cash have it. */
function sharesAmounts(orders: OrderColumn, refunds: OrderColumn): boolean {
  return (orders === 'yuan' && refunds === 'refundYuan') || (orders === 'fen' && refunds === 'refundFen');
}

function positionOf(
  column: OrderColumn,
  cells: readonly string[],
  given: GivenColumns,
  file: string,
): number {
  const name = given.get(column);
  if (name !== undefined) {
    if (name === '') return -1;
    const position = cells.findIndex((cell) => isGiven(given, column, cell));
    if (position < 0) throw noSuchColumn(name, cells, file);
    return position;
  }
  const unit = OTHER_UNIT.get(column);
  if (unit !== undefined && (given.get(unit) ?? '') !== '') return -1;
  const isTaken = (cell: string): boolean =>
    ORDER_COLUMNS.some((other) => !sharesAmounts(column, other) && isGiven(given, other, cell));
  for (let rank = 0; rank < COLUMN_NAMES[column].length; rank += 1) {
    const fitting = cells.flatMap((cell, position) => {
      const alias = aliasOf(cell);
      return alias?.column === column && alias.rank === rank && !isTaken(cell) ? [position] : [];
    });
    const [first, ...others] = fitting;
    if (first === undefined) continue;
    const unknown = column === 'yuan' || column === 'fen' ? cells.filter(mayBeAmount) : [];
    if (others.length === 0 && unknown.length === 0) return first;
    const known = fitting.map((position) => (cells[position] ?? '').trim());
    const headers = [...known, ...unknown.map((cell) => cell.trim())];
    throw new InputError('ambiguous_columns', { file, column, headers });
  }
  return -1;
}

function checkAmounts(at: OrderPositions, cells: readonly string[], file: string): void {
  const both = (yuan: 'yuan' | 'refundYuan', inFen: 'fen' | 'refundFen'): void => {
    if (at[yuan] < 0 || at[inFen] < 0) return;
    const headers = [cells[at[yuan]] ?? '', cells[at[inFen]] ?? ''].map((cell) => cell.trim());
    throw new InputError('ambiguous_columns', { file, column: yuan, headers });
  };
  both('yuan', 'fen');
  both('refundYuan', 'refundFen');
}

/** What the rows state. Throws `InputError` when the columns for neither are there. */
function statesOf(at: OrderPositions, cells: readonly string[], file: string): OrderHeader['states'] {
  const orders = (at.outTradeNo >= 0 || at.transactionId >= 0) && (at.yuan >= 0 || at.fen >= 0);
  const refundAmount = at.refundYuan >= 0 || at.refundFen >= 0;
  const refunds = at.outRefundNo >= 0 && refundAmount;
  if (orders && at.outRefundNo >= 0 && !refundAmount) {
    throw new InputError('no_refund_amount', { file, headers: named(cells) });
  }
  if (orders) return refunds ? 'both' : 'orders';
  if (refunds) return 'refunds';
  throw notAnOrdersHeader(cells, file);
}

/** In a file of refunds alone, the state and the time are the refund's. */
function ofRefundsAlone(at: OrderPositions): OrderPositions {
  return {
    ...at,
    state: -1,
    paidAt: -1,
    refundState: at.refundState >= 0 ? at.refundState : at.state,
  };
}

function named(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
}

/** The bill that a header is of, where it is not one of a merchant of WeChat Pay. */
export function otherBill(cells: readonly string[]): 'alipay_bill' | 'personal_bill' | null {
  const names = cells.map(plainHeader);
  if (names.includes('收/支') && names.includes('交易单号') && names.includes('商户单号')) {
    return 'personal_bill';
  }
  // A shop's orders may have Alipay's number beside WeChat Pay's, or the means of payment.
  const isOfShop =
    names.some((name) => /微信|wechat/.test(name)) || names.some((name) => aliasOf(name)?.column === 'means');
  return !isOfShop && names.some((name) => /^支付宝(?:交易|流水)号$/.test(name)) ? 'alipay_bill' : null;
}

/** Columns of the shortest bill. */
const BILL_WIDTH = 20;

/** True for the header of a bill of WeChat Pay: the other side, given as ours. */
function isBill(cells: readonly string[]): boolean {
  return cells.length >= BILL_WIDTH && billHeader(cells) === 'header';
}

function billHeader(cells: readonly string[]): ReturnType<typeof readHeader>['kind'] {
  return readHeader(cells.map((cell) => cell.replace(/^[?`\uFEFF]+/, '')).join(',')).kind;
}

/** Names what the file is instead, where its header shows that. */
export function notAnOrdersHeader(cells: readonly string[], file: string): InputError {
  const bill = billHeader(cells);
  if (bill === 'header') return new InputError('bill_as_orders', { file });
  if (bill === 'fund_flow') return new InputError('fund_flow_as_orders', { file });
  const other = otherBill(cells);
  if (other !== null) return new InputError(other, { file });
  // A shop's file may have the payer's account at Alipay beside the others.
  const text = cells.join(' ').replace(/(?:买家)?支付宝账[号户]/g, '');
  if (/支付宝|alipay/i.test(text)) return new InputError('alipay_bill', { file });
  const scores = new Set(cells.map((cell) => aliasOf(cell)?.column));
  if (scores.has('refundYuan') || scores.has('refundFen')) {
    return new InputError('no_refund_number', { file, headers: named(cells) });
  }
  if (scores.has('outTradeNo') || scores.has('transactionId')) {
    return new InputError('no_amount_column', { file, headers: named(cells) });
  }
  if (scores.has('yuan') || scores.has('fen')) {
    return new InputError('no_number_column', { file, headers: named(cells) });
  }
  return new InputError('no_header', { file, headers: named(cells) });
}
