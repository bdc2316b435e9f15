import { fen, isFen, yuanToFen, type Fen } from '../lib/values/fen';

/** What spreadsheets, databases and people write into a cell without a value. */
const NOTHING = new Set([
  ...['-', '--', '---', '—', '——', '–', '―', '/', '\\', '\\n', '*', '.', '无', '空', '暂无', '没有', '未知'],
  ...['null', '(null)', '<null>', '[null]', 'nil', 'none', 'nan', 'n/a', 'na', '#n/a', '#value!', '#ref!'],
  ...['undefined', 'nat', '#name?', '#null!'],
]);

/** Marks that make a spreadsheet keep a number as text: back-tick, apostrophe, tab, `="…"`. */
const AS_TEXT = /^=\s*"(.*)"$/s;
const PREFIX = /^[`'‘’\t]+/;
const BEYOND_ASCII = /[^\x20-\x7e]/;
/** Control characters, and marks of no width that are copied along with a text. */
const UNSEEN = /[\u200b-\u200f\ufeff\u0000-\u001f]/g;
/** Nearly all cells: numbers, amounts and times that stand for themselves. */
const PLAIN = /^\d[\x21-\x7e]*$/;

/**
 * The value of a cell: without what spreadsheets add around it, full-width characters made plain,
 * and empty where it stands for nothing.
 */
export function cleaned(cell: string): string {
  if (PLAIN.test(cell)) return cell;
  let text = BEYOND_ASCII.test(cell) ? cell.normalize('NFKC').replace(UNSEEN, ' ') : cell;
  text = text.trim();
  if (text === '') return '';
  text = (AS_TEXT.exec(text)?.[1] ?? text).replace(PREFIX, '').trim();
  return NOTHING.has(text.toLowerCase()) ? '' : text;
}

/** Removes what people write around an amount: currency, thousands separators, blanks. */
const AROUND = /^(?:CNY|RMB|人民币|[¥￥$])+|(?:元整?|圆|CNY|RMB|人民币)$/gi;
const THOUSANDS = /^\d{1,3}(?:,\d{3})+(?:\.\d*)?$/;
/** `1.234,50`, as spreadsheets in some regions write 1,234.50; `,50` alone cannot be thousands. */
const DECIMAL_COMMA = /^\d{1,3}(?:\.\d{3})*,\d{1,2}$|^\d+,\d{1,2}$/;
const SCIENTIFIC = /^\d(?:\.\d+)?e[+-]?\d{1,2}$/i;

/**
 * A number as people and spreadsheets write amounts, as plain decimal text; null when it is none.
 */
function decimalText(cell: string): string | null {
  let text = cell.replace(/\s+/g, '');
  let sign = '';
  const bracketed = /^\((.*)\)$/.exec(text)?.[1];
  if (bracketed !== undefined) [text, sign] = [bracketed, '-'];
  const unsign = (): void => {
    const found = /^[+\-−]|[-−]$/.exec(text)?.[0];
    if (found === undefined) return;
    text = text.startsWith(found) ? text.slice(1) : text.slice(0, -1);
    if (found !== '+') sign = sign === '' ? '-' : 'x';
  };
  unsign();
  text = text.replace(AROUND, '');
  if (sign === '') unsign();
  if (sign === 'x') return null;
  if (THOUSANDS.test(text)) text = text.replaceAll(',', '');
  else if (DECIMAL_COMMA.test(text)) text = text.replaceAll('.', '').replace(',', '.');
  else if (SCIENTIFIC.test(text)) text = String(Number(text));
  if (text.startsWith('.')) text = `0${text}`;
  return AMOUNT.test(text) ? sign + text : null;
}

/** As many digits as an amount of a bill may have; more is a number of something else. */
const AMOUNT = /^\d{1,12}(?:\.\d*)?$/;
const PLAIN_YUAN = /^\d{1,9}(?:\.\d{1,2})?$/;

/**
 * Reads an amount in yuan, such as `58`, `¥1,234.50`, `58.00元` or `-58.00`. Null when it is none.
 */
export function yuanCell(cell: string): Fen | null {
  const text = PLAIN_YUAN.test(cell) ? cell : decimalText(cell);
  return text === null ? null : yuanToFen(text);
}

/** Reads an amount in whole fen. Null when it is none, or has a fraction. */
export function fenCell(cell: string): Fen | null {
  const text = decimalText(cell.replace(/分$/, ''));
  const whole = text === null ? undefined : /^(-?\d+)(?:\.0*)?$/.exec(text)?.[1];
  const value = whole === undefined ? null : Number(whole);
  return isFen(value) ? fen(value + 0) : null;
}

/** An identifier in a cell: a spreadsheet's `.0` after a whole number removed. */
export function idCell(cell: string): string {
  return cell.endsWith('.0') && /^\d{1,15}\.0$/.test(cell) ? cell.slice(0, -2) : cell;
}
