import type { Fen } from '../values/fen';
import { isTransactionId, type TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import { wholeFen } from './amount';
import type { Header } from './columns';
import type { Column } from '../model/statement/bill-columns';
import { fieldEnd, fieldAscii, fieldStart, type Fields } from './fields';
import { hasLostDigits } from './lost-digits';
import { recurringText } from './recurring-text';
import type { ProblemCode } from '../model/statement/row-problem';
import { timeReader } from './time';

/** A problem of the current row, before it is known whether the row can be kept. */
export interface CellProblem {
  readonly column: Column;
  readonly code: ProblemCode;
}

const SCIENTIFIC = /^\d(\.\d+)?E\+?\d+$/i;
const NO_PROBLEMS: readonly CellProblem[] = [];

/** Reads the cells of a row, and collects what is wrong with them. */
export type CellReader = ReturnType<typeof cellReader>;

/**
 * Creates a reader of cells under `header`. A cell that cannot be read is null and a problem of the
 * row. One reader serves a whole file, so that a row costs no closures.
 */
export function cellReader(header: Header, withTexts: boolean) {
  const { at } = header;
  const readTime = timeReader();
  const textAt = recurringText();
  let problems: CellProblem[] = [];

  function note(column: Column, code: ProblemCode): null {
    problems.push({ column, code });
    return null;
  }

  function text(fields: Fields, column: Column): string {
    return textAt(fields, at[column]);
  }

  function id<Id extends string>(
    fields: Fields,
    column: Column,
    guard: (value: string) => value is Id,
  ): Id | null {
    const value = fieldAscii(fields, at[column]);
    return guard(value) ? value : note(column, SCIENTIFIC.test(value) ? 'scientific_notation' : 'bad_id');
  }

  function transaction(fields: Fields): TransactionId | null {
    const read = id(fields, 'transactionId', isTransactionId);
    return read !== null && hasLostDigits(read) ? note('transactionId', 'digits_lost') : read;
  }

  function amount(column: Column, milli: number): Fen | null {
    return wholeFen(milli) ?? note(column, 'bad_amount');
  }

  function time(fields: Fields, column: Column): Instant | null {
    const read = readTime(fields.bytes, fieldStart(fields, at[column]), fieldEnd(fields, at[column]));
    if (read === null) return note(column, 'bad_time');
    if (read.irregular) note(column, 'irregular_time');
    return read.at;
  }

  function optionalTime(fields: Fields, column: Column): Instant | null {
    return fieldStart(fields, at[column]) === fieldEnd(fields, at[column]) ? null : time(fields, column);
  }

  function fee(milli: number): Fen | null {
    const column = at.fee >= 0 ? 'fee' : 'feeReturned';
    if (at[column] < 0) return null;
    return wholeFen(milli) ?? note(column, Number.isNaN(milli) ? 'bad_amount' : 'fraction_of_a_fen');
  }

  /** The problems since the last call. */
  function takeProblems(): readonly CellProblem[] {
    if (problems.length === 0) return NO_PROBLEMS;
    const taken = problems;
    problems = [];
    return taken;
  }

  return { at, withTexts, note, text, id, transaction, amount, time, optionalTime, fee, takeProblems };
}
