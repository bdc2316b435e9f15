import { randomUUID } from 'node:crypto';
import type { Instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import { reading } from '../../rows/columns';
import type { Database } from './database';

/** Tables that are no part of a shop: they are there in a new database. */
const NO_DATA: ReadonlySet<string> = new Set(['schema_version', 'turns', 'copied_from']);

/** What a database says of the store it was copied from. */
export interface CopyRecord {
  /** The identity of the source. */
  readonly source: string;
  readonly isFinished: boolean;
}

/** Reads the record of a copy; null: this database is no copy. */
export async function copyRecord(database: Database): Promise<CopyRecord | null> {
  const [columns] = await database.rows('SELECT source, finished_at FROM copied_from WHERE one = 1');
  if (columns === undefined) return null;
  const row = reading(columns);
  return { source: row.text(), isFinished: row.integerOrNull() !== null };
}

/**
 * Rejects with `StoreError` `misconfigured` when the database holds an unfinished copy.
 *
 * Failure policy: fail closed. It lacks notifications that were acknowledged, and the source may
 * still be served.
 */
export async function refuseUnfinished(database: Database): Promise<void> {
  const record = await copyRecord(database);
  if (record === null || record.isFinished) return;
  throw new StoreError(
    'misconfigured',
    'this database holds an unfinished copy: repeat npm run ops -- copy to finish it, or set DATABASE_URL to another ' +
      'database (docs/servers.md)',
  );
}

/**
 * Rejects with `StoreError` `misconfigured` when the database has tables, but none of this program.
 * Migrating would take the table of another program for its own.
 */
export async function refuseForeignTables(database: Database): Promise<void> {
  const tables = await tablesOf(database);
  if (tables.length === 0 || tables.includes('schema_version')) return;
  throw new StoreError(
    'misconfigured',
    'the database has tables of another program: create a database of its own for the copy',
  );
}

/**
 * Takes a migrated database for a copy of `source`, empties what an interrupted copy left, and
 * returns the token of this run. From now on no server serves it. Rejects with `StoreError`
 * `misconfigured` when it holds anything but an unfinished copy of the same source.
 */
export async function beginCopy(database: Database, source: string, now: Instant): Promise<string> {
  const run = randomUUID();
  const record = await copyRecord(database);
  if (record === null) await takeEmpty(database, source, run, now);
  else {
    if (record.isFinished) throw refused('holds a shop that was copied there before');
    if (record.source !== source) throw refused('holds an unfinished copy of another shop');
    await database.change('UPDATE copied_from SET run = ? WHERE one = 1', run);
  }
  for (const table of await dataTables(database)) await database.change(`TRUNCATE TABLE ${table}`);
  return run;
}

/**
 * Releases the database to servers. Rejects with `StoreError` `misconfigured` when another run has
 * taken the copy over.
 */
export async function finishCopy(database: Database, run: string, now: Instant): Promise<void> {
  const finished = await database.change(
    'UPDATE copied_from SET finished_at = ? WHERE one = 1 AND run = ? AND finished_at IS NULL',
    now,
    run,
  );
  if (finished !== 1) throw refused('was taken by another copy meanwhile');
}

/**
 * The record is written before the tables are looked at, and a starting server claims the database
 * before it looks for the record: at least one of the two sees the other.
 */
async function takeEmpty(database: Database, source: string, run: string, now: Instant): Promise<void> {
  const isTaken = await database.insert(
    'INSERT INTO copied_from (one, source, run, begun_at) VALUES (1, ?, ?, ?)',
    source,
    run,
    now,
  );
  if (!isTaken) throw refused('was taken by another copy meanwhile');
  for (const table of await dataTables(database)) {
    const rows = await database.rows(`SELECT 1 FROM ${table} LIMIT 1`);
    if (rows.length === 0) continue;
    await database.change('DELETE FROM copied_from WHERE run = ?', run);
    throw refused(`is not empty: it has rows in ${table}`);
  }
}

async function dataTables(database: Database): Promise<readonly string[]> {
  return (await tablesOf(database)).filter((table) => !NO_DATA.has(table));
}

async function tablesOf(database: Database): Promise<readonly string[]> {
  return (await database.rows('SHOW TABLES')).map((columns) => reading(columns).text());
}

function refused(why: string): StoreError {
  return new StoreError(
    'misconfigured',
    `the target database ${why}; nothing in it was changed: create an empty database of its own for the copy`,
  );
}
