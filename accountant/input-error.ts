import type { FundRefusal } from '../lib/bill/fund-flow/read';
import type { StatementRefusal } from '../lib/bill/refusal';
import type { OrderColumn } from './orders/column-names';

/** What each problem with the input names, for its sentence. */
export interface InputProblems {
  readonly usage: { readonly detail: string };
  readonly not_found: { readonly file: string };
  readonly not_a_file: { readonly file: string };
  readonly empty_file: { readonly file: string };
  readonly gzip_truncated: { readonly file: string };
  readonly gzip_corrupt: { readonly file: string };
  readonly old_excel: { readonly file: string };
  readonly pdf: { readonly file: string };
  readonly other_archive: { readonly file: string };
  readonly image: { readonly file: string };
  readonly web_page: { readonly file: string };
  readonly json_data: { readonly file: string };
  readonly sql_dump: { readonly file: string };
  readonly other_workbook: { readonly file: string };
  readonly encrypted_archive: { readonly file: string };
  readonly archive_in_archive: { readonly file: string; readonly inner: string };
  readonly empty_archive: { readonly file: string };
  readonly bad_archive: { readonly file: string };
  readonly hidden_sheets: { readonly sheets: readonly string[] };
  readonly not_a_workbook: { readonly file: string };
  readonly too_large: { readonly file: string };
  readonly bomb: { readonly file: string };
  readonly too_slow: { readonly file: string };
  readonly too_many_lines: { readonly file: string };
  readonly long_line: { readonly file: string };
  readonly too_many_files: { readonly most: number };
  readonly no_rows: { readonly file: string };
  readonly no_header: { readonly file: string; readonly headers: readonly string[] };
  readonly no_amount_column: { readonly file: string; readonly headers: readonly string[] };
  readonly no_number_column: { readonly file: string; readonly headers: readonly string[] };
  readonly no_refund_number: { readonly file: string; readonly headers: readonly string[] };
  readonly no_refund_amount: { readonly file: string; readonly headers: readonly string[] };
  readonly no_such_column: {
    readonly file: string;
    readonly header: string;
    readonly headers: readonly string[];
  };
  readonly ambiguous_columns: {
    readonly file: string;
    readonly column: OrderColumn;
    readonly headers: readonly string[];
  };
  readonly bill_as_orders: { readonly file: string };
  readonly fund_flow_as_orders: { readonly file: string };
  readonly alipay_bill: { readonly file: string };
  readonly personal_bill: { readonly file: string };
  readonly orders_as_bill: { readonly file: string };
  readonly bill_refused: {
    readonly file: string;
    readonly line: number;
    readonly refusal: StatementRefusal;
  };
  readonly fund_refused: {
    readonly file: string;
    readonly refusal: FundRefusal;
  };
  readonly no_bank_header: { readonly file: string; readonly headers: readonly string[] };
  readonly same_bill_twice: { readonly file: string; readonly other: string };
  /** What the question was limited to. */
  readonly nothing_asked: { readonly for: 'days' | 'merchant' | 'both' };
  readonly refunds_only: Readonly<Record<string, never>>;
  readonly out_is_input: { readonly file: string };
  readonly out_failed: { readonly file: string; readonly detail: string };
}

/** A problem with the input, by its name. */
export type InputProblem = keyof InputProblems;

/**
 * An error that the accountant can fix before comparing. `sentences.ts` says it in the reader's
 * language: the problem, and the remedy.
 */
export class InputError<Problem extends InputProblem = InputProblem> extends Error {
  override readonly name = 'InputError';

  constructor(
    readonly problem: Problem,
    readonly facts: InputProblems[Problem],
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

/** True for a problem that the accountant can fix. */
export function isInputError(error: unknown): error is InputError {
  return error instanceof InputError;
}
