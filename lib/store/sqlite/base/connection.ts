import Libsql from 'libsql';
import { StoreError } from '../../errors';
import type { Bindable, Columns } from '../../rows/columns';
import { toStoreError } from './errors';

/** A prepared statement. Every error is thrown as a `StoreError`. */
export interface Statement {
  /** Runs it and returns the number of changed rows. */
  run(...values: readonly Bindable[]): number;
  /** Runs it and returns its rows, each with its columns in order. */
  all(...values: readonly Bindable[]): readonly Columns[];
}

/** One connection to the database file. Everything on it is synchronous. */
export interface Connection {
  prepare(sql: string): Statement;
  /** Runs SQL without result rows, one statement or several. */
  execute(sql: string): void;
  /**
   * Runs `work` in its own transaction, which holds the write lock from its start, and returns its
   * result. Nothing is written when it throws.
   */
  transaction<Result>(work: () => Result): Result;
  /** Closes the file. Later calls throw `unavailable`. */
  close(): void;
}

/**
 * Pages of 4 KiB in the log before it is copied into the database. With a checkpoint every 1,000
 * pages (the default), draining copies hot pages over and over.
 */
const CHECKPOINT_PAGES = 4_000;

/**
 * The size the log keeps after it was copied into the database, in bytes. Otherwise one long
 * transaction would leave a log of its own size permanently.
 */
const LOG_BYTES_KEPT = 64 * 1024 * 1024;

/** Page cache, in KiB. */
const CACHE_KIB = 65_536;

/**
 * Opens the file, creating it if needed. A statement blocks the process for up to `busyTimeoutMs`
 * while another process holds the file. A commit is on disk when it returns (write-ahead log,
 * synchronous = FULL). Throws `StoreError`.
 */
export function connect(file: string, busyTimeoutMs = 5_000): Connection {
  const database = attempt(() => new Libsql(file));
  let open = true;

  const use = <Result>(work: () => Result): Result => {
    // On a closed connection the driver silently ignores statements.
    if (!open) throw new StoreError('unavailable', 'the store is closed: open it again');
    return attempt(work);
  };

  const prepare = (sql: string): Statement => {
    const statement = use(() => database.prepare(sql));
    let raw = false;
    return {
      run: (...values) => use(() => statement.run(values).changes),
      all: (...values) =>
        use(() => {
          if (!raw) statement.raw();
          raw = true;
          return statement.all(values).map(asColumns);
        }),
    };
  };

  const execute = (sql: string): void => {
    use(() => database.exec(sql));
  };

  try {
    execute(`PRAGMA busy_timeout = ${String(busyTimeoutMs)}`);
    execute('PRAGMA journal_mode = WAL');
    execute('PRAGMA synchronous = FULL');
    execute('PRAGMA foreign_keys = OFF');
    execute(`PRAGMA wal_autocheckpoint = ${String(CHECKPOINT_PAGES)}`);
    execute(`PRAGMA journal_size_limit = ${String(LOG_BYTES_KEPT)}`);
    execute(`PRAGMA cache_size = -${String(CACHE_KIB)}`);
  } catch (error) {
    database.close();
    throw error;
  }

  const begin = prepare('BEGIN IMMEDIATE');
  const commit = prepare('COMMIT');

  return {
    prepare,
    execute,
    transaction: (work) => {
      begin.run();
      try {
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        // On a full or failing disk SQLite rolls back by itself.
        if (database.inTransaction) execute('ROLLBACK');
        throw error;
      }
    },
    close: () => {
      if (!open) return;
      open = false;
      database.close();
    },
  };
}

function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}

function asColumns(row: unknown): Columns {
  if (!Array.isArray(row)) throw new StoreError('invalid', 'the driver gave a row without columns');
  return row;
}
