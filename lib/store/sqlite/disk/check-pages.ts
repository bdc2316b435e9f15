import Libsql from 'libsql';
import { toStoreError } from '../base/errors';

/** How many problems are listed. */
const MOST_PROBLEMS = 5;

/**
 * Reads every page of a database from disk and returns its problems in SQLite's words; empty for
 * none. It takes as long as reading the file and blocks its thread. Throws `StoreError` when the
 * check itself fails.
 */
export function checkPages(file: string): readonly string[] {
  try {
    const database = new Libsql(file);
    try {
      const rows: unknown[] = database.prepare(`PRAGMA quick_check(${MOST_PROBLEMS})`).raw().all();
      return rows
        .map((row) => String(Array.isArray(row) ? row[0] : row))
        .filter((problem) => problem !== 'ok');
    } finally {
      database.close();
    }
  } catch (error) {
    const failure = toStoreError(error);
    if (failure.code === 'damaged') return [failure.message];
    throw failure;
  }
}
