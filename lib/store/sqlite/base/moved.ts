import type { Instant } from '../../../values/instant';
import { formatBeijing } from '../../../values/instant';
import { MovedError } from '../../errors';
import { reading } from '../../rows/columns';
import type { Connection } from './connection';

/** Where this data was moved, and when. */
export interface Moved {
  readonly place: string;
  readonly at: Instant;
}

/** Reads where this data was moved; null: it was not. */
export function movedTo(connection: Connection): Moved | null {
  const [columns] = connection.prepare('SELECT place, at FROM moved').all();
  if (columns === undefined) return null;
  const row = reading(columns);
  return { place: row.text(), at: row.instant() };
}

/**
 * Marks this data as moved; it is on disk when this returns. The first mark stays. `place` must not
 * contain a password.
 */
export function markMoved(connection: Connection, { place, at }: Moved): void {
  connection.prepare('INSERT OR IGNORE INTO moved (one, place, at) VALUES (1, ?, ?)').run(place, at);
}

/**
 * Throws a `MovedError` when this data was moved.
 *
 * Failure policy: fail closed. Payments would otherwise be split between two shops.
 */
export function refuseMoved(connection: Connection): void {
  const moved = movedTo(connection);
  if (moved !== null) throw movedError(moved);
}

/** The error for data that was moved. */
export function movedError({ place, at }: Moved): MovedError {
  const on = formatBeijing(at, 'YYYY-MM-DD HH:mm');
  return new MovedError(place, on, 'set DATABASE_URL to that database');
}
