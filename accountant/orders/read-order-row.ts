import { hasLostDigits } from '../../lib/bill/lost-digits';
import { fen, type Fen } from '../../lib/values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../../lib/values/ids';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId } from '../../lib/values/ids';
import type { Instant } from '../../lib/values/instant';
import { namesSum, sumsAbove } from './footers';
import type { Reason } from '../compare/ledger';
import { isScientific, looksLost } from './lost-number';
import { cleaned, fenCell, idCell, yuanCell } from './order-cells';
import type { OrderHeader } from './order-columns';
import type { OrderColumn } from './column-names';
import type { OrderOptions, OrderProblemCode } from './order-problem';
import { isWechats, paymentMeans } from './payment-means';
import type {
  MoneyBack,
  OrderRefund,
  OrderState,
  PaymentMeans,
  PlacedRow,
  RowOrder,
  RowRefundState,
} from './order-row';
import { moneyBackOfWord, refundStateOfWord, stateOfWord } from './order-states';
import { isUnsetTime, orderTimeReader } from './order-times';
import { unnamedColumns, type UnnamedSaying } from './unnamed-columns';

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
  readonly moneyBack: MoneyBack;
}

/**
 * Reads a row of cells. `line` is for the notes about its cells, `place` names it in the books.
 * Null: a title, a note, a total, or the further lines of merged cells.
 */
export type OrderRowReader = (cells: readonly string[], line: number, place: number) => RowReading | null;

/** What the accountant says about the files, and who else sees their rows. */
export interface ReadingOptions extends OrderOptions {
  /** Called with each row and the word of its state, by who needs more than the books keep. */
  readonly sawRow?: (row: RowReading, state: string) => void;
}

/** What a reader of rows needs to know, and whom it tells. */
export interface RowReaderOptions extends ReadingOptions {
  readonly from1904: boolean;
  readonly note: (line: number, column: OrderColumn | null, code: OrderProblemCode) => void;
  readonly unknownWord: (word: string) => void;
}

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
  const moneyBackOf = remembered((word) => moneyBackOfWord(word, options.states));
  const meansOf = remembered(paymentMeans);
  const unnamedIn = unnamedColumns(header.cells, options.states);
  const transactionHeader = header.columns.find(({ as }) => as === 'transactionId')?.header ?? '';
  const readRefundAmount = at.refundYuan >= 0 ? yuanCell : fenCell;
  const statesRefunds = at.outRefundNo >= 0 || at.refundYuan >= 0 || at.refundFen >= 0;
  const readTotal = at.yuan >= 0 ? yuanCell : fenCell;
  let cells: readonly string[] = [];
  let unnamed: UnnamedSaying = unnamedIn(cells);
  let line = 0;
  /** The last numbers, for the further lines of cells that are merged over several rows. */
  let last = { order: '', transaction: '', state: '' };
  const above = sumsAbove();
  /** Payments and refunds share the column of amounts: a row is the one or the other. */
  const sharesAmounts =
    at.refundYuan >= 0 ? at.refundYuan === at.yuan : at.refundFen >= 0 && at.refundFen === at.fen;

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

  function note(column: OrderColumn | null, code: OrderProblemCode): null {
    options.note(line, column, code);
    return null;
  }

  function timeOf(column: 'paidAt' | 'refundedAt'): { readonly at: Instant | null; readonly isBad: boolean } {
    const cell = text(column);
    if (cell === '') return NO_TIME;
    const read = readTime(cell, options.from1904);
    if (read === null && isUnsetTime(cell)) return NO_TIME;
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
    amount: Fen | null,
    canBeFound: boolean,
    looksPaid: boolean,
    lost: LostNumber['lost'] | null,
  ): RowReading['order'] {
    if (!canBeFound) return { kind: 'unusable', reason: lost ?? 'bad_number', amount: amount ?? 0 };
    if (amount === null) {
      note(at.yuan >= 0 ? 'yuan' : 'fen', 'bad_amount');
      return { kind: 'bad_amount' };
    }
    const paid = timeOf('paidAt');
    const word = wordAt('state');
    const state =
      word === '' ? withoutWord(looksPaid || paid.at !== null || paid.isBad) : wordOf('state', word, stateOf);
    const isDenied = unnamed.saysUnpaid && (state === 'paid' || state === 'unknown');
    if (isDenied) note(null, 'word_without_header');
    const currency = currencyOf(wordAt('currency'));
    return {
      kind: 'order',
      order: {
        ...{ currency, total: amount, paidAt: paid.at, badTime: paid.isBad },
        state: isDenied ? 'unclear' : state,
      },
    };
  }

  /** A row that names a payment of WeChat Pay is compared, whatever it says of the means. */
  function meansBeside(transaction: string): PaymentMeans {
    const means = meansOf(wordAt('means'));
    return means === 'other' && isWechats(transaction, transactionHeader) ? 'comparable' : means;
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
    const time = timeOf(sharesAmounts && at.refundedAt < 0 ? 'paidAt' : 'refundedAt');
    const column = sharesAmounts && at.refundState < 0 ? 'state' : 'refundState';
    const word = wordAt(column);
    const state: RowRefundState = word === '' ? 'unknown' : wordOf(column, word, refundStateOf);
    return {
      kind: 'refund',
      refund: { outRefundNo: cell, amount, state, refundedAt: time.at, badTime: time.isBad },
    };
  }

  /** The refund of a row. `back`: the amount of a row that is one by its amount. */
  function refundOf(cell: string, back: number | null): RowReading['refund'] {
    const part = statesRefunds && (!sharesAmounts || back !== null) ? refundPart(cell) : null;
    return part ?? (back === null ? null : { kind: 'unusable', reason: 'no_refund_number', amount: back });
  }

  /**
   * What the row says of money that went back in words alone. A refund state or time without a
   * number is that of one refund of perhaps several goods, so its amount is not known.
   */
  function moneyBackSaid(): MoneyBack {
    const said = moneyBackOf(wordAt('state'));
    if (said !== 'none' || sharesAmounts) return said;
    if (unnamed.moneyBack !== 'none') return unnamed.moneyBack;
    const refundState = wordAt('refundState');
    if (refundState === '') {
      return readTime(text('refundedAt'), options.from1904) === null ? 'none' : 'part';
    }
    const state = refundStateOf(refundState);
    return state === 'succeeded' || state === 'abnormal' ? 'part' : 'none';
  }

  /** True for a line that states neither an order nor a refund. */
  function isNoRow(order: string, transaction: string, refund: string, total: string): boolean {
    if (total !== '' && BEGINS_NUMBER.test(order) && !countsRows(order)) return false;
    // Files that were joined repeat their header between the rows.
    if (header.columns.every(({ as, header: name }) => (cells[at[as]] ?? '').trim() === name)) return true;
    const numbers = [order, transaction, refund];
    const isNameless = numbers.every((number) => number === '');
    // Further lines of merged cells, and lines empty but for cells that nobody reads.
    if (isNameless && total === '' && !hasRefundAmount())
      return last.order === '' || moneyBackSaid() === 'none';
    // A row that names its payment, or says whether or when it was paid, is no sum of others.
    if (isTransaction(transaction) || isNumber(refund) || saysPaid(order)) return false;
    if ((isNameless ? cells.map(cleaned) : numbers).some(namesSum)) return true;
    // A note below the rows: it has no amount, and no number can be written so.
    if (BEYOND_NUMBERS.test(order) && !/\d/.test(total)) return true;
    if (total === '') return !/\d/.test(order) && cells.filter((cell) => cell.trim() !== '').length === 1;
    const saysOnlySum = isNameless || BEYOND_NUMBERS.test(order) || countsRows(order);
    return saysOnlySum && above.areSummedUpBy(readTotal(total));
  }

  /** True for the number of rows so far, which some tables have below beside the sum. */
  function countsRows(order: string): boolean {
    return order.length < 8 && order === String(above.rows());
  }

  function saysPaid(order: string): boolean {
    const word = wordAt('state');
    if (word !== '' && stateOf(word) !== 'unclear') return true;
    // The day beside a subtotal is no time of payment.
    if (/(?:合计|总计|小计|汇总)[:：]?$/.test(order)) return false;
    return readTime(text('paidAt'), options.from1904) !== null;
  }

  function hasRefundAmount(): boolean {
    const cell = text(at.refundYuan >= 0 ? 'refundYuan' : 'refundFen');
    return cell !== '' && readRefundAmount(cell) !== 0;
  }

  return (row, at_, place) => {
    cells = row;
    unnamed = unnamedIn(row);
    line = at_;
    const refundCell = idCell(text('outRefundNo'));
    const totalCell = text(at.yuan >= 0 ? 'yuan' : 'fen');
    let orderCell = idCell(text('outTradeNo'));
    let transactionCell = idCell(text('transactionId'));
    if (isNoRow(orderCell, transactionCell, refundCell, totalCell)) {
      if (totalCell !== '') above.endPart();
      return null;
    }
    const hasNoOrder = orderCell === '' && transactionCell === '' && totalCell === '';
    const moneyBack = moneyBackSaid();
    const isMerged = hasNoOrder && (states === 'both' || moneyBack !== 'none');
    if (isMerged) [orderCell, transactionCell] = [last.order, last.transaction];
    const stateCell = wordAt('state');
    // One line for each of its goods: the amount is beside the first.
    const isFurther =
      totalCell === '' &&
      orderCell !== '' &&
      orderCell === last.order &&
      ['', last.state].includes(stateCell);
    const hasRefund = isNumber(refundCell) || hasRefundAmount() || moneyBack !== 'none';
    if (isFurther && !hasRefund) return null;
    last = { order: orderCell, transaction: transactionCell, state: isMerged ? last.state : stateCell };
    const total = totalCell === '' ? null : readTotal(totalCell);
    above.add(total);
    // Money that went back, in the column of what came in.
    const isBack = total !== null && (total < 0 || (sharesAmounts && isNumber(refundCell)));

    const transactionId = transactionOf(transactionCell);
    const number = orderNumberOf(orderCell, transactionId);
    const outTradeNo = typeof number === 'string' ? number : null;
    const lost = number === null || typeof number === 'string' ? null : number.lost;
    const canBeFound = outTradeNo !== null || transactionId !== null;
    const reading: RowReading = {
      place,
      means: meansBeside(transactionCell),
      outTradeNo,
      transactionId,
      subMchId: at.subMchId < 0 ? null : merchantOf(),
      order:
        states === 'refunds' || isMerged || isFurther || isBack
          ? null
          : orderPart(total, canBeFound, transactionCell !== '' && transactionCell !== '0', lost),
      refund: refundOf(refundCell, isBack ? Math.abs(total) : null),
      moneyBack,
    };
    options.sawRow?.(reading, wordAt('state'));
    return reading;
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

/** True for a cell that may name a payment. Counts and sums are shorter. */
function isTransaction(cell: string): boolean {
  return cell.length >= 8 && isNumber(cell);
}

/** True for a cell that may name a refund. */
function isNumber(cell: string): boolean {
  return cell !== '' && cell !== '0' && !BEYOND_NUMBERS.test(cell) && /\d/.test(cell);
}

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
