import type { Unreadable } from '../../../model/unreadable';
import type { ListedPage } from '../../requests';
import type { Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import type { Cursor } from '../../rows/cursor';
import { pageOf } from '../../rows/cursor';
import { placeOf, readOne } from '../../rows/unreadable';
import type { Database } from './database';

/** Reads a whole row as JSON text, whatever is in it; `{}` when it is gone. */
export type ReadRaw = (name: string) => Promise<string>;

/**
 * Cuts a page from rows, of which one more was read than fits. `raw` gives what is stored of a row
 * that cannot be read, `place` where a row stands in the list: by default from `placeColumns`.
 */
export async function listedPage<Item>(
  rows: readonly Columns[],
  limit: number,
  read: (row: Columns) => Item,
  raw: ReadRaw,
  place: (row: Columns) => Cursor = placeOf,
): Promise<ListedPage<Item>> {
  const page = pageOf(rows, limit, place);
  const problems: { readonly name: string; readonly problem: string }[] = [];
  const items = page.items.flatMap((row) =>
    readOne(row, read, ({ message: problem }) => problems.push({ name: place(row).name, problem })),
  );
  const unreadable = await Promise.all(
    problems.map(async ({ name, problem }) => ({ name, problem, raw: await raw(name) })),
  );
  return { items, next: page.next, unreadable };
}

/** The row of this name as it is stored; null when there is none, or when it can be read. */
export async function unreadableRow(
  row: Columns | undefined,
  name: string,
  read: (row: Columns) => unknown,
  raw: ReadRaw,
): Promise<Unreadable | null> {
  const problems: string[] = [];
  if (row !== undefined) readOne(row, read, ({ message }) => problems.push(message));
  const [problem] = problems;
  return problem === undefined ? null : { name, problem, raw: await raw(name) };
}

/** Where something is stored: its tables, how they are joined, and the column of its name. */
interface Stored {
  readonly tables: readonly string[];
  readonly from: string;
  readonly name: 'out_trade_no' | 'out_refund_no' | 'id';
}

/** A reader of whole rows. It asks the database for their columns when it is first used. */
export function rawRows(database: Database, { tables, from, name }: Stored): ReadRaw {
  let columns: readonly string[] | null = null;
  const columnsOf = async (): Promise<readonly string[]> => {
    const rows = await database.rows(
      `SELECT column_name FROM information_schema.columns
       WHERE table_schema = DATABASE() AND table_name IN (?) ORDER BY table_name DESC, ordinal_position`,
      tables,
    );
    return [...new Set(rows.map((row) => reading(row).text()))];
  };
  return async (naming) => {
    columns ??= await columnsOf();
    const named = columns;
    const [row] = await database.rows(
      `SELECT ${named.map((column) => `\`${column}\``).join(', ')} FROM ${from} WHERE ${name} = ?`,
      naming,
    );
    return row === undefined
      ? '{}'
      : JSON.stringify(Object.fromEntries(named.map((key, n) => [key, row[n]])));
  };
}
