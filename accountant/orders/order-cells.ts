import { fen, isFen, yuanToFen, type Fen } from '../../lib/values/fen';

/** What spreadsheets, databases and people write into a cell without a value. */
const NOTHING = new Set([
  ...['-', '--', '---', '—', '——', '–', '―', '/', '\\', '\\n', '*', '.', '无', '空', '暂无', '没有', '未知'],
  ...['null', '(null)', '<null>', '[null]', 'nil', 'none', 'nan', 'n/a', 'na', '#n/a', '#value!', '#ref!'],
  ...['undefined', 'nat', '#name?', '#null!'],
]);

/** Marks that make a spreadsheet keep a number as text: back-tick, apostrophe, tab, `="…"`. */
const AS_TEXT = /^=\s*"(.*)"$/s;
const PREFIX = /^[`'‘’\t]+/;
/** A text in single quotes, as some databases export it. */
const QUOTED = /^['‘]([^'‘’]*)['’]$/;
const BEYOND_ASCII = /[^\x20-\x7e]/;
/** Control characters, and marks of no width that are copied along with a text. */
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0000-\u001f]/g;
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
  text = (AS_TEXT.exec(text)?.[1] ?? QUOTED.exec(text)?.[1] ?? text).replace(PREFIX, '').trim();
  return NOTHING.has(text.toLowerCase()) ? '' : text;
}

/** What people write around an amount of yuan. Another currency's sign leaves it unread. */
const AROUND = /^(?:CN¥|CNY|RMB|人民币|[¥￥])+ *| *(?:元整?|圆整?|块|CN¥|CNY|RMB|人民币)$/gi;
/** Groups of three digits, by commas, blanks or apostrophes. `0,500` is none: it is 0.500. */
const THOUSANDS = /^[1-9]\d{0,2}(?:([, '’])\d{3})(?:\1\d{3})*(?:\.\d*)?$/;
/** `1.234,50`, as spreadsheets in some regions write 1,234.50; `,50` alone cannot be thousands. */
const DECIMAL_COMMA = /^\d{1,3}(?:\.\d{3})*,\d{1,2}$|^\d+,\d{1,2}$/;
const SCIENTIFIC = /^\d(?:\.\d+)?e[+-]?\d{1,2}$/i;
const SIGN = /^[+\-−–] *| *[-−–]$/;

/**
 * A number as people and spreadsheets write amounts, as plain decimal text; null when it is none.
 */
function decimalText(cell: string): string | null {
  let text = cell.trim().replace(/\s+/g, ' ');
  let sign = '';
  const bracketed = /^\((.*)\)$/.exec(text)?.[1];
  if (bracketed !== undefined) [text, sign] = [bracketed.trim(), '-'];
  const unsign = (): void => {
    const found = SIGN.exec(text)?.[0];
    if (found === undefined) return;
    text = text.startsWith(found) ? text.slice(found.length) : text.slice(0, -found.length);
    if (sign !== '') sign = 'x';
    else sign = found.includes('+') ? '+' : '-';
  };
  unsign();
  text = text.replace(AROUND, '');
  if (sign === '') unsign();
  else if (SIGN.test(text)) sign = 'x';
  if (sign === 'x') return null;
  if (THOUSANDS.test(text)) text = text.replace(/[, '’]/g, '');
  else if (DECIMAL_COMMA.test(text)) text = text.replaceAll('.', '').replace(',', '.');
  else if (SCIENTIFIC.test(text)) text = String(Number(text));
  if (text.startsWith('.')) text = `0${text}`;
  return AMOUNT.test(text) ? (sign === '-' ? '-' : '') + text : null;
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

/** Written in yuan, although the column is one of fen. */
const IN_YUAN = /[¥￥元圆块]/;

/** Reads an amount in whole fen. Null when it is none, has a fraction, or is said to be yuan. */
export function fenCell(cell: string): Fen | null {
  const text = IN_YUAN.test(cell) ? null : decimalText(cell.replace(/ *分$/, ''));
  const whole = text === null ? undefined : /^(-?\d+)(?:\.0*)?$/.exec(text)?.[1];
  const value = whole === undefined ? null : Number(whole);
  return isFen(value) ? fen(value + 0) : null;
}

/** An identifier in a cell: a spreadsheet's `.0` after a whole number removed. */
export function idCell(cell: string): string {
  return cell.endsWith('.0') && /^\d{1,15}\.0$/.test(cell) ? cell.slice(0, -2) : cell;
}
