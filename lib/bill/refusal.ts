import type { RowProblem } from '../model/row-problem';
import type { TotalDifference } from './totals';

/**
 * Why a file is not read as a trade statement:
 * - `empty`: no line with anything on it.
 * - `gzip_truncated`, `gzip_corrupt`: the compressed bytes end early, or fail their own check.
 * - `xml_answer`, `json_answer`, `html_page`: an answer of WeChat Pay, the gateway or a proxy
 *   instead of a file.
 * - `fund_flow`: the fund-flow statement (资金账单), another document.
 * - `unknown_header`: the first line does not name the columns of a trade statement.
 * - `duplicate_columns`, `missing_columns`: the header names a column twice, or lacks one that is
 *   needed.
 * - `line_too_long`: a line of more than 64 KiB.
 * - `too_large`: more than 4 GiB when decompressed: no day of one merchant.
 * - `too_many_lines`: more than 20 million lines.
 * - `gzip_bomb`: the compressed bytes stand for 200 times as many, which no rows that differ do.
 * - `too_slow`: two minutes of work did not get to the end of it.
 * - `no_summary`: the file ends before its summary: cut off on the way.
 * - `bad_summary`: the summary cannot be read, or does not state enough to prove the rows.
 * - `totals_mismatch`: the rows do not add up to the summary.
 * - `data_after_summary`: something follows the summary.
 * - `changed`: not the bytes that were verified before.
 */
export type RefusalCode =
  | 'empty'
  | 'gzip_truncated'
  | 'gzip_corrupt'
  | 'xml_answer'
  | 'json_answer'
  | 'html_page'
  | 'fund_flow'
  | 'unknown_header'
  | 'duplicate_columns'
  | 'missing_columns'
  | 'line_too_long'
  | 'too_large'
  | 'too_many_lines'
  | 'gzip_bomb'
  | 'too_slow'
  | 'no_summary'
  | 'bad_summary'
  | 'data_after_summary'
  | 'changed';

/**
 * A file that proves nothing and of which nothing may be used. `line` is where it was found out
 * (from 1), `message` says what to do. Rows that were handed out before must be forgotten.
 */
export type StatementRefusal =
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly line: number;
      readonly message: string;
    }
  | {
      readonly kind: 'refused';
      readonly code: 'totals_mismatch';
      readonly line: number;
      readonly message: string;
      readonly differences: readonly TotalDifference[];
      readonly problems: ProblemReport;
    };

/** How many findings there were and the first few of them. */
export interface ProblemReport {
  readonly count: number;
  readonly first: readonly RowProblem[];
}

const ADVICE: Readonly<Record<RefusalCode, string>> = {
  empty: 'The file is empty. Download the statement again.',
  gzip_truncated: 'The compressed file ends early. Download the statement again.',
  gzip_corrupt: 'The compressed file is damaged. Download the statement again.',
  xml_answer: 'This is an XML answer, not a statement. Read the error in it and ask again later.',
  json_answer: 'This is a JSON answer, not a statement. Read the error in it and ask again later.',
  html_page: 'This is a web page, not a statement. Look for a proxy or gateway on the way.',
  fund_flow: 'This is a fund-flow statement (资金账单). Download the trade statement (downloadBill) instead.',
  unknown_header: 'The first line is not the header of a trade statement. Check which file this is.',
  duplicate_columns: 'The header names a column twice, so its rows cannot be read safely.',
  missing_columns: 'The header lacks a column that is needed to match trades.',
  line_too_long: 'A line is longer than 64 KiB. No statement has such a line; check which file this is.',
  too_large:
    'The file has more than 4 GiB of text, some 15 million trades. Check which file this is, and of how many days.',
  too_many_lines:
    'The file has more than 20 million lines. Check which file this is, and of how many days; download the statement again.',
  gzip_bomb:
    'The compressed file decompresses to more than 200 times its size, which no statement does. Check where it comes from, and download the statement again.',
  too_slow:
    'Reading the file took more than two minutes of work. Check which file this is; if it is the right one, read it on a faster machine (in the cloud: give reconcileStatement more memory).',
  no_summary: 'The file ends before its summary. Download the statement again.',
  bad_summary: 'The summary cannot be read or does not prove the rows. Download the statement again.',
  data_after_summary: 'Something follows the summary. Download the statement again.',
  changed: 'These are not the bytes that were verified. Verify the file again before reading its rows.',
};

/**
 * Builds a refusal with its advice; `detail` (column names and the like, never a value of a row) is
 * added to it.
 */
export function refused(code: RefusalCode, line: number, detail?: string): StatementRefusal {
  const message = detail === undefined ? ADVICE[code] : `${ADVICE[code]} (${detail})`;
  return { kind: 'refused', code, line, message };
}

/** Builds the refusal of a statement whose rows do not add up. */
export function totalsMismatch(
  line: number,
  differences: readonly TotalDifference[],
  problems: ProblemReport,
): StatementRefusal {
  const names = differences.map((difference) => difference.total).join(', ');
  return {
    kind: 'refused',
    code: 'totals_mismatch',
    line,
    message: `The rows do not add up to the summary (${names}${oddRows(problems)}). Nothing was matched; download the statement again.`,
    differences,
    problems,
  };
}

const ODD_ROWS_NAMED = 5;

/** The rows that may be why. */
function oddRows({ count, first }: ProblemReport): string {
  if (count === 0) return '';
  const named = first.slice(0, ODD_ROWS_NAMED).map(({ line, code }) => `line ${line} ${code}`);
  return `; odd rows: ${named.join(', ')}${count > named.length ? ` and ${count - named.length} more` : ''}`;
}
