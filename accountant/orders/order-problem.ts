import type { OrderColumn } from './column-names';
import type { GivenColumns } from './order-columns';
import type { GivenStates } from './order-states';

/**
 * A problem of a cell or row in an orders file. `scientific_notation`, `digits_lost`: a spreadsheet
 * destroyed the digits of a number. `contradiction`: an earlier row differs about the same order or
 * refund. `word_without_header`: a cell under no header says that the order was not paid.
 */
export const ORDER_PROBLEMS = [
  'scientific_notation',
  'digits_lost',
  'bad_number',
  'bad_amount',
  'bad_time',
  'contradiction',
  'unknown_state',
  'word_without_header',
] as const;
/** One of the problems. */
export type OrderProblemCode = (typeof ORDER_PROBLEMS)[number];

/** One problem, with its file, from 0, and its line in it, from 1. */
export interface OrderProblem {
  readonly file: number;
  readonly line: number;
  readonly column: OrderColumn | null;
  readonly code: OrderProblemCode;
}

/** What the accountant says about the files. */
export interface OrderOptions {
  readonly columns: GivenColumns;
  readonly states: GivenStates;
}
