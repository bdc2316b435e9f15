import type { RowProblem } from '../model/statement/row-problem';
import type { TotalDifference } from './totals';

/**
 * Why a file is refused as a trade bill:
 * - `empty`: no line with any content.
 * - `gzip_truncated`, `gzip_corrupt`: the compressed bytes end early, or their checksum is wrong.
 * - `xml_answer`, `json_answer`, `html_page`: a response of WeChat Pay, the gateway or a proxy
 *   instead of a file.
 * - `fund_flow`: the fund-flow bill (资金账单), a different document.
 * - `unknown_header`: the first line does not name the columns of a trade bill.
 * - `duplicate_columns`, `missing_columns`: the header names a column twice, or lacks a required
 *   one.
 * - `line_too_long`: a line of more than 64 KiB.
 * - `too_large`: more than 4 GiB when decompressed, more than one merchant trades in a day.
 * - `too_many_lines`: more than 20 million lines.
 * - `gzip_bomb`: the text is more than 200 times the size of the compressed bytes; differing rows
 *   never compress so well.
 * - `too_slow`: two minutes of work did not reach the end.
 * - `no_summary`: the file ends before its summary, so it was cut off.
 * - `bad_summary`: the summary is unreadable, or states too little to prove the rows.
 * - `totals_mismatch`: the rows do not add up to the summary.
 * - `data_after_summary`: there is data after the summary.
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
 * A file that proves nothing; no part of it may be used. `line` (from 1) is where the problem was
 * found, `message` says what to do. Rows that were delivered earlier must be discarded.
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

/** The number of problems, and the first few. */
export interface ProblemReport {
  readonly count: number;
  readonly first: readonly RowProblem[];
}

const ADVICE: Readonly<Record<RefusalCode, string>> = {
  empty: 'The file is empty. Download the bill again.',
  gzip_truncated: 'The compressed file ends early. Download the bill again.',
  gzip_corrupt: 'The compressed file is damaged. Download the bill again.',
  xml_answer: 'This is an XML response, not a bill. Check the error in it and download again later.',
  json_answer: 'This is a JSON response, not a bill. Check the error in it and download again later.',
  html_page: 'This is a web page, not a bill. Check for a proxy or gateway in between.',
  fund_flow: 'This is a fund-flow bill (资金账单). Download the trade bill (downloadBill) instead.',
  unknown_header: 'The first line is not the header of a trade bill. Check which file this is.',
  duplicate_columns: 'The header names a column twice, so its rows cannot be read safely.',
  missing_columns: 'The header lacks a column that is required to compare trades.',
  line_too_long: 'A line is longer than 64 KiB. No bill has such a line; check which file this is.',
  too_large:
    'The file has more than 4 GiB of text, about 15 million trades. Check which file this is and how many days it covers.',
  too_many_lines:
    'The file has more than 20 million lines. Check which file this is and how many days it covers, then download the bill again.',
  gzip_bomb:
    'The compressed file decompresses to more than 200 times its size, which no bill does. Check where it comes from, then download the bill again.',
  too_slow:
    'Reading the file took more than two minutes of work. Check which file this is; if it is the right one, read it on a faster machine (in the cloud: give reconcileStatement more memory).',
  no_summary: 'The file ends before its summary. Download the bill again.',
  bad_summary: 'The summary is unreadable or does not prove the rows. Download the bill again.',
  data_after_summary:
    'There is data after the summary. If bills were joined into one file, read each by itself; otherwise download the bill again.',
  changed: 'These are not the bytes that were verified. Verify the file again before reading its rows.',
};

/**
 * Builds a refusal with its advice. `detail` (such as column names, never a value of a row) is
 * appended.
 */
export function refused(code: RefusalCode, line: number, detail?: string): StatementRefusal {
  const message = detail === undefined ? ADVICE[code] : `${ADVICE[code]} (${detail})`;
  return { kind: 'refused', code, line, message };
}

/** Builds the refusal of a bill whose rows do not add up to its summary. */
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
    message: `The rows do not add up to the summary (${names}${problemRows(problems)}). Nothing was compared; download the bill again.`,
    differences,
    problems,
  };
}

const PROBLEM_ROWS_NAMED = 5;

/** Names the rows that may explain the difference. */
function problemRows({ count, first }: ProblemReport): string {
  if (count === 0) return '';
  const named = first.slice(0, PROBLEM_ROWS_NAMED).map(({ line, code }) => `line ${line} ${code}`);
  return `; rows with problems: ${named.join(', ')}${count > named.length ? ` and ${count - named.length} more` : ''}`;
}
