import type { Store } from '../port';
import type { Connection } from './connection';
import { connect } from './connection';
import { sqliteDiscrepancies } from './discrepancies';
import { groupCommit, PATIENCE_MS } from './group-commit';
import { sqliteInbox } from './inbox';
import { migrate } from './migrate';
import { sqliteAlarms, sqliteAudit, sqliteFigures } from './operations';
import { sqliteOrders } from './orders';
import { sqliteRefunds } from './refunds';
import { sqliteStatementRuns } from './statement-runs';

/** A store in one file. */
export interface SqliteStore extends Store {
  /** Commits what was asked for and lets go of the file. Calls after that reject with `unavailable`. */
  close(): void;
}

/** Each step of a statement's run is two commits, 0.3 to 5 ms of waiting for the disk; more at once would keep others waiting. */
const CHUNK = 5_000;

/** Where the store is, and how patient it is. */
export interface SqliteStoreOptions {
  /** The database file; its folder must exist. Created when it does not exist. */
  readonly file: string;
  /** How long a call may wait for another process's transaction before it is refused as `overloaded`, in ms; 5000. */
  readonly busyTimeoutMs?: number;
}

/**
 * How long the driver may block this process while another one holds the file, in ms. Once the file is open, a write is waited for by
 * `groupCommit`, and a read waits for nobody but another process that opens or closes the file.
 */
const BLOCKED_MS = 50;

/**
 * Opens a store, and brings its file up to date. Several processes may have one file open. What a call has written is
 * on disk when its promise resolves. Throws `StoreError`: `misconfigured` when the file cannot be opened or belongs to
 * a newer version, `invalid` when it is no database.
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const patienceMs = options.busyTimeoutMs ?? PATIENCE_MS;
  const connection = connect(options.file, patienceMs);
  try {
    migrate(connection);
    connection.execute(`PRAGMA busy_timeout = ${String(BLOCKED_MS)}`);
    return storeOn(connection, patienceMs);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * The store on a connection to a database of the current version, whose writes wait so long for another process, in ms. Closing it
 * closes the connection.
 */
export function storeOn(connection: Connection, patienceMs = PATIENCE_MS): SqliteStore {
  const commits = groupCommit(connection, patienceMs);
  return {
    chunk: CHUNK,
    inbox: sqliteInbox(connection, commits),
    orders: sqliteOrders(connection, commits),
    refunds: sqliteRefunds(connection, commits),
    discrepancies: sqliteDiscrepancies(connection, commits),
    statementRuns: sqliteStatementRuns(connection, commits),
    audit: sqliteAudit(connection, commits),
    figures: sqliteFigures(connection, commits),
    alarms: sqliteAlarms(connection, commits),
    close: () => {
      commits.flush();
      connection.close();
    },
  };
}
