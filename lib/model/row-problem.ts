import type { OutTradeNo } from '../values/ids';
import type { Column } from './bill-columns';

/**
 * What is wrong with one row:
 * - `too_few_fields`; `too_many_fields`: separators inside text, and no one way to read the row.
 * - `broken_row`: line feeds inside text broke the row over several lines. It is counted; nothing is concluded from it.
 * - `scientific_notation`: a spreadsheet turned a number into `4.00123E+27`; `bad_id`: not the format of that number.
 * - `digits_lost`: a spreadsheet kept 15 digits of a longer transaction number and made the others zeros.
 * - `bad_amount`: no decimal number, or not whole fen; `fraction_of_a_fen`: a fee finer than a fen.
 * - `bad_time`; `irregular_time`: written unusually, but it can only mean one time.
 * - `uncertain_text`: separators inside 商品名称 or 商户数据包, so that one ends somewhere in the other.
 */
export type ProblemCode =
  | 'too_few_fields'
  | 'too_many_fields'
  | 'broken_row'
  | 'scientific_notation'
  | 'bad_id'
  | 'digits_lost'
  | 'bad_amount'
  | 'fraction_of_a_fen'
  | 'bad_time'
  | 'irregular_time'
  | 'uncertain_text';

/**
 * One finding in one row. `kept`: the row could be read all the same and was handed out. A row that was not names
 * its order when that much could be read, so that nobody calls the order absent from the statement. Carries no
 * value of the row: it may name the payer.
 */
export interface RowProblem {
  readonly line: number;
  readonly column: Column | null;
  readonly code: ProblemCode;
  readonly kept: boolean;
  readonly outTradeNo: OutTradeNo | null;
}
