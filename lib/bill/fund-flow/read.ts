import { createHash } from 'node:crypto';
import { fen, fenToYuan, type Fen } from '../../values/fen';
import { milliFen, wholeFen } from '../amount';
import { plainBytes, type Chunks } from '../bytes';
import { cutFields, emptyFields, fieldEnd, fieldStart, fieldText, joinSurplus, type Fields } from '../fields';
import { READ_LIMITS } from '../limits';
import { lineScanner } from '../lines';
import { timeReader } from '../time';
import { beginsFundHeader, beginsFundSummary, readFundHeader, readFundSummaryHeader } from './columns';
import type { FundColumn, FundHeader, FundTotal } from './columns';
import { movementKind, type Movement } from './movement';

/**
 * Why a file is refused as a fund-flow bill:
 * - `empty`, `not_fund_flow`: no content; the first line does not name its columns.
 * - `damaged`: the compressed bytes end early or are wrong, or a line exceeds 64 KiB.
 * - `too_large`: beyond the limits of any bill.
 * - `bad_row`: a row that cannot be read. None may be left out: the balance would not be proved.
 * - `balance_break`: a balance is not the one before it and the row's amount.
 * - `no_summary`, `bad_summary`, `totals_mismatch`, `data_after_summary`: as of a trade bill.
 */
export type FundRefusalCode =
  | 'empty'
  | 'not_fund_flow'
  | 'damaged'
  | 'too_large'
  | 'bad_row'
  | 'balance_break'
  | 'no_summary'
  | 'bad_summary'
  | 'totals_mismatch'
  | 'data_after_summary';

/**
 * A file that proves nothing. `line` (from 1) is where the problem was found; a wrong balance has
 * the line of the first row booked in that second. `detail` names the column, or both figures.
 */
export interface FundRefusal {
  readonly kind: 'refused';
  readonly code: FundRefusalCode;
  readonly line: number;
  readonly detail: string;
}

/** A whole fund-flow bill, proved by its summary and by its running balance. */
export interface FundFlow {
  readonly kind: 'verified';
  /** In the order in which they were booked. */
  readonly movements: readonly Movement[];
  /** What the account held before the first and after the last; null for a bill of no rows. */
  readonly opening: Fen | null;
  readonly closing: Fen | null;
  /** SHA-1 of the decompressed bytes in hex. */
  readonly sha1: string;
}

/**
 * Reads a fund-flow bill, gzipped or not, and proves it: its rows add up to its summary, and each
 * balance is the one before it and the row's amount. Rows of one second may stand in another order
 * than they were booked in; they are put in the order that their balances give.
 *
 * Failure policy: fail closed. A bill of which one row is not understood proves nothing. All rows
 * are in memory. Rejects only with an error of `chunks` itself.
 */
export async function readFundFlow(chunks: Chunks): Promise<FundFlow | FundRefusal> {
  const plain = plainBytes(chunks);
  const scanner = lineScanner();
  const grammar = fundGrammar();
  const hash = createHash('sha1');
  let bytes = 0;
  for await (const piece of plain.pieces) {
    if (typeof piece === 'string') return refusal('damaged', scanner.lines() + 1, piece);
    bytes += piece.length;
    const lines = scanner.lines();
    const compressed = plain.compressedBytes();
    const isDense =
      compressed !== null && bytes > READ_LIMITS.denseBytes && bytes > READ_LIMITS.density * compressed;
    if (bytes > MOST_BYTES || isDense) return refusal('too_large', lines, 'bytes');
    hash.update(piece);
    const scan = scanner.push(piece, grammar.line);
    if (scan === 'too_long') return refusal('damaged', scanner.lines() + 1, 'line');
    if (scan === 'stopped') return grammar.end('');
  }
  scanner.end(grammar.unended);
  return grammar.end(hash.digest('hex'));
}

/** All rows are kept in memory: a gigabyte of text holds 5 million of them. */
const MOST_BYTES = 2 ** 30;

function refusal(code: FundRefusalCode, line: number, detail = ''): FundRefusal {
  return { kind: 'refused', code, line, detail };
}

type Totals = Readonly<Record<FundTotal, number>>;

type Phase =
  | { readonly kind: 'header' }
  | { readonly kind: 'rows'; readonly header: FundHeader }
  | { readonly kind: 'summary'; readonly at: Totals }
  | { readonly kind: 'end'; readonly stated: Totals };

/** What spreadsheets and wrong encodings leave of a byte order mark. */
const MARK = /^(?:\uFEFF|\?|ï»¿)/;

function fundGrammar() {
  const fields = emptyFields();
  const readTime = timeReader();
  const movements: Movement[] = [];
  let phase: Phase = { kind: 'header' };
  let refused: FundRefusal | null = null;
  let last = 0;
  let isUnended = false;

  function take(text: string, line: number): FundRefusal | null {
    switch (phase.kind) {
      case 'header': {
        const header = readFundHeader(text.replace(MARK, ''));
        if (header === null) return refusal('not_fund_flow', line);
        phase = { kind: 'rows', header };
        return null;
      }
      case 'rows': {
        if (!beginsFundSummary(text)) return takeRow(phase.header, line);
        const at = readFundSummaryHeader(text);
        if (at === null) return refusal('bad_summary', line);
        phase = { kind: 'summary', at };
        return null;
      }
      case 'summary': {
        const stated = readTotals(phase.at, fields);
        if (stated === null) return refusal('bad_summary', line);
        phase = { kind: 'end', stated };
        return null;
      }
      case 'end':
        return refusal('data_after_summary', line);
    }
  }

  function takeRow(header: FundHeader, line: number): FundRefusal | null {
    const { at, width } = header;
    // The note is the only text that is not WeChat Pay's own or a number.
    if (fields.count > width) joinSurplus(fields, at.note, width);
    if (fields.count < width) return refusal('bad_row', line, 'columns');
    const textOf = (column: FundColumn) => fieldText(fields, at[column]).trim();
    const time = readTime(fields.bytes, fieldStart(fields, at.bookedAt), fieldEnd(fields, at.bookedAt));
    if (time === null) return refusal('bad_row', line, 'bookedAt');
    const direction = textOf('direction');
    if (direction !== '收入' && direction !== '支出') return refusal('bad_row', line, 'direction');
    const stated = amountOf(fields, at.amount);
    if (stated === null || stated < 0) return refusal('bad_row', line, 'amount');
    const balance = amountOf(fields, at.balance);
    if (balance === null) return refusal('bad_row', line, 'balance');
    const [name, type] = [textOf('name'), textOf('type')];
    movements.push({
      kind: movementKind(name, type, direction === '收入'),
      line,
      bookedAt: time.at,
      business: textOf('business'),
      flow: textOf('flow'),
      ...{ name, type, balance },
      amount: direction === '收入' ? stated : fen(0 - stated),
      note: textOf('note'),
      voucher: textOf('voucher'),
    });
    return null;
  }

  function readLine(bytes: Buffer, start: number, end: number, line: number): boolean {
    last = line;
    if (bytes.toString('utf8', start, end).trim() === '') return true;
    if (line > READ_LIMITS.lines) refused = refusal('too_large', line, 'lines');
    else {
      cutFields(fields, bytes, start, end);
      refused = take(bytes.toString('utf8', start, end), line);
    }
    return refused === null;
  }

  /** True when what was refused may be the start of a longer line. */
  function isCutIn(kind: Phase['kind'], text: string): boolean {
    switch (kind) {
      case 'header':
        return beginsFundHeader(text.replace(MARK, ''));
      case 'rows':
      case 'summary':
        return true;
      case 'end':
        return false;
    }
  }

  return {
    line: readLine,
    /** Reads the last line where no line feed ends it: the file may have been cut in it. */
    unended: (bytes: Buffer, start: number, end: number, line: number): boolean => {
      const { kind } = phase;
      isUnended = true;
      if (readLine(bytes, start, end, line)) return true;
      if (line <= READ_LIMITS.lines && isCutIn(kind, bytes.toString('utf8', start, end)))
        refused = refusal('no_summary', line);
      return false;
    },
    end(sha1: string): FundFlow | FundRefusal {
      if (refused !== null) return refused;
      if (phase.kind === 'header') return refusal('empty', last);
      if (phase.kind !== 'end') return refusal('no_summary', last);
      return proved(movements, phase.stated, { line: last, isUnended }, sha1);
    },
  };
}

function amountOf(fields: Fields, place: number): Fen | null {
  return wholeFen(milliFen(fields.bytes, fieldStart(fields, place), fieldEnd(fields, place)));
}

function readTotals(at: Totals, fields: Fields): Totals | null {
  const count = (total: FundTotal): number | null => {
    const amount = amountOf(fields, at[total]);
    return amount === null || amount % 100 !== 0 ? null : amount / 100;
  };
  const [rows, incomeRows, expenseRows] = [count('rows'), count('incomeRows'), count('expenseRows')];
  const [income, expense] = [amountOf(fields, at.income), amountOf(fields, at.expense)];
  if (rows === null || incomeRows === null || expenseRows === null) return null;
  return income === null || expense === null ? null : { rows, incomeRows, income, expenseRows, expense };
}

function proved(
  rows: readonly Movement[],
  stated: Totals,
  { line, isUnended }: { readonly line: number; readonly isUnended: boolean },
  sha1: string,
): FundFlow | FundRefusal {
  const [gained, lost] = [rows.filter(({ amount }) => amount >= 0), rows.filter(({ amount }) => amount < 0)];
  const sum = (movements: readonly Movement[]) => movements.reduce((all, { amount }) => all + amount, 0);
  // A movement of nothing is signed by no amount, so it may be counted on either side.
  const nothing = rows.filter(({ amount }) => amount === 0).length;
  const isCounted =
    stated.rows === rows.length &&
    stated.incomeRows + stated.expenseRows === rows.length &&
    stated.incomeRows <= gained.length &&
    stated.incomeRows >= gained.length - nothing;
  if (!isCounted) {
    return refusal('totals_mismatch', line, `${rows.length} rows, the summary states ${stated.rows}`);
  }
  if (stated.income !== sum(gained)) {
    return refusal(
      'totals_mismatch',
      line,
      `income ${yuanOf(sum(gained))}, the summary states ${yuanOf(stated.income)}`,
    );
  }
  if (stated.expense !== -sum(lost)) {
    // The file may end in the digits of its last total.
    if (isUnended) return refusal('no_summary', line);
    return refusal(
      'totals_mismatch',
      line,
      `expense ${yuanOf(-sum(lost))}, the summary states ${yuanOf(stated.expense)}`,
    );
  }
  return chained(rows, sha1);
}

function yuanOf(amount: number): string {
  return fenToYuan(fen(amount));
}

function chained(rows: readonly Movement[], sha1: string): FundFlow | FundRefusal {
  const [first] = rows;
  if (first === undefined) return { kind: 'verified', movements: [], opening: null, closing: null, sha1 };
  const seconds = bySecond(rows);
  const [begun = firstBalance(rows), ...others] = beginnings(seconds[0] ?? rows);
  const read = chainedFrom(begun, seconds, sha1);
  if (read.kind === 'verified') return read;
  for (const other of others) {
    const again = chainedFrom(other, seconds, sha1);
    if (again.kind === 'verified') return again;
  }
  return read;
}

/** The most balances tried as the first: few seconds end where they began. */
const MOST_BEGINNINGS = 16;

/**
 * Balances from which the first rows may have begun, the likeliest first. Rows that return to where
 * they began may have begun at any of their balances: only the rows after them can tell.
 */
function beginnings(rows: readonly Movement[]): readonly number[] {
  const likely = firstBalance(rows);
  const returns = rows.reduce((sum, { amount }) => sum + amount, 0) === 0;
  return returns ? [...new Set([likely, ...rows.map(startOf)])].slice(0, MOST_BEGINNINGS) : [likely];
}

function chainedFrom(
  begun: number,
  seconds: readonly (readonly Movement[])[],
  sha1: string,
): FundFlow | FundRefusal {
  const movements: Movement[] = [];
  let balance: number | null = null;
  for (const second of seconds) {
    const ordered = orderOf(second, balance, begun);
    if (!('rows' in ordered)) return ordered;
    movements.push(...ordered.rows);
    balance = movements.at(-1)?.balance ?? null;
  }
  const [first] = movements;
  const opening = fen(first === undefined ? begun : startOf(first));
  return { kind: 'verified', movements, opening, closing: fen(balance ?? begun), sha1 };
}

/** Rows that follow each other and were booked in the same second. */
function bySecond(rows: readonly Movement[]): readonly (readonly Movement[])[] {
  const seconds: Movement[][] = [];
  for (const row of rows) {
    const open = seconds.at(-1);
    if (open?.[0]?.bookedAt === row.bookedAt) open.push(row);
    else seconds.push([row]);
  }
  return seconds;
}

/**
 * The rows of a second in the order of their balances after `before`; without one, from `begun`.
 * Rows that are a chain as they stand keep their order.
 *
 * Each row leads from one balance to another, and each is taken once: an Eulerian path. Where the
 * rows return to a balance, a walk may end there too early; what is left of it is then put in where
 * the walk passed (Hierholzer).
 */
function orderOf(
  rows: readonly Movement[],
  before: number | null,
  begun: number,
): FundRefusal | { readonly rows: readonly Movement[] } {
  const open = new Map<number, Movement[]>();
  for (const row of [...rows].reverse()) {
    const leaving = open.get(startOf(row));
    if (leaving === undefined) open.set(startOf(row), [row]);
    else leaving.push(row);
  }
  const walk: { readonly row: Movement | null; readonly at: number }[] = [{ row: null, at: before ?? begun }];
  const backwards: Movement[] = [];
  for (let last = walk.at(-1); last !== undefined; last = walk.at(-1)) {
    const row = open.get(last.at)?.pop();
    if (row !== undefined) walk.push({ row, at: row.balance });
    else {
      walk.pop();
      if (last.row !== null) backwards.push(last.row);
    }
  }
  const ordered = backwards.reverse();
  const isChain = ordered.every((row, n) => startOf(row) === (ordered[n - 1]?.balance ?? startOf(row)));
  if (isChain && ordered.length === rows.length) return { rows: ordered };
  const detail = before === null ? '' : `the balance before it is ${fenToYuan(fen(before))}`;
  return refusal('balance_break', rows[0]?.line ?? 0, detail);
}

function startOf({ balance, amount }: Movement): number {
  return balance - amount;
}

/** The balance that is left once more often than it is reached, or else that of the first row. */
function firstBalance(rows: readonly Movement[]): number {
  const left = new Map<number, number>();
  for (const row of rows) {
    left.set(startOf(row), (left.get(startOf(row)) ?? 0) + 1);
    left.set(row.balance, (left.get(row.balance) ?? 0) - 1);
  }
  const [start] = [...left].find(([, times]) => times > 0) ?? [];
  return start ?? rows.map(startOf)[0] ?? 0;
}
