/** One cell of a CSV file. Null is an empty cell. */
export type CsvCell = string | number | null;

/**
 * The byte order mark at the start of a CSV file. Without it a Chinese Excel reads UTF-8 as GBK;
 * CSV readers skip it.
 */
export const CSV_MARK = '\uFEFF';

/**
 * One line of a CSV file with its CRLF (RFC 4180). Text that a spreadsheet would run as a formula
 * gets a `'` before it, so that it stays text; plain numbers, including negative ones, stay
 * numbers.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

/**
 * What a spreadsheet takes for a formula, including CJK full-width forms (OWASP, CSV injection).
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  const text = String(cell);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${doubled(safe)}"` : safe;
}

/**
 * Doubles quotes. Uses split and join: on a text of nothing but quotes, `replaceAll` builds a chain
 * of pieces and takes four times as long.
 */
function doubled(text: string): string {
  return text.split('"').join('""');
}

/** More digits than a spreadsheet shows unchanged; from 16 on it loses them. */
const LONG_NUMBER = /^\d{12,}$/;

/**
 * A number that identifies something, such as a transaction ID. A long one gets a back-tick before
 * it, as in WeChat Pay's own bills, so that a spreadsheet keeps its digits.
 */
export function csvNumber(text: string): string {
  return LONG_NUMBER.test(text) ? `\`${text}` : text;
}
