import { randomUUID } from 'node:crypto';
import type { Instant } from '../../values/instant';
import { StoreError } from '../errors';
import { mysqlAddress, placeOf } from '../mysql/base/address';
import { openDatabase } from '../mysql/base/connect';
import { refuseForeignTables, refuseUnfinished } from '../mysql/base/copied';
import type { Database } from '../mysql/base/database';
import { migrate as migrateMysql } from '../mysql/base/migrate';
import { closedShop, closeShop, CLOSED_PREFIX, finishMove, reopenShop } from '../mysql/base/moved';
import type { Columns } from '../rows/columns';
import { isText, reading } from '../rows/columns';
import type { Connection } from '../sqlite/base/connection';
import { connect } from '../sqlite/base/connection';
import { migrate as migrateSqlite } from '../sqlite/base/migrate';
import type { Compared } from './compare';
import { compareCopy, isEqual, swapped } from './compare';
import type { StoreCopied } from './copy-store';
import { QUERY_MS } from './copy-store';
import type { TableBack } from './plan-back';
import { TABLES_BACK } from './plan-back';

/** What is copied back, and where to. */
export interface StoreCopyBack {
  /** `mysql://user:password@host:port/database`. */
  readonly from: string;
  /** Where the file will be, for people: the machine and the folder. */
  readonly place: string;
  readonly now: () => Instant;
  /** The file that this copying fills: a new one for each `run`, which no server opens. */
  readonly fileOf: (run: string) => string;
  /** Copies what is not in the tables, before the comparison. */
  readonly copyFiles: (source: Database) => Promise<readonly Compared[]>;
  /** Makes the file of this run the one that servers open. False when there is no such file. */
  readonly release: (run: string) => Promise<boolean>;
}

/** Rows that are read at once. With the largest notifications these are some 10 MB. */
const ROWS_READ = 200;

/**
 * Moves a store from MySQL to a new file of SQLite. The tables of MySQL are first renamed, so that
 * no server writes there meanwhile or afterwards. When everything is equal on both sides, MySQL is
 * marked as moved, and only then the file is released. Otherwise, and after any failure, the names
 * are given back and servers may go on with MySQL. After a crash it is repeated: it begins again,
 * or, when only the last step is missing, does that.
 *
 * Failure policy: fail closed. Rejects with `StoreError`, and as a `MovedError` when the shop was
 * moved before.
 */
export async function copyStoreBack(parts: StoreCopyBack): Promise<StoreCopied> {
  const address = mysqlAddress(parts.from);
  const source = await openDatabase({ address, poolSize: 2, bounds: { queryMs: QUERY_MS } });
  try {
    const before = await closedShop(source);
    if (before !== null && before.movedTo !== null && (await parts.release(before.run))) {
      return { kind: 'moved', place: placeOf(address), compared: [] };
    }
    if (before === null) {
      await refuseForeignTables(source);
      await migrateMysql(source);
      await refuseUnfinished(source);
    }
    const run = await closeShop(source, parts.place, parts.now());
    let compared: readonly Compared[];
    try {
      compared = await copyClosed(source, run, parts);
      if (compared.every(isEqual)) await finishMove(source, run, parts.now());
      else await reopenShop(source, run);
    } catch (error) {
      // What cannot be reopened now stays closed, and repeating the command goes on from there.
      await reopenShop(source, run).catch(() => undefined);
      throw error;
    }
    if (!compared.every(isEqual)) return { kind: 'different', place: placeOf(address), compared };
    await parts.release(run);
    return { kind: 'moved', place: placeOf(address), compared };
  } finally {
    await source.close();
  }
}

async function copyClosed(
  source: Database,
  run: string,
  { fileOf, copyFiles }: StoreCopyBack,
): Promise<readonly Compared[]> {
  // A shop that began on MySQL has no identity of its own yet.
  await source.insert(
    `INSERT INTO ${CLOSED_PREFIX}identity (one, id, epoch) VALUES (1, ?, 0)`,
    randomUUID().replaceAll('-', ''),
  );
  const target = connect(fileOf(run));
  try {
    migrateSqlite(target);
    for (const table of TABLES_BACK) await copyTableBack(source, target, table);
    const files = await copyFiles(source);
    const tables = await compareCopy(target, source, CLOSED_PREFIX);
    return [...tables.map(swapped), ...files];
  } finally {
    target.close();
  }
}

/** Replaces all rows of a table by those of MySQL. At most `ROWS_READ` rows are in memory. */
async function copyTableBack(
  source: Database,
  target: Connection,
  { table, from, key, named = {} }: TableBack,
): Promise<void> {
  const columns = target
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map((column) => reading(column.slice(1)).text());
  const values = columns.map((column) => `CAST(\`${named[column] ?? column}\` AS CHAR)`);
  const page = (where: string): string =>
    `SELECT ${[...values, ...key].join(', ')} FROM ${CLOSED_PREFIX}${from} ${where}
     ORDER BY ${key.join(', ')} LIMIT ${String(ROWS_READ)}`;
  const next = page(`WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')})`);
  const insert = target.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  // A new file has rows of its own, such as its identity.
  target.execute(`DELETE FROM ${table}`);
  let rows = await source.rows(page(''));
  while (rows.length > 0) {
    const read = rows;
    target.transaction(() => {
      for (const row of read) insert.run(...row.slice(0, columns.length).map(asText));
    });
    const last = (read.at(-1) ?? []).slice(columns.length).map(asKey);
    rows = read.length < ROWS_READ ? [] : await source.rows(next, ...last);
  }
}

/** As text, a number above 2^53 arrives as it was; SQLite's strict tables convert it exactly. */
function asText(value: Columns[number]): string | null {
  if (value === null || isText(value)) return value;
  throw new StoreError('invalid', 'the driver gave a value that is not text');
}

function asKey(value: Columns[number]): string | number {
  if (isText(value) || typeof value === 'number') return value;
  throw new StoreError('invalid', 'the driver gave a key that is neither text nor a number');
}
