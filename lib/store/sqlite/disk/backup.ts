import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { isRecord } from '../../../values/json';
import type { Instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import type { Connection } from '../base/connection';
import { connect } from '../base/connection';
import { toStoreError } from '../base/errors';
import { makePrivate } from '../base/private-file';
import { syncNames } from './low-water-mark';

/** The tables whose rows a backup counts. */
export const COUNTED = ['inbox', 'orders', 'refunds', 'discrepancies', 'statement_runs', 'audit'] as const;

/** The number of rows of each. */
export type RowCounts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** The content of a backup. */
export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly rows: RowCounts;
}

/**
 * Tables whose highest row only rises during the copy, so that of the copy lies between before and
 * after.
 */
const GROWING = ['inbox', 'orders', 'refunds'] as const;

/**
 * Writes a consistent copy of a database that may be in use, on its own connection, so that no
 * answer to WeChat Pay waits for it. The copy is complete, checked and on disk (0600) before it
 * gets its name. It is marked as a backup, so that a server started on it asks for a person first.
 * `beside` writes the files that belong to it, after the copy is made and before it gets its name.
 *
 * Failure policy: fail closed. Throws `StoreError` when a file of this name exists, the source is
 * damaged or of an earlier version, or the disk is full. Everything written is removed then. While
 * it runs, the log of the source cannot be emptied and grows.
 */
export async function backUp(
  source: string,
  file: string,
  now: Instant,
  beside: () => Promise<void> = () => Promise.resolve(),
): Promise<BackupReport> {
  if (!existsSync(source)) throw new StoreError('misconfigured', `${source} is not there: set DATA_DIR`);
  refuseExisting(file);
  const unfinished = `${file}.${randomUUID()}.tmp`;
  try {
    makePrivate(unfinished);
    const [before, after] = copied(source, unfinished);
    const rows = checked(unfinished, now, before, after);
    await forceToDisk(unfinished);
    await beside();
    await named(unfinished, file);
    return { file, bytes: statSync(file).size, rows };
  } catch (error) {
    throw error instanceof StoreError
      ? error
      : new StoreError('unavailable', fileText(file, error), { cause: error });
  } finally {
    for (const name of [unfinished, `${unfinished}-journal`])
      await rm(name, { force: true }).catch(() => undefined);
  }
}

function refuseExisting(file: string): void {
  if (existsSync(file))
    throw new StoreError('misconfigured', `${file} exists and was not changed: choose another name`);
}

function fileText(file: string, error: unknown): string {
  const code = isRecord(error) && typeof error['code'] === 'string' ? ` (${error['code']})` : '';
  return `${file} could not be written${code}: check whether its folder exists and is writable, and check the disk`;
}

type Highest = Readonly<Record<(typeof GROWING)[number], number>>;

function copied(source: string, file: string): readonly [Highest, Highest] {
  const connection = connect(source);
  try {
    const tables = connection.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'identity'`).all();
    if (tables[0]?.[0] !== 1)
      throw new StoreError(
        'misconfigured',
        `${source} is of an earlier version: start the server of this version once`,
      );
    const before = highest(connection);
    connection.prepare('VACUUM INTO ?').run(file);
    return [before, highest(connection)];
  } finally {
    connection.close();
  }
}

function highest(connection: Connection): Highest {
  const highestIn = (table: string) =>
    Number(connection.prepare(`SELECT coalesce(max(id), 0) FROM ${table}`).all()[0]?.[0] ?? 0);
  return { inbox: highestIn('inbox'), orders: highestIn('orders'), refunds: highestIn('refunds') };
}

/**
 * Checks the copy's pages and rows, and marks it as a backup. It has no log of its own, so that it
 * is one file.
 */
function checked(file: string, now: Instant, before: Highest, after: Highest): RowCounts {
  try {
    const copy = new Libsql(file);
    try {
      copy.exec('PRAGMA journal_mode = DELETE');
      copy.exec('PRAGMA synchronous = FULL');
      const number = (sql: string) => Number(firstOf(copy.prepare(sql).raw().get()));
      const verdict = String(firstOf(copy.prepare('PRAGMA quick_check(1)').raw().get()));
      if (verdict !== 'ok')
        throw new StoreError('invalid', `the copy is damaged (${verdict}): check the database and the disk`);
      for (const table of GROWING) {
        const there = number(`SELECT coalesce(max(id), 0) FROM ${table}`);
        if (there < before[table] || there > after[table])
          throw new StoreError('invalid', `the copy lacks rows of ${table}: try again, and check the disk`);
      }
      copy.prepare('UPDATE identity SET backup_at = ? WHERE one = 1').run(now);
      const count = (table: string) => number(`SELECT count(*) FROM ${table}`);
      return {
        inbox: count('inbox'),
        orders: count('orders'),
        refunds: count('refunds'),
        discrepancies: count('discrepancies'),
        statement_runs: count('statement_runs'),
        audit: count('audit'),
      };
    } finally {
      copy.close();
    }
  } catch (error) {
    throw toStoreError(error);
  }
}

function firstOf(row: unknown): unknown {
  return Array.isArray(row) ? row[0] : undefined;
}

/** Forces a file's bytes to disk. */
export async function forceToDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives the copy its name without replacing anything: a link fails where a rename overwrites. */
async function named(unfinished: string, file: string): Promise<void> {
  try {
    await link(unfinished, file);
  } catch (error) {
    const code = isRecord(error) ? error['code'] : undefined;
    if (code === 'EEXIST') refuseExisting(file);
    // Some file systems have no links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    refuseExisting(file);
    await rename(unfinished, file);
  }
  await syncNames(dirname(file));
}
