import type { Fen } from '../../values/fen';
import type { OutTradeNo } from '../../values/ids';
import type { Column } from './bill-columns';

/**
 * What is wrong with one row:
 * - `too_few_fields`; `too_many_fields`: separators inside text, and the row can be read in more
 *   than one way.
 * - `broken_row`: line feeds inside text broke the row over several lines. The row counts but
 *   proves nothing.
 * - `scientific_notation`: a spreadsheet turned a number into `4.00123E+27`; `bad_id`: the number
 *   does not have its format.
 * - `digits_lost`: a spreadsheet kept 15 digits of a longer transaction ID and turned the others
 *   into zeros.
 * - `bad_amount`: not a decimal number, or not whole fen; `fraction_of_a_fen`: a fee finer than
 *   a fen.
 * - `bad_time`; `irregular_time`: written unusually, but it can only mean one time.
 * - `uncertain_text`: separators inside 商品名称 or 商户数据包, so that one ends somewhere in the other.
 */
export const PROBLEM_CODES = [
  'too_few_fields',
  'too_many_fields',
  'broken_row',
  'scientific_notation',
  'bad_id',
  'digits_lost',
  'bad_amount',
  'fraction_of_a_fen',
  'bad_time',
  'irregular_time',
  'uncertain_text',
] as const;

/** One of `PROBLEM_CODES`. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/**
 * One problem in one row. `kept`: the row could still be read and was passed on. A dropped row
 * names its order when that much is readable, so that the order does not count as absent from the
 * bill. Carries no value of the row, which may name the payer.
 */
export interface RowProblem {
  readonly line: number;
  readonly column: Column | null;
  readonly code: ProblemCode;
  readonly kept: boolean;
  readonly outTradeNo: OutTradeNo | null;
  /** What a dropped row states, where that is readable. */
  readonly amount?: Fen;
}
