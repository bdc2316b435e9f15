/** One cell of a CSV file. Null is an empty cell. */
export type CsvCell = string | number | null;

/**
 * What a CSV file begins with: the byte order mark. Without it a Chinese Excel reads UTF-8 as GBK;
 * every CSV reader passes over it.
 */
export const CSV_MARK = '\uFEFF';

/**
 * One line of a CSV file with its CRLF (RFC 4180). Text that a spreadsheet would run as a formula
 * comes out as text, with a `'` before it; plain numbers, negative ones too, stay numbers.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

/** What makes spreadsheets see a formula, also in the full width of CJK (OWASP, CSV injection). */
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
 * With its quotes doubled. Split and joined: of a text of nothing but quotes `replaceAll` makes a
 * chain of pieces, in four times the time.
 */
function doubled(text: string): string {
  return text.split('"').join('""');
}

/** More digits than a spreadsheet shows as they are; from 16 on it would lose them. */
const LONG_NUMBER = /^\d{12,}$/;

/**
 * A number that is a name, such as a transaction's: with a back-tick before a long one, as WeChat
 * Pay's own bills write it, so that a spreadsheet leaves its digits alone.
 */
export function csvNumber(text: string): string {
  return LONG_NUMBER.test(text) ? `\`${text}` : text;
}
