import { InputError } from '../input-error';
import { TABLE_LIMITS } from './limits';
import { HEADER_LINES, type HeaderScore, type TableRow } from './table';

/** What may separate cells. */
const SEPARATORS = [',', '\t', ';', '|'] as const;
type Separator = (typeof SEPARATORS)[number];

/** The most lines of one cell. A quote that closes later than that is a stray one. */
const MOST_LINES_OF_A_CELL = 64;

/**
 * Splits a text into rows of cells: RFC 4180 with any of the usual separators, which the header
 * decides. A quote opens a cell only at its beginning, and only when it is closed before a
 * separator or the end of a line; any other quote is text. So a stray quote costs at most its own
 * row, and never the rows after it.
 */
export async function* delimitedRows(
  texts: AsyncIterable<string>,
  name: string,
  score: HeaderScore,
): AsyncGenerator<readonly TableRow[], void, void> {
  /** The first lines, until they have shown the separator. */
  const first: { lines: string[] | null } = { lines: [] };
  let separator: Separator = ',';
  let number = 0;
  let batch: TableRow[] = [];
  /** Lines of a row whose last cell is open, and the number of the first. */
  let open: string[] = [];
  let openLine = 0;

  /** Reads a line that begins a row, or waits for more lines when a cell stays open. */
  function begin(text: string, line: number): void {
    const cells = cutLine(text, separator);
    if (typeof cells === 'object') batch.push({ cells, line });
    else {
      open = [text];
      openLine = line;
    }
  }

  /** The open row cannot be closed: its quote is text, and the lines after it are rows. */
  function giveUp(): void {
    const [stray = '', ...others] = open;
    open = [];
    batch.push({ cells: cutWithStrays(stray, separator), line: openLine });
    const from = openLine + 1;
    others.forEach((text, at) => {
      read(text, from + at);
    });
  }

  function read(text: string, line: number): void {
    if (open.length === 0) {
      if (text !== '') begin(text, line);
      return;
    }
    open.push(text);
    // Only a quote can close the cell, or show that it never will be.
    const cells = text.includes('"') ? cutLine(open.join('\n'), separator) : 'open';
    if (typeof cells === 'object') {
      batch.push({ cells, line: openLine });
      open = [];
    } else if (cells === 'stray' || open.length >= MOST_LINES_OF_A_CELL) giveUp();
  }

  function takeHead(lines: readonly string[]): void {
    first.lines = null;
    separator = separatorOf(lines, score);
    lines.forEach((text, at) => {
      read(text, at + 1);
    });
  }

  for await (const lines of linesOf(texts, name)) {
    for (const line of lines) {
      number += 1;
      if (first.lines === null) read(line, number);
      else if (first.lines.push(line) >= HEADER_LINES) takeHead(first.lines);
    }
    if (number > TABLE_LIMITS.lines) throw new InputError('too_many_lines', { file: name });
    yield batch;
    batch = [];
  }
  if (first.lines !== null) takeHead(first.lines);
  while (open.length > 0) giveUp();
  if (batch.length > 0) yield batch;
}

/** The separator under which a line scores best as a header; without any, the most frequent. */
function separatorOf(lines: readonly string[], score: HeaderScore): Separator {
  const best = (rate: (text: string, separator: Separator) => number): readonly [Separator, number] =>
    SEPARATORS.map(
      (separator) => [separator, Math.max(0, ...lines.map((text) => rate(text, separator)))] as const,
    ).reduce((winner, other) => (other[1] > winner[1] ? other : winner));
  const [byHeader, points] = best((text, separator) => score(cutWithStrays(text, separator)));
  if (points > 0) return byHeader;
  return best((text, separator) => text.split(separator).length)[0];
}

/** Lines without their ends: line feed, carriage return, or both. */
async function* linesOf(
  texts: AsyncIterable<string>,
  name: string,
): AsyncGenerator<readonly string[], void, void> {
  let pending = '';
  let isFirst = true;
  for await (const text of texts) {
    let all = pending === '' ? text : pending + text;
    if (isFirst && all !== '') {
      all = all.replace(/^\uFEFF/, '');
      isFirst = false;
    }
    // A carriage return at the end may belong to a line feed that is still to come.
    const cut = all.endsWith('\r') ? all.length - 1 : all.length;
    const lines = all.slice(0, cut).split(/\r\n|\n|\r/);
    pending = (lines.pop() ?? '') + all.slice(cut);
    if (pending.length > TABLE_LIMITS.rowChars) throw new InputError('long_line', { file: name });
    yield lines;
  }
  if (pending !== '') yield [pending.endsWith('\r') ? pending.slice(0, -1) : pending];
}

/**
 * The cells of a line. `open`: its last cell is quoted and not closed. `stray`: a cell that was
 * left open over the end of a line is not quoted after all.
 */
function cutLine(text: string, separator: Separator): readonly string[] | 'open' | 'stray' {
  if (!text.includes('"')) return text.split(separator);
  const cells: string[] = [];
  for (let at = 0; ;) {
    const quoted = quotedCell(text, at, separator);
    if (quoted === 'open') return 'open';
    const next = quoted ?? plainCell(text, at, separator);
    if (quoted === null && next.cell.includes('\n')) return 'stray';
    cells.push(next.cell);
    if (next.end >= text.length) return cells;
    at = next.end + 1;
  }
}

/** As `cutLine`, where a quote that is not closed is text. */
function cutWithStrays(text: string, separator: Separator): readonly string[] {
  const cells: string[] = [];
  for (let at = 0; ;) {
    const quoted = quotedCell(text, at, separator);
    const next = quoted === null || quoted === 'open' ? plainCell(text, at, separator) : quoted;
    cells.push(next.cell);
    if (next.end >= text.length) return cells;
    at = next.end + 1;
  }
}

/** A cell with the position of the separator after it, or of the end of the text. */
interface CutCell {
  readonly cell: string;
  readonly end: number;
}

function plainCell(text: string, at: number, separator: Separator): CutCell {
  const found = text.indexOf(separator, at);
  const end = found < 0 ? text.length : found;
  return { cell: text.slice(at, end), end };
}

/**
 * The quoted cell that begins at `at`, perhaps after blanks: its text and the position of the
 * separator after it. `open` when the text ends before it is closed; null when the cell is not
 * quoted.
 */
function quotedCell(text: string, at: number, separator: Separator): CutCell | 'open' | null {
  let begin = at;
  while (text[begin] === ' ') begin += 1;
  if (text[begin] !== '"') return null;
  let from = begin + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return 'open';
    if (text[quote + 1] === '"') {
      from = quote + 2;
      continue;
    }
    let end = quote + 1;
    while (text[end] === ' ') end += 1;
    if (end < text.length && text[end] !== separator) return null;
    return {
      cell: text
        .slice(begin + 1, quote)
        .split('""')
        .join('"'),
      end,
    };
  }
}
