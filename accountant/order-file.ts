import { createReadStream } from 'node:fs';
import { pipeline, Transform } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { RefundState } from '../lib/model/refund';
import { hasLostDigits } from '../lib/bill/lost-digits';
import type { Fen } from '../lib/values/fen';
import { isFen, yuanToFen } from '../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId } from '../lib/values/ids';
import type { Instant } from '../lib/values/instant';
import { beijingTime } from '../lib/values/instant';
import type { OrderBook } from './order-book';
import { orderBook } from './order-book';
import type { RefundBook } from './refund-book';
import { refundBook } from './refund-book';
import { InputError } from './input-error';
import type { OrderColumn, OrderPositions } from './order-columns';
import { readOrderHeader } from './order-columns';
import type { OrderRefund, OrderRow, OrderState } from './order-row';

/**
 * A problem of a row in the orders file. `scientific_notation`: a spreadsheet destroyed the digits
 * of a number. `contradiction`: an earlier row differs about the same order or refund. An
 * unreadable row makes its order doubtful, if it names one.
 */
export type OrderProblemCode =
  'scientific_notation' | 'digits_lost' | 'bad_number' | 'bad_amount' | 'bad_time' | 'contradiction';

/** One problem, with its line in the file. */
export interface OrderProblem {
  readonly line: number;
  readonly column: OrderColumn | null;
  readonly code: OrderProblemCode;
}

/** The contents of an orders file. */
export interface OrderFile {
  readonly rows: number;
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly problems: readonly OrderProblem[];
  /** The total number of problems; `problems` holds the first of them. */
  readonly problemCount: number;
}

/** The most problems kept, so that memory stays bounded when every row has one. */
const MOST_PROBLEMS = 1_000;

/**
 * The longest row. Rows are held in memory, and one whose quote never closes would be the rest of
 * the file.
 */
const MOST_RECORD_CHARS = 1_000_000;

/**
 * Reads an orders file as a stream: UTF-8 CSV with a header. Calls `onBytes` with the number of
 * bytes read. Rejects with `InputError` for any other file.
 */
export async function readOrderFile(path: string, onBytes: (count: number) => void): Promise<OrderFile> {
  const orders = orderBook();
  const refunds = refundBook();
  const problems: OrderProblem[] = [];
  let problemCount = 0;
  let rows = 0;
  let positions: OrderPositions | null = null;

  const note = (line: number, column: OrderColumn | null, code: OrderProblemCode): null => {
    problemCount += 1;
    if (problems.length < MOST_PROBLEMS) problems.push({ line, column, code });
    return null;
  };

  const bytes = createReadStream(path).on('data', (chunk) => {
    onBytes(chunk.length);
  });
  const csv = parse({
    ...{ bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true },
    max_record_size: MOST_RECORD_CHARS,
  });
  // The pipeline passes any error to the stream read below, so the callback has nothing to do.
  const records = pipeline(bytes, onlyUtf8(), csv, () => undefined);
  try {
    for await (const record of records) {
      const { cells, line } = cellsOf(record);
      if (positions === null) {
        positions = readOrderHeader(cells);
        continue;
      }
      rows += 1;
      const row = readOrderRow(cells, positions, line, note);
      if (row.kind === 'unreadable') {
        if (row.outTradeNo !== null) orders.doubt(row.outTradeNo, line);
        continue;
      }
      if (orders.add(row.row) === 'contradicted') note(line, null, 'contradiction');
      if (row.row.refund !== null && refunds.add(row.row, row.row.refund) === 'contradicted') {
        note(line, 'outRefundNo', 'contradiction');
      }
    }
  } catch (error) {
    throw asInputError(error, path);
  }
  if (positions === null) throw new InputError(`${path} is empty: export the orders again`);
  return { rows, orders, refunds, problems, problemCount };
}

function cellsOf(record: unknown): { readonly cells: readonly string[]; readonly line: number } {
  if (typeof record === 'object' && record !== null && 'record' in record && 'info' in record) {
    const { record: cells, info } = record;
    const line = typeof info === 'object' && info !== null && 'lines' in info ? Number(info.lines) : 0;
    if (Array.isArray(cells)) return { cells: cells.map(String), line };
  }
  throw new TypeError('the CSV reader gave no record');
}

/** Passes bytes through and fails at the first that is not UTF-8. */
function onlyUtf8(): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const check = (chunk: Uint8Array, stream: boolean): Error | null => {
    try {
      decoder.decode(chunk, { stream });
      return null;
    } catch {
      return new InputError(
        'the orders file is not UTF-8 (perhaps GBK): save it in the spreadsheet as “CSV UTF-8”, or convert it with iconv -f GBK -t UTF-8',
      );
    }
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(check(chunk, true), chunk);
    },
    flush(done) {
      done(check(new Uint8Array(), false));
    },
  });
}

function asInputError(error: unknown, path: string): unknown {
  if (error instanceof CsvError) {
    return new InputError(`${path} is not a readable CSV file (${error.message}): export the orders again`);
  }
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) {
    return new InputError(`${path} is not a file: check the name`);
  }
  return error;
}

type Note = (line: number, column: OrderColumn | null, code: OrderProblemCode) => null;

type Reading =
  | { readonly kind: 'row'; readonly row: OrderRow }
  | { readonly kind: 'unreadable'; readonly outTradeNo: string | null };

function readOrderRow(cells: readonly string[], at: OrderPositions, line: number, note: Note): Reading {
  const failures: OrderColumn[] = [];
  const fail = (column: OrderColumn, code: OrderProblemCode): null => {
    failures.push(column);
    return note(line, column, code);
  };
  const text = (column: OrderColumn): string => cleaned(cells[at[column]] ?? '');
  const number = <Id extends string>(
    column: OrderColumn,
    guard: (value: unknown) => value is Id,
  ): Id | null => {
    const value = text(column);
    if (value === '' || at[column] < 0) return null;
    if (SCIENTIFIC.test(value)) return fail(column, 'scientific_notation');
    return guard(value) ? value : fail(column, 'bad_number');
  };
  const amount = (yuan: OrderColumn, inFen: OrderColumn): Fen | null => {
    const column = at[yuan] >= 0 ? yuan : inFen;
    const value = text(column)
      .replace(/^[¥￥]/, '')
      .replaceAll(',', '');
    if (value === '') return null;
    const read = column === yuan ? yuanToFen(value) : wholeFen(value);
    return read !== null && read >= 0 ? read : fail(column, 'bad_amount');
  };
  const time = (column: OrderColumn): Instant | null => {
    const value = text(column);
    if (value === '') return null;
    const read = beijingTime(value.replaceAll('/', '-').replace('T', ' '));
    // An order without a time is still compared, but not expected in the bill of its day.
    return read ?? note(line, column, 'bad_time');
  };

  const outTradeNo = number('outTradeNo', isOutTradeNo);
  if (outTradeNo === null && failures.length === 0) fail('outTradeNo', 'bad_number');
  const total = amount('yuan', 'fen');
  if (total === null && failures.length === 0) fail(at.yuan >= 0 ? 'yuan' : 'fen', 'bad_amount');
  const transactionId = number('transactionId', isTransactionId);
  if (transactionId !== null && hasLostDigits(transactionId)) fail('transactionId', 'digits_lost');
  const subMchId = number('subMchId', isSubMchId);
  const refund = readRefund();
  if (failures.length > 0 || outTradeNo === null || total === null) return { kind: 'unreadable', outTradeNo };
  const paidAt = time('paidAt');
  const state = stateOf(text('state'), transactionId !== null || paidAt !== null);
  const currency = text('currency') === '' ? 'CNY' : text('currency').toUpperCase();
  return {
    kind: 'row',
    row: { line, outTradeNo, subMchId, currency, total, state, transactionId, paidAt, refund },
  };

  function readRefund(): OrderRefund | null {
    const outRefundNo = number('outRefundNo', isOutRefundNo);
    if (outRefundNo === null || outRefundNo === '0') return null;
    const refunded = amount('refundYuan', 'refundFen');
    if (refunded === null) return fail(at.refundYuan >= 0 ? 'refundYuan' : 'refundFen', 'bad_amount');
    return {
      outRefundNo,
      amount: refunded,
      state: refundStateOf(text('refundState')),
      refundedAt: time('refundedAt'),
    };
  }
}

const SCIENTIFIC = /^\d(?:\.\d+)?e\+?\d+$/i;

/** Spreadsheets mark numbers stored as text with a prefix: a back-tick, an apostrophe or a tab. */
function cleaned(cell: string): string {
  return cell.replace(/^[`'\t]+/, '').trim();
}

function wholeFen(text: string): Fen | null {
  const value = /^\d+$/.test(text) ? Number(text) : null;
  return isFen(value) ? value : null;
}

const STATES: readonly (readonly [OrderState, RegExp])[] = [
  ['pending', /^(待支付|未支付|待付款|未付款|notpay|pending|unpaid)$/i],
  ['closed', /^(已关闭|已取消|交易关闭|closed|cancell?ed)$/i],
  ['failed', /^(支付失败|失败|failed|payerror)$/i],
  [
    'paid',
    /^(已支付|已付款|支付成功|已完成|已发货|待发货|已退款|转入退款|paid|success|refund|refunded|completed|done)$/i,
  ],
];

/**
 * An unknown word means nothing; a transaction ID or a payment time means that the order is paid.
 */
function stateOf(word: string, looksPaid: boolean): OrderState {
  const [state] = STATES.find(([, words]) => words.test(word)) ?? [];
  return state ?? (looksPaid ? 'paid' : 'unknown');
}

const REFUND_STATES: readonly (readonly [RefundState, RegExp])[] = [
  ['succeeded', /^(退款成功|已退款|成功|success|succeeded)$/i],
  ['processing', /^(退款中|处理中|退款处理中|processing)$/i],
  ['closed', /^(退款关闭|已关闭|refundclose|closed)$/i],
  ['abnormal', /^(退款异常|异常|change|abnormal)$/i],
];

function refundStateOf(word: string): RefundState | null {
  const [state] = REFUND_STATES.find(([, words]) => words.test(word)) ?? [];
  return state ?? null;
}
