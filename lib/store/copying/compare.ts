import type { Database } from '../mysql/base/database';
import type { Columns } from '../rows/columns';
import { reading } from '../rows/columns';
import type { Connection } from '../sqlite/base/connection';
import type { TableCopy } from './plan';
import { COPIED_TABLES } from './plan';

/** How many rows one side has, and their sum. As text: exact. */
export interface Total {
  readonly rows: string;
  readonly sum: string;
}

/** What both sides say of the same rows. Null: that side has none. */
export interface Compared {
  /** A table, or a table and the state of its rows, such as `orders paid`. */
  readonly name: string;
  /** Of the sum; `none`: these rows are only counted. */
  readonly unit: 'bytes' | 'fen' | 'none';
  readonly source: Total | null;
  readonly target: Total | null;
}

/** True when both sides say the same. */
export function isEqual({ source, target }: Compared): boolean {
  return source?.rows === target?.rows && source?.sum === target?.sum;
}

/** Sums by state; `label`, `sum`, `source` and `target` are SQL. */
interface Grouped {
  readonly table: string;
  readonly unit: Compared['unit'];
  readonly source: { readonly label: string; readonly sum: string };
  readonly target: { readonly label: string; readonly sum: string };
}

const GROUPED: readonly Grouped[] = [
  {
    table: 'orders',
    unit: 'fen',
    source: { label: 'payment_state', sum: 'total' },
    target: { label: 'payment_state', sum: 'total' },
  },
  {
    table: 'refunds',
    unit: 'fen',
    source: { label: 'state', sum: `CASE WHEN json_valid(terms) THEN terms ->> '$.amount' ELSE 0 END` },
    target: {
      label: 'state',
      sum: `CASE WHEN JSON_VALID(terms) THEN CAST(JSON_EXTRACT(terms, '$.amount') AS SIGNED) ELSE 0 END`,
    },
  },
  {
    table: 'discrepancies',
    unit: 'none',
    source: { label: `class || CASE WHEN resolution IS NULL THEN '' ELSE ' resolved' END`, sum: '0' },
    target: { label: `CONCAT(class, IF(is_resolved = 0, '', ' resolved'))`, sum: '0' },
  },
  {
    table: 'inbox',
    unit: 'none',
    source: { label: 'state', sum: '0' },
    target: { label: 'state', sum: '0' },
  },
];

/**
 * Counts and sums both sides: SQLite is the source, MySQL the target. `prefix` begins the names of
 * all tables of MySQL. Reads both completely. Rejects with `StoreError`.
 */
export async function compareCopy(from: Connection, to: Database, prefix = ''): Promise<readonly Compared[]> {
  const compared: Compared[] = [];
  for (const copy of COPIED_TABLES) compared.push(await compareTable(from, to, copy, prefix));
  for (const group of GROUPED) compared.push(...(await compareGroups(from, to, group, prefix)));
  return compared;
}

/** The same seen from MySQL: that is the source, and SQLite the target. */
export function swapped({ source, target, ...same }: Compared): Compared {
  return { ...same, source: target, target: source };
}

/** Rows, and the bytes of all values that are copied unchanged: a cut text differs in them. */
async function compareTable(
  from: Connection,
  to: Database,
  copy: TableCopy,
  prefix: string,
): Promise<Compared> {
  const { table, source } = copy;
  const columns = copy.columns.filter(({ made }) => made === undefined);
  const bytes = columns.map((one) => `COALESCE(LENGTH(CAST(CAST((${one.from}) AS TEXT) AS BLOB)), 0)`);
  const [ours] = from
    .prepare(
      `SELECT CAST(COUNT(*) AS TEXT), CAST(COALESCE(SUM(${bytes.join(' + ')}), 0) AS TEXT) FROM ${source}`,
    )
    .all();
  const [theirs] = await to.rows(
    `SELECT CAST(COUNT(*) AS CHAR), CAST(COALESCE(SUM(${columns
      .map((one) => `COALESCE(LENGTH(${one.to}), 0)`)
      .join(' + ')}), 0) AS CHAR) FROM ${prefix}${table}`,
  );
  return { name: table, unit: 'bytes', source: totalOf(ours ?? []), target: totalOf(theirs ?? []) };
}

async function compareGroups(
  from: Connection,
  to: Database,
  grouped: Grouped,
  prefix: string,
): Promise<readonly Compared[]> {
  const text = (type: string, { label, sum }: Grouped['source'], table: string): string =>
    `SELECT CAST(COUNT(*) AS ${type}), CAST(COALESCE(SUM(${sum}), 0) AS ${type}), ${label} FROM ${table} GROUP BY 3`;
  const ours = byLabel(from.prepare(text('TEXT', grouped.source, grouped.table)).all());
  const theirs = byLabel(await to.rows(text('CHAR', grouped.target, `${prefix}${grouped.table}`)));
  const labels = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return labels.map((label) => ({
    name: `${grouped.table} ${label}`,
    unit: grouped.unit,
    source: ours.get(label) ?? null,
    target: theirs.get(label) ?? null,
  }));
}

function byLabel(rows: readonly Columns[]): ReadonlyMap<string, Total> {
  return new Map(
    rows.map((columns) => {
      const row = reading(columns);
      const total = { rows: row.text(), sum: row.text() };
      return [row.text(), total];
    }),
  );
}

function totalOf(columns: Columns): Total {
  const row = reading(columns);
  return { rows: row.text(), sum: row.text() };
}
