import { readHeader, type Header } from '../../lib/bill/columns';
import type { Chunks } from '../../lib/bill/bytes';
import type { StatementRefusal } from '../../lib/bill/refusal';
import { beginsSummary } from '../../lib/bill/totals';
import { formatBeijing } from '../../lib/values/instant';
import { orderTimeReader } from '../orders/order-times';
import { delimitedRows } from './delimited';
import type { Input, OnBytes } from './input';
import { InputError } from '../input-error';
import { orderHeaderScore, otherBill } from '../orders/order-columns';
import { tablesOf } from './orders-source';
import { HEADER_LINES, type Table, type TableRow } from './table';
import { decodedText, encodingOf } from './text';

/** One bill, which may be opened more than once. */
export interface BillSource {
  readonly name: string;
  /**
   * The bytes of the bill. `as_downloaded`: as WeChat Pay wrote them, in UTF-8 whatever the file is
   * in. `resaved`: a spreadsheet has saved the file again; its cells are written as WeChat Pay
   * writes them, each on the line where the file has it. Only a bill whose rows then add up to its
   * own summary is compared.
   */
  open(form: 'as_downloaded' | 'resaved'): Promise<OpenBill>;
  /** What the file is instead of a bill, where its cells show that; null when they do not. */
  isInstead(): Promise<'orders_as_bill' | 'alipay_bill' | 'personal_bill' | null>;
}

/** An open bill. */
export interface OpenBill {
  readonly chunks: Chunks;
  /** How the file is written; known once it has been read. */
  readonly encoding: () => string;
}

/** What a file saved again by a spreadsheet is refused for. */
const RESAVED: ReadonlySet<StatementRefusal['code']> = new Set([
  'bad_summary',
  'totals_mismatch',
  'no_summary',
  'data_after_summary',
  'unknown_header',
  'line_too_long',
]);

/** True when a bill that is refused so as bytes may prove itself once its cells are read. */
export function mayBeResaved({ code }: StatementRefusal): boolean {
  return RESAVED.has(code);
}

/**
 * The error of a bill that is refused as bytes (`first`) and as cells (`last`). Where the cells are
 * no bill either, the first refusal names the true cause.
 */
export async function refusalOf(
  bill: BillSource,
  first: StatementRefusal,
  last: StatementRefusal,
): Promise<InputError> {
  const instead = first.code === 'unknown_header' ? await bill.isInstead() : null;
  if (instead !== null) return new InputError(instead, { file: bill.name });
  const refusal = last.code === 'empty' || last.code === 'unknown_header' ? first : last;
  return new InputError('bill_refused', { file: bill.name, line: refusal.line, refusal });
}

/** The bill in a file. */
export function billSource(input: Input, onBytes: OnBytes): BillSource {
  const { name } = input;
  const isInstead = async (): ReturnType<BillSource['isInstead']> => {
    const score = orderHeaderScore(new Map());
    const [table] = await tablesOf(input, score, onBytes);
    if (table === undefined) return null;
    for await (const batch of table.rows) {
      if (batch.length === 0) continue;
      const header = batch.slice(0, HEADER_LINES).find(({ cells }) => score(cells) > 0);
      return header === undefined ? null : (otherBill(header.cells) ?? 'orders_as_bill');
    }
    return null;
  };
  if (input.kind === 'workbook') {
    return {
      name,
      isInstead,
      open: async () => {
        const { workbookTables } = await import('./workbook');
        const tables = await workbookTables(input.path, onBytes);
        // A workbook made of one bill has one sheet; of several, the first is the bill.
        const first = tables.find(({ isHidden }) => !isHidden);
        if (first === undefined) throw new InputError('no_rows', { file: name });
        return { chunks: writtenAgain(first.rows, first.from1904), encoding: () => 'xlsx' };
      },
    };
  }
  return {
    name,
    isInstead,
    async open(form) {
      if (form === 'resaved') {
        const { texts, encoding } = decodedText(input.plain());
        const rows = delimitedRows(texts, name, billHeaderScore);
        return { chunks: writtenAgain(rows, () => false), encoding };
      }
      const encoding = encodingOf(await firstLine(input.plain()));
      if (encoding === null || encoding === 'UTF-8') return { chunks: input.raw(), encoding: () => 'UTF-8' };
      const decoded = decodedText(input.plain());
      return { chunks: inUtf8(decoded.texts), encoding: decoded.encoding };
    },
  };
}

/** The first line, or what of it is in the first piece. */
async function firstLine(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const chunk of chunks) {
    const end = chunk.indexOf(0x0a);
    return end < 0 ? chunk : chunk.subarray(0, end);
  }
  return Buffer.alloc(0);
}

async function* inUtf8(texts: AsyncIterable<string>): AsyncGenerator<Buffer, void, void> {
  for await (const text of texts) yield Buffer.from(text);
}

function billHeaderScore(cells: readonly string[]): number {
  const reading = readHeader(headerText(cells));
  return reading.kind === 'header' ? cells.length : 0;
}

function headerText(cells: readonly string[]): string {
  return withoutTail(cells)
    .map((cell) =>
      cell
        .replace(/^[\uFEFF?]?`?/, '')
        .replace(/,/g, ' ')
        .trim(),
    )
    .join(',');
}

/** Without the empty cells that a spreadsheet adds to fill the width. */
function withoutTail(cells: readonly string[]): readonly string[] {
  let end = cells.length;
  while (end > 0 && (cells[end - 1] ?? '').replace('`', '').trim() === '') end -= 1;
  return cells.slice(0, end);
}

/** Writes rows of cells in the form of a bill: a back-tick before each cell, one row a line. */
async function* writtenAgain(
  rows: AsyncIterable<readonly TableRow[]>,
  from1904: Table['from1904'],
): AsyncGenerator<Buffer, void, void> {
  const write = billWriter(from1904);
  for await (const batch of rows) {
    const lines = batch.map(write).join('');
    if (lines !== '') yield Buffer.from(lines);
  }
}

function billWriter(from1904: Table['from1904']): (row: TableRow) => string {
  let header: Header | null = null;
  let phase: 'titles' | 'rows' | 'summary' = 'titles';
  let nextLine = 1;
  const readTime = orderTimeReader();

  return ({ cells, line }) => {
    const text = lineOf(cells);
    if (text === null) return '';
    const gap = '\n'.repeat(Math.max(0, line - nextLine));
    nextLine = Math.max(line, nextLine) + 1;
    return `${gap}${text}\n`;
  };

  function lineOf(cells: readonly string[]): string | null {
    if (phase === 'titles') {
      const reading = readHeader(headerText(cells));
      if (reading.kind === 'unknown') return isLikeHeader(cells) ? headerText(cells) : null;
      if (reading.kind === 'header') [header, phase] = [reading, 'rows'];
      return headerText(cells);
    }
    if (phase === 'rows' && beginsSummary(plainCell(cells[0] ?? ''))) {
      phase = 'summary';
      return headerText(cells);
    }
    const plain = (phase === 'summary' ? withoutTail(cells) : filled(cells)).map(plainCell);
    if (phase === 'summary') return written(plain.map(amountText));
    return written(plain.map((cell, position) => asWritten(cell, position)));
  }

  /** A row as wide as the header: spreadsheets leave out empty cells at its end, or add some. */
  function filled(cells: readonly string[]): readonly string[] {
    const width = header?.width ?? 0;
    const end = withoutTail(cells);
    return end.length >= width ? end : [...end, ...new Array<string>(width - end.length).fill('')];
  }

  /** Amounts and times as a bill has them; a spreadsheet shows them in its own way. */
  function asWritten(cell: string, position: number): string {
    if (header === null || cell === '') return cell;
    const { at } = header;
    if (position === at.tradedAt || position === at.refundRequestedAt || position === at.refundSucceededAt) {
      const read = readTime(cell, from1904());
      return read === null ? cell : formatBeijing(read, 'YYYY-MM-DD HH:mm:ss');
    }
    return AMOUNTS.some((column) => at[column] === position) ? amountText(cell) : cell;
  }
}

const AMOUNTS = [
  'settled',
  'coupon',
  'refunded',
  'couponRefunded',
  'fee',
  'feeReturned',
  'orderTotal',
  'refundAsked',
] as const;

/** Decimals of a yuan in a bill. */
const DECIMALS = 5;

function amountText(cell: string): string {
  const text = cell.replace(/[¥￥\s]/g, '').replace(/,(?=\d{3}(?:\D|$))/g, '');
  // A workbook holds 0.35 as 0.34999999999999998.
  return /^-?\d+\.\d{6,}$/.test(text) ? Number(text).toFixed(DECIMALS) : text;
}

function plainCell(cell: string): string {
  return cell
    .replace(/^[\s'=]*`?/, '')
    .replace(/[\r\n]+/g, ' ')
    .trim();
}

function written(cells: readonly string[]): string {
  return cells.map((cell) => `\`${cell}`).join(',');
}

/** A header of some other file is handed on, so that it is refused by its true kind. */
function isLikeHeader(cells: readonly string[]): boolean {
  return withoutTail(cells).length > 3 && cells.every((cell) => !/^\s*`?\d/.test(cell));
}
