import Libsql from 'libsql';
import { toStoreError } from '../base/errors';

/** So many problems are named; the rest is as bad. */
const MOST_PROBLEMS = 5;

/**
 * Reads every page of a database from the disk and answers what is wrong with it, in SQLite's words; empty when nothing is. It takes as
 * long as reading the file does, and blocks its thread. Throws `StoreError` when that cannot be done.
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
