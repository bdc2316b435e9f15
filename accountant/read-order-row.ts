import { hasLostDigits } from '../lib/bill/lost-digits';
import { fen } from '../lib/values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../lib/values/ids';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId } from '../lib/values/ids';
import type { Instant } from '../lib/values/instant';
import type { Reason } from './ledger';
import { isScientific, looksLost } from './lost-number';
import { cleaned, fenCell, idCell, yuanCell } from './order-cells';
import type { OrderHeader } from './order-columns';
import type { OrderColumn } from './column-names';
import type { OrderOptions, OrderProblemCode } from './order-problem';
import type { OrderRefund, OrderState, PlacedRow, RowOrder, RowRefundState } from './order-row';
import { refundStateOfWord, stateOfWord } from './order-states';
import { orderTimeReader } from './order-times';

/** A part of a row that names nothing that could be looked for. */
export interface UnusablePart {
  readonly kind: 'unusable';
  readonly reason: Reason;
  readonly amount: number;
}

/** What a row states. */
export interface RowReading extends PlacedRow {
  /** `bad_amount`: the order is known, but not how much it is. Null when the row states none. */
  readonly order:
    | { readonly kind: 'order'; readonly order: RowOrder }
    | { readonly kind: 'bad_amount' }
    | UnusablePart
    | null;
  readonly refund:
    | { readonly kind: 'refund'; readonly refund: OrderRefund }
    | { readonly kind: 'bad_amount'; readonly outRefundNo: OutRefundNo }
    | UnusablePart
    | null;
}

/**
 * Reads a row of cells. `line` is for the notes about its cells, `place` names it in the books.
 * Null: a title, a note, a total, or the further lines of merged cells.
 */
export type OrderRowReader = (cells: readonly string[], line: number, place: number) => RowReading | null;

/** What a reader of rows needs to know, and whom it tells. */
export interface RowReaderOptions extends OrderOptions {
  readonly from1904: boolean;
  readonly note: (line: number, column: OrderColumn | null, code: OrderProblemCode) => void;
  readonly unknownWord: (word: string) => void;
}

/** What a line below the rows begins with: sums, and counts of pages or rows. */
const TOTAL =
  /^(?:合计|总计|小计|共计|累计|汇总|总和|总额|总数|合共|本页|共\s*\d+\s*[条笔行单]|(?:(?:sub|grand)?[ -]?total|sum)\s*(?:$|:))/i;

/**
 * Creates a reader of the rows below a header. It reads only what it needs: a cell that is not
 * needed never costs its order, and is noted. Words and days are remembered, because a file has
 * few.
 */
export function rowReader(header: OrderHeader, options: RowReaderOptions): OrderRowReader {
  const { at, states } = header;
  const readTime = orderTimeReader();
  const stateOf = remembered((word) => stateOfWord(word, options.states));
  const refundStateOf = remembered(refundStateOfWord);
  const readRefundAmount = at.refundYuan >= 0 ? yuanCell : fenCell;
  const statesRefunds = at.outRefundNo >= 0 || at.refundYuan >= 0 || at.refundFen >= 0;
  const readTotal = at.yuan >= 0 ? yuanCell : fenCell;
  let cells: readonly string[] = [];
  let line = 0;
  /** The last numbers, for the further lines of cells that are merged over several rows. */
  let last = { order: '', transaction: '' };

  const clean = remembered(cleaned);
  /** Words recur in every row, so they are cleaned once. */
  function wordAt(column: OrderColumn): string {
    const position = at[column];
    return position < 0 ? '' : clean(cells[position] ?? '');
  }

  function text(column: OrderColumn): string {
    const position = at[column];
    return position < 0 ? '' : cleaned(cells[position] ?? '');
  }

  function note(column: OrderColumn, code: OrderProblemCode): null {
    options.note(line, column, code);
    return null;
  }

  function timeOf(column: 'paidAt' | 'refundedAt'): { readonly at: Instant | null; readonly isBad: boolean } {
    const cell = text(column);
    if (cell === '') return NO_TIME;
    const read = readTime(cell, options.from1904);
    if (read === null) note(column, 'bad_time');
    return { at: read, isBad: read === null };
  }

  function wordOf<State extends string>(
    column: 'state' | 'refundState',
    word: string,
    read: (word: string) => State,
  ): State {
    const state = read(word);
    if (state === 'unclear') {
      options.unknownWord(word);
      note(column, 'unknown_state');
    }
    return state;
  }

  function transactionOf(cell: string): TransactionId | null {
    if (cell === '' || cell === '0') return null;
    if (isScientific(cell)) return note('transactionId', 'scientific_notation');
    if (!isTransactionId(cell)) return note('transactionId', 'bad_number');
    return hasLostDigits(cell) ? note('transactionId', 'digits_lost') : cell;
  }

  /** The order number, unless a spreadsheet destroyed it: then a transaction ID stands for it. */
  function orderNumberOf(cell: string, transactionId: TransactionId | null): OutTradeNo | LostNumber | null {
    if (cell === '') return null;
    const lost = isScientific(cell)
      ? 'scientific_notation'
      : !isOutTradeNo(cell)
        ? 'bad_number'
        : transactionId !== null && looksLost(cell)
          ? 'digits_lost'
          : null;
    if (lost === null && isOutTradeNo(cell)) return cell;
    note('outTradeNo', lost ?? 'bad_number');
    return { lost: lost ?? 'bad_number' };
  }

  function merchantOf(): SubMchId | null {
    const cell = idCell(text('subMchId'));
    if (cell === '' || cell === '0') return null;
    return isSubMchId(cell) ? cell : note('subMchId', 'bad_number');
  }

  function orderPart(
    totalCell: string,
    canBeFound: boolean,
    looksPaid: boolean,
    lost: LostNumber['lost'] | null,
  ): RowReading['order'] {
    const total = totalCell === '' ? null : readTotal(totalCell);
    const amount = total === null || total < 0 ? null : total;
    if (!canBeFound) return { kind: 'unusable', reason: lost ?? 'bad_number', amount: amount ?? 0 };
    if (amount === null) {
      note(at.yuan >= 0 ? 'yuan' : 'fen', 'bad_amount');
      return { kind: 'bad_amount' };
    }
    const paid = timeOf('paidAt');
    const word = wordAt('state');
    const state =
      word === '' ? withoutWord(looksPaid || paid.at !== null || paid.isBad) : wordOf('state', word, stateOf);
    const currency = currencyOf(wordAt('currency'));
    return {
      kind: 'order',
      order: { currency, total: amount, state, paidAt: paid.at, badTime: paid.isBad },
    };
  }

  /**
   * Without a word, a payment time or a transaction ID says that an order is paid. A file that has
   * payment times and no states says by an empty one that it is not. Otherwise nothing is known.
   */
  function withoutWord(looksPaid: boolean): OrderState {
    if (looksPaid) return 'paid';
    return at.paidAt >= 0 && at.state < 0 ? 'pending' : 'unknown';
  }

  function refundPart(cell: string): RowReading['refund'] {
    const amountCell = text(at.refundYuan >= 0 ? 'refundYuan' : 'refundFen');
    // Many files write what went back as a negative amount, and 0 where nothing did.
    const read = amountCell === '' ? null : readRefundAmount(amountCell);
    const amount = read === null ? null : fen(Math.abs(read));
    const nothing = amountCell === '' || amount === 0;
    if (cell === '' || cell === '0') {
      return nothing ? null : { kind: 'unusable', reason: 'no_refund_number', amount: amount ?? 0 };
    }
    if (!isOutRefundNo(cell) || isScientific(cell)) {
      const reason = isScientific(cell) ? 'scientific_notation' : 'bad_number';
      note('outRefundNo', reason);
      return { kind: 'unusable', reason, amount: amount ?? 0 };
    }
    if (amount === null || amount === 0) {
      note(at.refundYuan >= 0 ? 'refundYuan' : 'refundFen', 'bad_amount');
      return { kind: 'bad_amount', outRefundNo: cell };
    }
    const time = timeOf('refundedAt');
    const word = wordAt('refundState');
    const state: RowRefundState = word === '' ? 'unknown' : wordOf('refundState', word, refundStateOf);
    return {
      kind: 'refund',
      refund: { outRefundNo: cell, amount, state, refundedAt: time.at, badTime: time.isBad },
    };
  }

  /** True for a line that states neither an order nor a refund. */
  function isNoRow(order: string, transaction: string, refund: string, total: string): boolean {
    if (total !== '' && BEGINS_NUMBER.test(order)) return false;
    if (order === '' && transaction === '' && refund === '') {
      const first = cleaned(cells.find((cell) => cell.trim() !== '') ?? '');
      // Sums, further lines of merged cells, and lines empty but for cells that nobody reads.
      return TOTAL.test(first) || (total === '' && !hasRefundAmount());
    }
    if (TOTAL.test(order) || TOTAL.test(transaction) || TOTAL.test(refund)) return true;
    // A sentence below the rows: no number can be one, and nothing else is said.
    if (BEYOND_NUMBERS.test(order) && transaction === '' && refund === '' && total === '') return true;
    // Files that were joined repeat their header between the rows.
    return header.columns.every(({ as, header: name }) => (cells[at[as]] ?? '').trim() === name);
  }

  function hasRefundAmount(): boolean {
    const cell = text(at.refundYuan >= 0 ? 'refundYuan' : 'refundFen');
    return cell !== '' && readRefundAmount(cell) !== 0;
  }

  return (row, at_, place) => {
    cells = row;
    line = at_;
    const refundCell = idCell(text('outRefundNo'));
    const totalCell = text(at.yuan >= 0 ? 'yuan' : 'fen');
    let orderCell = idCell(text('outTradeNo'));
    let transactionCell = idCell(text('transactionId'));
    if (isNoRow(orderCell, transactionCell, refundCell, totalCell)) return null;
    const hasNoOrder = orderCell === '' && transactionCell === '' && totalCell === '';
    const isMerged = states === 'both' && hasNoOrder;
    if (isMerged) [orderCell, transactionCell] = [last.order, last.transaction];
    last = { order: orderCell, transaction: transactionCell };

    const transactionId = transactionOf(transactionCell);
    const number = orderNumberOf(orderCell, transactionId);
    const outTradeNo = typeof number === 'string' ? number : null;
    const lost = number === null || typeof number === 'string' ? null : number.lost;
    const canBeFound = outTradeNo !== null || transactionId !== null;
    return {
      place,
      outTradeNo,
      transactionId,
      subMchId: at.subMchId < 0 ? null : merchantOf(),
      order:
        states === 'refunds' || isMerged
          ? null
          : orderPart(totalCell, canBeFound, transactionCell !== '' && transactionCell !== '0', lost),
      refund: statesRefunds ? refundPart(refundCell) : null,
    };
  };
}

/** Why an order number cannot be used. */
interface LostNumber {
  readonly lost: 'scientific_notation' | 'bad_number' | 'digits_lost';
}

const NO_TIME = { at: null, isBad: false } as const;
/** Nearly all order numbers; no sum, sentence or header begins so. */
const BEGINS_NUMBER = /^\d[\x21-\x7e]*$/;
const BEYOND_NUMBERS = /[^\x21-\x7e]/;

function currencyOf(text: string): string {
  return text === '' || /^(?:rmb|cny|人民币|元|¥|1)$/i.test(text) ? 'CNY' : text.toUpperCase();
}

/** The most words remembered; a column with more is not a state. */
const MOST_WORDS = 1000;

function remembered<Value>(read: (word: string) => Value): (word: string) => Value {
  const known = new Map<string, Value>();
  return (word) => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const value = read(word);
    if (known.size < MOST_WORDS) known.set(word, value);
    return value;
  };
}
