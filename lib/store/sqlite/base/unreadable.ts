import type { Unreadable } from '../../../model/unreadable';
import type { ListedPage, Page } from '../../requests';
import { reading } from '../../rows/columns';
import type { Connection } from './connection';
import type { Columns } from '../../rows/columns';
import type { Cursor } from '../../rows/cursor';
import { placeOf, readOne } from '../../rows/unreadable';
import { pageOf } from '../../rows/cursor';

/**
 * Cuts a page from rows, of which one more was read than fits. `raw` gives what is stored of a row
 * that cannot be read, `place` where a row stands in the list: by default from `placeColumns`.
 */
export function listedPage<Item>(
  rows: readonly Columns[],
  limit: number,
  read: (row: Columns) => Item,
  raw: (name: string) => string,
  place: (row: Columns) => Cursor = placeOf,
): ListedPage<Item> {
  const page: Page<Columns> = pageOf(rows, limit, place);
  const unreadable: Unreadable[] = [];
  const items = page.items.flatMap((row) =>
    readOne(row, read, ({ message: problem }) => {
      const { name } = place(row);
      unreadable.push({ name, problem, raw: raw(name) });
    }),
  );
  return { items, next: page.next, unreadable };
}

/** The row of this name as it is stored; null when there is none, or when it can be read. */
export function unreadableRow(
  row: Columns | undefined,
  name: string,
  read: (row: Columns) => unknown,
  raw: (name: string) => string,
): Unreadable | null {
  const unreadable: Unreadable[] = [];
  if (row !== undefined) {
    readOne(row, read, ({ message: problem }) => unreadable.push({ name, problem, raw: raw(name) }));
  }
  return unreadable[0] ?? null;
}

/** Where something is stored: its tables, how they are joined, and the column of its name. */
export interface Stored {
  readonly tables: readonly string[];
  readonly from: string;
  readonly name: 'out_trade_no' | 'out_refund_no' | 'id';
}

/** Prepares reading a whole row as JSON text, whatever is in it. */
export function prepareRaw(connection: Connection, { from, tables, name }: Stored): (name: string) => string {
  const named = tables.flatMap((table) =>
    connection
      .prepare(`SELECT name FROM pragma_table_info('${table}')`)
      .all()
      .map((row) => reading(row).text()),
  );
  const fields = [...new Set(named)].map((column) => `'${column}', ${column}`).join(', ');
  const find = connection.prepare(`SELECT json_object(${fields}) FROM ${from} WHERE ${name} = ?`);
  return (naming) => {
    const [row] = find.all(naming);
    return row === undefined ? '{}' : reading(row).text();
  };
}
