import { LINES_SHOWN, type Explained, type Reason } from '../compare/ledger';
import type { Table, TableRow } from '../files/table';
import { HEADER_LINES } from '../files/table';
import { InputError, isInputError } from '../input-error';
import type { Added, OrderBook } from './order-book';
import { orderBook } from './order-book';
import type { OrderProblem, OrderProblemCode } from './order-problem';
import type { OrderHeader } from './order-columns';
import type { OrderColumn } from './column-names';
import { givenIn, noSuchColumn, notAnOrdersHeader, orderHeaderScore, readOrderHeader } from './order-columns';
import { places, type Places } from '../places';
import { rowReader } from './read-order-row';
import type { OrderRowReader, ReadingOptions, RowReading, UnusablePart } from './read-order-row';
import { moneyBack, noteMoneyBack, type MoneyBackOrder } from './money-back';
import type { RefundBook } from './refund-book';
import { refundBook } from './refund-book';
import type { NotRead, ReadOrders } from '../report';

/** Money that went back of an order, in fen, under no refund number. */
export interface Unnumbered {
  readonly outTradeNo: string;
  readonly amount: number;
  readonly place: number;
}

/** The contents of all orders files. */
export interface OrderFiles {
  readonly rows: number;
  readonly furtherRows: number;
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  /** Rows without a number that could be looked for. */
  readonly unusable: readonly Explained[];
  /** What went back under no number, of orders whose rows name other means of payment. */
  readonly unnumbered: readonly Unnumbered[];
  /** Orders whose money went back by their words, while no file names the refund; by index. */
  readonly moneyBack: ReadonlyMap<number, MoneyBackOrder>;
  readonly unknownStates: readonly { readonly word: string; readonly rows: number }[];
  readonly files: readonly ReadOrders[];
  readonly notRead: readonly NotRead[];
  readonly places: Places;
  readonly problems: readonly OrderProblem[];
  /** The total number of problems; `problems` holds the first of them. */
  readonly problemCount: number;
}

/**
 * The most problems and unknown words kept, so that memory stays bounded when every row has one.
 */
const MOST_PROBLEMS = 1_000;
const MOST_WORDS = 100;

/**
 * Reads the tables of all orders files, each once, as streams. Rejects with `InputError` for a file
 * that is not a table of orders or refunds. Of a workbook, the sheets that are none are passed over
 * as long as one is.
 */
export async function readOrderTables(
  files: readonly (readonly Table[])[],
  options: ReadingOptions,
): Promise<OrderFiles> {
  const all = collecting();
  const isOnly = files.flat().length === 1;
  for (const tables of files) {
    let refusal: unknown = null;
    let isRead = false;
    for (const table of tables) {
      if (table.isHidden) {
        all.notRead.push({ name: table.name, because: 'hidden' });
        continue;
      }
      try {
        await readTable(table, options, all, isOnly);
        isRead = true;
      } catch (error) {
        if (!isInputError(error) || tables.length === 1 || !MAY_PASS_OVER.has(error.problem)) throw error;
        all.notRead.push({ name: table.name, because: 'no_orders' });
        refusal ??= error;
      }
    }
    if (!isRead) throw hiddenSheets(tables) ?? refusal;
  }
  all.requireColumns(options);
  return all.files();
}

const MAY_PASS_OVER: ReadonlySet<string> = new Set([
  'no_header',
  'no_rows',
  'no_amount_column',
  'no_number_column',
]);

/** The refusal of a workbook whose visible sheets hold no orders, while others are hidden. */
function hiddenSheets(tables: readonly Table[]): InputError | null {
  const [first, ...others] = tables.filter(({ isHidden }) => isHidden).map(({ name }) => name);
  return first === undefined ? null : new InputError('hidden_sheets', { sheets: [first, ...others] });
}

type Collecting = ReturnType<typeof collecting>;

function collecting() {
  const orders = orderBook();
  const refunds = refundBook();
  const lines = places();
  const files: ReadOrders[] = [];
  const notRead: NotRead[] = [];
  const problems: OrderProblem[] = [];
  const words = new Map<string, number>();
  const unusable = new Map<Reason, { count: number; sum: number; places: number[] }>();
  const unnumbered: Unnumbered[] = [];
  const had = new Set<OrderColumn>();
  let last: { readonly cells: readonly string[]; readonly file: string } = { cells: [], file: '' };
  const counts = { problems: 0, rows: 0, further: 0 };
  return {
    orders,
    refunds,
    lines,
    unnumbered,
    notRead,
    addFile: (file: ReadOrders): void => {
      files.push(file);
      counts.rows += file.rows;
    },
    /** Notes which of the headers of `--columns` a table has. */
    addHeader(cells: readonly string[], file: string, given: ReadingOptions['columns']): void {
      last = { cells, file };
      for (const column of given.keys()) had.add(column);
    },
    /** Throws `InputError` for a header of `--columns` that no table has. */
    requireColumns({ columns }: ReadingOptions): void {
      for (const [column, name] of columns) {
        if (!had.has(column)) throw noSuchColumn(name, last.cells, last.file);
      }
    },
    furtherRow: (): void => {
      counts.further += 1;
    },
    note(line: number, column: OrderColumn | null, code: OrderProblemCode): void {
      counts.problems += 1;
      if (problems.length < MOST_PROBLEMS) problems.push({ file: files.length, line, column, code });
    },
    unknownWord(word: string): void {
      if (words.size < MOST_WORDS || words.has(word)) words.set(word, (words.get(word) ?? 0) + 1);
    },
    cannotUse({ reason, amount }: UnusablePart, place: number): void {
      const entry = unusable.get(reason) ?? { count: 0, sum: 0, places: [] };
      entry.count += 1;
      entry.sum += amount;
      if (entry.places.length < LINES_SHOWN) entry.places.push(place);
      unusable.set(reason, entry);
    },
    files: (): OrderFiles => ({
      ...{ orders, refunds, files, notRead, problems, unnumbered, places: lines },
      moneyBack: moneyBack(orders, refunds),
      rows: counts.rows,
      furtherRows: counts.further,
      unusable: [...unusable].map(([reason, items]) => ({ reason, ...items })),
      unknownStates: [...words].map(([word, rows]) => ({ word, rows })),
      problemCount: counts.problems,
    }),
  };
}

async function readTable(
  table: Table,
  options: ReadingOptions,
  all: Collecting,
  isOnly: boolean,
): Promise<void> {
  const below: { header: OrderHeader | null; read: OrderRowReader | null } = { header: null, read: null };
  let above: TableRow[] = [];
  let rows = 0;
  let skipped = 0;
  const score = orderHeaderScore(options.columns);

  const use = ({ cells, line }: TableRow): void => {
    if (isOtherHeader(cells)) {
      beginAt(cells);
      return;
    }
    const place = all.lines.of(line);
    const reading = below.read?.(cells, line, place) ?? null;
    if (reading === null) {
      skipped += 1;
      return;
    }
    rows += 1;
    addRow(reading, line, all);
  };
  /**
   * Tables that were joined: another header below the first has columns of its own. Hardly any row
   * has an amount without a digit, so few rows are looked at twice.
   */
  const isOtherHeader = (cells: readonly string[]): boolean => {
    if (below.header === null) return false;
    const { at, columns } = below.header;
    const amount = cells[[at.yuan, at.fen, at.refundYuan, at.refundFen].find((one) => one >= 0) ?? 0] ?? '';
    if (amount === '' || /\d/.test(amount) || score(cells) === 0) return false;
    return columns.some(({ as, header }) => (cells[at[as]] ?? '').trim() !== header);
  };
  const beginAt = (cells: readonly string[]): void => {
    const given = isOnly ? options.columns : givenIn(options.columns, cells);
    const header = readOrderHeader(cells, given, table.name);
    finish();
    all.lines.nextFile();
    all.addHeader(cells, table.name, given);
    below.header = header;
    below.read = rowReader(header, { ...options, from1904: table.from1904(), ...all });
  };
  const finish = (): void => {
    if (below.header === null) return;
    const { columns } = below.header;
    all.addFile({ name: table.name, encoding: table.encoding(), columns, rows, skipped });
    [rows, skipped] = [0, 0];
  };
  const begin = (): void => {
    const best = above.reduce<TableRow | null>(
      (winner, row) => (score(row.cells) > (winner === null ? 0 : score(winner.cells)) ? row : winner),
      null,
    );
    const widest = above.reduce<TableRow | null>(
      (winner, row) => (filled(row) > (winner === null ? 0 : filled(winner)) ? row : winner),
      null,
    );
    if (best === null) {
      if (widest === null) throw new InputError('no_rows', { file: table.name });
      throw notAnOrdersHeader(widest.cells, table.name);
    }
    beginAt(best.cells);
    const after = above.slice(above.indexOf(best) + 1);
    above = [];
    after.forEach(use);
  };

  for await (const batch of table.rows) {
    for (const row of batch) {
      if (below.read !== null) use(row);
      else {
        above.push(row);
        if (above.length >= HEADER_LINES) begin();
      }
    }
  }
  if (below.read === null) begin();
  finish();
}

function filled({ cells }: TableRow): number {
  return cells.filter((cell) => cell.trim() !== '').length;
}

/** Adds what a row states to the books. */
function addRow(row: RowReading, line: number, all: Collecting): void {
  const { order, refund, place } = row;
  let added: Added | null = null;
  if (order?.kind === 'order') {
    added = all.orders.add(row, order.order);
    if (added === 'contradicted') all.note(line, null, 'contradiction');
  } else if (order?.kind === 'unusable') all.cannotUse(order, place);
  else if (order?.kind === 'bad_amount') added = all.orders.addUnreadable(row);
  if (added !== null && added !== 'new') all.furtherRow();
  noteMoneyBack(row, all.orders);
  if (refund === null) return;
  const isElsewhere = row.means === 'other' && row.outTradeNo !== null;
  if (refund.kind === 'unusable' && refund.reason === 'no_refund_number' && isElsewhere) {
    all.unnumbered.push({ outTradeNo: row.outTradeNo, amount: refund.amount, place });
  } else if (refund.kind === 'unusable') all.cannotUse(refund, place);
  else if (refund.kind === 'bad_amount') all.refunds.addUnreadable(refund.outRefundNo, place);
  else if (all.refunds.add(row, refund.refund) === 'contradicted') {
    all.note(line, 'outRefundNo', 'contradiction');
  }
}
