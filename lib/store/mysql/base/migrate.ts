import { randomUUID } from 'node:crypto';
import { StoreError } from '../../errors';
import { reading } from '../../rows/columns';
import { tables } from '../migrations/0001-tables';
import { copiedFrom } from '../migrations/0002-copied-from';
import { cashOfDays } from '../migrations/0003-cash';
import { lookingUpOrders } from '../migrations/0004-looking-up-orders';
import { documents } from '../migrations/0005-documents';
import { personalData } from '../migrations/0006-personal-data';
import { merchantsOfDueQueries } from '../migrations/0007-merchants-of-due-queries';
import { sumsOfADay } from '../migrations/0008-sums-of-a-day';
import type { Database } from './database';
import { errorNumber, MysqlError } from './errors';
import { wantedTables } from './wanted';

/** All migrations, in order. A released one never changes; a new one gets the next number. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  tables,
  copiedFrom,
  cashOfDays,
  lookingUpOrders,
  documents,
  personalData,
  merchantsOfDueQueries,
  sumsOfADay,
];

/** How migrating waits, in ms. */
export interface MigrateOptions {
  /** The migrations; this program's. */
  readonly migrations?: readonly (readonly string[])[];
  /** How long to wait for another server that migrates; 120000. */
  readonly patienceMs?: number;
  /** How long between looks at the lock of another server; 200. */
  readonly lookMs?: number;
}

/**
 * How long a server may take for one statement before another one takes over. Were it still
 * running, both would run the same statement, and the second finds it done.
 */
const LEASE_MS = 60_000;

/**
 * How long this server waits for one statement: until shortly before its lease ends. The database
 * finishes a longer one all the same, and the next start finds it done.
 */
const STATEMENT_MS = 55_000;

/**
 * Already there: table, column, key, key name, row; or already gone. A statement of a migration
 * cannot be undone with others (MySQL commits each by itself), so after a crash the last one is run
 * again and may find its own work.
 */
const DONE_BEFORE: ReadonlySet<number> = new Set([1050, 1060, 1061, 1062, 1091]);

/** A column that does not exist. */
const NO_COLUMN = 1054;

const NOW = 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)';

interface Standing {
  readonly version: number;
  /** How many statements of the next migration are done. */
  readonly done: number;
}

/**
 * Migrates the database to this program's version. Several servers may do it at once: a row with a
 * lease by the database's clock lets one at a time. It also works on TiDB and behind proxies that
 * give each statement another connection, where `GET_LOCK` does not.
 *
 * Failure policy: fail closed. A database of a newer version is refused with `StoreError`
 * `misconfigured`, because this program does not know that version's promises, and so is one that
 * has tables with our names which no migration of ours made. Nothing is written to either.
 */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<void> {
  const { migrations = MIGRATIONS, patienceMs = 120_000, lookMs = 200 } = options;
  await beginOnce(database, migrations);
  const token = randomUUID();
  const end = performance.now() + patienceMs;
  for (;;) {
    const { version } = await standing(database);
    if (version > migrations.length) throw tooNew(version, migrations.length);
    if (version === migrations.length) return;
    if (await take(database, token)) break;
    if (performance.now() > end) {
      throw new StoreError(
        'overloaded',
        'another server has been migrating the database for too long: see its log, and start again',
      );
    }
    await new Promise((resolve) => {
      setTimeout(resolve, lookMs);
    });
  }
  try {
    await migrateHeld(database, migrations, token);
  } finally {
    await database
      .change('UPDATE schema_version SET holder = NULL, held_until = NULL WHERE holder = ?', token)
      .catch(() => undefined);
  }
}

/**
 * Makes the table of the version. It is looked for first: a start against a replica that accepts no
 * writes must not fail when nothing is to be written.
 *
 * Failure policy: fail closed. It is only made where none of our tables exists, so that every table
 * found later is our own. A table of somebody else's, e.g. another shop's `orders`, would otherwise
 * pass for a step done before.
 */
async function beginOnce(database: Database, migrations: readonly (readonly string[])[]): Promise<void> {
  if (!(await hasVersion(database))) {
    const found = await tablesOf(database, migrations);
    // Another server may have begun meanwhile: it made the version first, then what was found.
    if (found.length > 0 && !(await hasVersion(database))) throw foreign(found);
    await database.change(
      `CREATE TABLE IF NOT EXISTS schema_version (
         one TINYINT NOT NULL PRIMARY KEY, version INT NOT NULL, done INT NOT NULL,
         holder VARCHAR(64), held_until BIGINT
       ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    );
  }
  const rows = await versionRows(database);
  if (rows.length === 0) {
    await database.insert('INSERT INTO schema_version (one, version, done) VALUES (1, 0, 0)');
  }
}

/** Refuses a table of this name that has other columns: other programs keep a version too. */
async function versionRows(database: Database): Promise<readonly unknown[]> {
  try {
    return await database.rows('SELECT version, done, held_until FROM schema_version WHERE one = 1');
  } catch (error) {
    if (error instanceof MysqlError && errorNumber(error.cause) === NO_COLUMN)
      throw foreign(['schema_version']);
    throw error;
  }
}

async function hasVersion(database: Database): Promise<boolean> {
  return (await database.rows(`SHOW TABLES LIKE 'schema\\_version'`)).length > 0;
}

/** Those of the tables that migrations make which the database has, by name. */
async function tablesOf(
  database: Database,
  migrations: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const found = await database.rows(
    `SELECT table_name FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name IN (?) ORDER BY table_name`,
    [...wantedTables(migrations).keys()],
  );
  return found.map((columns) => reading(columns).text());
}

async function migrateHeld(
  database: Database,
  migrations: readonly (readonly string[])[],
  token: string,
): Promise<void> {
  let { version, done } = await standing(database);
  for (;;) {
    const statements = migrations[version];
    if (statements === undefined) break;
    const statement = statements[done];
    if (statement === undefined) [version, done] = [version + 1, 0];
    else {
      for (const one of stepsOn(database.version, statement)) await apply(database, one);
      done += 1;
    }
    const kept = await database.change(
      `UPDATE schema_version SET version = ?, done = ?, held_until = ${NOW} + ${String(LEASE_MS)} WHERE holder = ?`,
      version,
      done,
      token,
    );
    if (kept === 0) {
      throw new StoreError('overloaded', 'another server took over the migration: start again');
    }
  }
  if (version > migrations.length) throw tooNew(version, migrations.length);
}

/**
 * A statement as this server takes it. TiDB does not replace an index in one statement: it answers
 * that the index exists, which would pass for a step done before. There, servers of the old version
 * fail while the index is missing.
 */
export function stepsOn(version: string, statement: string): readonly string[] {
  const replaced = /^(ALTER TABLE \w+) (DROP KEY (\w+)),\s+(ADD KEY \3 [^;]+)$/.exec(statement);
  if (replaced === null || !/tidb/i.test(version)) return [statement];
  const [, table = '', drop = '', , add = ''] = replaced;
  return [`${table} ${drop}`, `${table} ${add}`];
}

async function apply(database: Database, statement: string): Promise<void> {
  try {
    await database.changeTables(statement, STATEMENT_MS);
  } catch (error) {
    if (!(error instanceof MysqlError)) throw error;
    if (error.kind === 'conflict' || error.kind === 'locked') throw busy(error);
    const number = errorNumber(error.cause);
    if (number === null || !DONE_BEFORE.has(number)) throw error;
  }
}

async function standing(database: Database): Promise<Standing> {
  const [columns] = await database.rows('SELECT version, done FROM schema_version WHERE one = 1');
  const row = reading(columns ?? []);
  return { version: row.integer(), done: row.integer() };
}

async function take(database: Database, token: string): Promise<boolean> {
  const taken = await database.change(
    `UPDATE schema_version SET holder = ?, held_until = ${NOW} + ${String(LEASE_MS)}
     WHERE one = 1 AND (held_until IS NULL OR held_until <= ${NOW})`,
    token,
  );
  return taken === 1;
}

/**
 * A table is changed once every transaction that uses it has ended, and until then everybody else
 * waits behind the change. So it waits as long as a query may, and the next start tries again.
 */
function busy(cause: MysqlError): StoreError {
  const message =
    'the migration needs a table that a long transaction uses, such as a running backup, and changed nothing there: ' +
    'start again once that has ended (SHOW PROCESSLIST shows it)';
  return new StoreError('overloaded', message, { cause });
}

function tooNew(version: number, known: number): StoreError {
  return new StoreError(
    'misconfigured',
    `the database has version ${String(version)} and this program knows ${String(known)}: ` +
      'start the newer program, or restore the backup made before the upgrade',
  );
}

function foreign(found: readonly string[]): StoreError {
  return new StoreError(
    'misconfigured',
    `the database has tables that this program did not make: ${found.join(', ')}; ` +
      'set DATABASE_URL to an empty database of its own (docs/servers.md), or, if they are a backup ' +
      'of this program, restore it with its table schema_version',
  );
}
