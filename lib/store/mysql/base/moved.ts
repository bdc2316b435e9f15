import { randomUUID } from 'node:crypto';
import type { Instant } from '../../../values/instant';
import { formatBeijing } from '../../../values/instant';
import { MovedError, StoreError } from '../../errors';
import { reading } from '../../rows/columns';
import type { Database } from './database';

/*
 * A shop that is copied back to SQLite is closed first: its tables get other names, in one
 * statement. From then on every statement of every server fails, also of one that lost its
 * connection for a while and of one that is older than this file. A row in `moved_to` says so to
 * those that start.
 */

/** What the names of the tables of a closed shop begin with. */
export const CLOSED_PREFIX = 'moved_';

/** Tables that keep their names. Without the others, no server adds bills to the last one. */
const KEPT: ReadonlySet<string> = new Set(['schema_version', 'moved_to', 'copied_from', 'statement_pieces']);

/** How long closing waits for transactions that are under way, in ms. */
const CLOSE_MS = 60_000;

/** Where a shop is being copied back to. */
export interface ClosedShop {
  /** The copying that closed it, or that took it over. */
  readonly run: string;
  /** Null until the copy is complete. */
  readonly movedTo: { readonly place: string; readonly at: Instant } | null;
}

/** Reads whether this shop is closed; null: it is not. */
export async function closedShop(database: Database): Promise<ClosedShop | null> {
  if ((await database.rows(`SHOW TABLES LIKE 'moved\\_to'`)).length === 0) return null;
  const [columns] = await database.rows('SELECT run, place, finished_at FROM moved_to WHERE one = 1');
  if (columns === undefined) return null;
  const row = reading(columns);
  const [run, place, at] = [row.text(), row.text(), row.instantOrNull()];
  return { run, movedTo: at === null ? null : { place, at } };
}

/**
 * Rejects with `StoreError` when this shop is closed: a `MovedError` once its copy is complete.
 *
 * Failure policy: fail closed. Payments would otherwise be split between two shops.
 */
export async function refuseClosed(database: Database): Promise<void> {
  const closed = await closedShop(database);
  if (closed === null) return;
  throw closed.movedTo === null ? beingMoved() : movedError(closed.movedTo);
}

/**
 * Closes a migrated shop to all servers and returns the token of this copying. One that an
 * interrupted copying left closed is taken over. Rejects with a `MovedError` when it was moved.
 */
export async function closeShop(database: Database, place: string, now: Instant): Promise<string> {
  const run = randomUUID();
  await database.change(
    `CREATE TABLE IF NOT EXISTS moved_to (
       one TINYINT NOT NULL PRIMARY KEY, run VARCHAR(64) NOT NULL, place VARCHAR(1000) NOT NULL,
       begun_at BIGINT NOT NULL, finished_at BIGINT
     ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  );
  const before = await closedShop(database);
  if (before !== null && before.movedTo !== null) throw movedError(before.movedTo);
  await database.change(
    `INSERT INTO moved_to (one, run, place, begun_at) VALUES (1, ?1, ?2, ?3)
     ON DUPLICATE KEY UPDATE run = ?1, place = ?2`,
    run,
    place.slice(0, 1_000),
    now,
  );
  await rename(database, (name) => (isClosed(name) ? name : `${CLOSED_PREFIX}${name}`));
  return run;
}

/** Opens the shop to servers again, because it was not moved. Only for the copying `run`. */
export async function reopenShop(database: Database, run: string): Promise<void> {
  await holdShop(database, run);
  await rename(database, (name) => (isClosed(name) ? name.slice(CLOSED_PREFIX.length) : name));
  await database.change('DELETE FROM moved_to WHERE run = ? AND finished_at IS NULL', run);
}

/**
 * Records that the copy is complete: no server serves this shop any more. Rejects with `StoreError`
 * `misconfigured` when another copying took it over.
 */
export async function finishMove(database: Database, run: string, now: Instant): Promise<void> {
  const finished = await database.change(
    'UPDATE moved_to SET finished_at = ? WHERE run = ? AND finished_at IS NULL',
    now,
    run,
  );
  if (finished !== 1) throw takenOver();
}

async function holdShop(database: Database, run: string): Promise<void> {
  const closed = await closedShop(database);
  if (closed?.run !== run || closed.movedTo !== null) throw takenOver();
}

/** In one statement, which succeeds or fails as a whole. */
async function rename(database: Database, nameOf: (name: string) => string): Promise<void> {
  const names = (await database.rows('SHOW TABLES')).map((columns) => reading(columns).text());
  const changed = names.filter((name) => !KEPT.has(name) && nameOf(name) !== name);
  if (changed.length === 0) return;
  const renamed = changed.map((name) => `${name} TO ${nameOf(name)}`).join(', ');
  await database.changeTables(`RENAME TABLE ${renamed}`, CLOSE_MS);
}

function isClosed(name: string): boolean {
  return name.startsWith(CLOSED_PREFIX);
}

function movedError({ place, at }: NonNullable<ClosedShop['movedTo']>): MovedError {
  const on = formatBeijing(at, 'YYYY-MM-DD HH:mm');
  return new MovedError(place, on, 'there, remove DATABASE_URL, set DATA_DIR to that folder');
}

function beingMoved(): StoreError {
  return new StoreError(
    'misconfigured',
    'this shop is being copied back to SQLite: repeat npm run ops -- copy-back to finish it ' +
      '(docs/servers.md)',
  );
}

function takenOver(): StoreError {
  return new StoreError('misconfigured', 'another npm run ops -- copy-back has taken this shop over');
}
