import type { Database } from '../mysql/base/database';
import type { Columns } from '../rows/columns';
import { isText } from '../rows/columns';
import { StoreError } from '../errors';
import type { Connection } from '../sqlite/base/connection';
import type { TableCopy } from './plan';

/** Rows that are read at once. With the largest notifications these are some 25 MB. */
const ROWS_READ = 500;

/**
 * The most text of one insert, in characters: a statement must fit the smallest packet, 4 MiB. A
 * single larger row goes alone.
 */
const INSERT_TEXT = 500_000;

/**
 * Inserts under way at once, each on a connection of its own. They share a wait for the disk, and
 * the next rows are read meanwhile: 20,000 orders took 21 s one after the other, of which neither
 * side worked for 18.
 */
export const INSERTS_AT_ONCE = 4;

/** Values as text: a number above 2^53 arrives as it was, and MySQL converts it exactly. */
type Row = readonly (string | null)[];

/**
 * Copies all rows of a table into the empty one of the target. In memory are at most `ROWS_READ`
 * rows and the texts of `INSERTS_AT_ONCE` inserts. Rejects with `StoreError` once no insert is
 * under way any more; what was copied until then stays.
 */
export async function copyTable(
  from: Connection,
  to: Pick<Database, 'change'>,
  copy: TableCopy,
): Promise<void> {
  const { table, source, key, columns } = copy;
  const selected = [...columns.map((one) => one.from), ...key.map((one) => one.sql)];
  const texts = selected.map((sql) => `CAST((${sql}) AS TEXT)`).join(', ');
  const order = key.map((one) => one.sql).join(', ');
  const last = key.map(({ type }) => `CAST(? AS ${type})`).join(', ');
  const page = (where: string): string =>
    `SELECT ${texts} FROM ${source} ${where} ORDER BY ${order} LIMIT ${String(ROWS_READ)}`;
  const first = from.prepare(page(''));
  const next = from.prepare(page(`WHERE (${order}) > (${last})`));
  const insert = `INSERT INTO ${table} (${columns.map((one) => one.to).join(', ')}) VALUES ?`;

  const inserting: Promise<unknown>[] = [];
  try {
    let rows = first.all().map(asRow);
    while (rows.length > 0) {
      const made = rows.map((row) => columns.map((column, n) => valueOf(row[n] ?? null, column.made)));
      for (const group of groupsOf(made)) {
        if (inserting.length >= INSERTS_AT_ONCE) await inserting.shift();
        const inserted = to.change(insert, group);
        // It is awaited later: until then its failure must not count as unhandled.
        inserted.catch(() => undefined);
        inserting.push(inserted);
      }
      const keyOfLast = rows.at(-1)?.slice(columns.length) ?? [];
      rows = rows.length < ROWS_READ ? [] : next.all(...keyOfLast).map(asRow);
    }
    await Promise.all(inserting);
  } finally {
    await Promise.allSettled(inserting);
  }
}

function valueOf(text: string | null, made: ((text: string) => string) | undefined): string | null {
  return text === null || made === undefined ? text : made(text);
}

/** The rows in groups whose text fits one statement. */
function groupsOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  let text = Infinity;
  for (const row of rows) {
    const added = row.reduce((sum, value) => sum + (value?.length ?? 0), 0);
    text += added;
    if (text > INSERT_TEXT) {
      groups.push([]);
      text = added;
    }
    groups.at(-1)?.push(row);
  }
  return groups;
}

function asRow(columns: Columns): Row {
  return columns.map((value) => {
    if (value === null || isText(value)) return value;
    throw new StoreError('invalid', 'the driver gave a value that is not text');
  });
}
