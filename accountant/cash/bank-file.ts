import type { BankLine } from '../../lib/statement/cash/bank';
import { dayOf } from '../../lib/values/day';
import { tablesOf } from '../files/orders-source';
import { openInput } from '../files/input';
import { HEADER_LINES, type Table, type TableRow } from '../files/table';
import { InputError } from '../input-error';
import { cleaned, yuanCell } from '../orders/order-cells';
import { orderTimeReader } from '../orders/order-times';

/** How banks head the columns that are read. */
const NAMES = {
  day: /^(交易|记账|入账|起息|发生)?(日期|时间)$|^交易日$|date/i,
  income: /^(收入|贷方|转入|存入|收方|入账)(金额|发生额)?$|credit|deposit/i,
  amount: /^(交易|发生)?(金额|额)$|^amount$/i,
  text: /摘要|用途|备注|附言|对方|交易对手|户名|description|memo|payee|counterparty/i,
} as const;

interface BankHeader {
  readonly day: number;
  /** The column of money in; else of signed amounts. */
  readonly amount: number;
  readonly texts: readonly number[];
}

/** Reads the lines of bank statements that bring money in. Rejects with `InputError`. */
export async function readBankFiles(paths: readonly string[]): Promise<{
  readonly lines: readonly BankLine[];
  /** Rows with money in whose date or amount cannot be read. */
  readonly unread: number;
}> {
  const lines: BankLine[] = [];
  let unread = 0;
  for (const path of paths) {
    for (const input of await openInput(path, () => undefined)) {
      for (const table of await tablesOf(input, scoreOf, () => undefined)) {
        unread += await readTable(table, lines);
      }
    }
  }
  return { lines, unread };
}

async function readTable(table: Table, lines: BankLine[]): Promise<number> {
  const readTime = orderTimeReader();
  const first: TableRow[] = [];
  let header: BankHeader | null = null;
  let unread = 0;
  const use = ({ cells, line }: TableRow, at: BankHeader): void => {
    const written = cleaned(cells[at.amount] ?? '');
    if (written === '') return;
    const amount = yuanCell(written);
    const day = cleaned(cells[at.day] ?? '');
    const time = readTime(day, table.from1904());
    if (amount === null || time === null) {
      // Totals and page titles have no date; a row with one, readable or not, is missed.
      if (time !== null || (amount !== null && amount > 0 && /\d/.test(day))) unread += 1;
      return;
    }
    if (amount <= 0) return;
    const text = at.texts.map((column) => cleaned(cells[column] ?? '')).join(' ');
    lines.push({ file: table.name, line, day: dayOf(time), amount, text: text.trim() });
  };
  for await (const batch of table.rows) {
    for (const row of batch) {
      if (header !== null) use(row, header);
      else {
        header = headerOf(row.cells);
        first.push(row);
        if (header === null && first.length >= HEADER_LINES) throw noHeader(table, first);
      }
    }
  }
  if (header === null) throw noHeader(table, first);
  return unread;
}

function noHeader({ name }: Table, first: readonly TableRow[]): InputError {
  const widest = first.reduce<readonly string[]>(
    (best, { cells }) => (cells.length > best.length ? cells : best),
    [],
  );
  return new InputError('no_bank_header', { file: name, headers: widest });
}

function scoreOf(cells: readonly string[]): number {
  return headerOf(cells) === null ? 0 : cells.length;
}

function headerOf(cells: readonly string[]): BankHeader | null {
  const names = cells.map((cell) =>
    cleaned(cell)
      .replace(/[((].*$/, '')
      .trim(),
  );
  const places = (pattern: RegExp) => names.flatMap((name, at) => (pattern.test(name) ? [at] : []));
  const [day] = places(NAMES.day);
  const [amount] = [...places(NAMES.income), ...places(NAMES.amount)];
  return day === undefined || amount === undefined ? null : { day, amount, texts: places(NAMES.text) };
}
