import type { MoneyMode } from '../../model/money-mode';
import { withStanding } from '../with-standing';
import type { Store } from '../port';
import type { Probe } from '../probe';
import type { Connection } from './base/connection';
import { connect } from './base/connection';
import type { OwnedFolder } from './base/owner';
import { makePrivate } from './base/private-file';
import { sqliteDiscrepancies } from './runs/discrepancies';
import { groupCommit, PATIENCE_MS } from './commits/group-commit';
import { sqliteInbox } from './inbox/inbox';
import { inboxWriterHere } from './commits/inbox-writer';
import { migrate } from './base/migrate';
import { claimForMoney } from './base/money';
import { refuseMoved } from './base/moved';
import { sqliteApprovals } from './approvals';
import { sqliteDocuments } from './documents';
import { ITEM_NOTES, SIGN_OFFS } from '../rows/versioned-documents';
import { sqliteAlarms, sqliteAudit, sqliteFigures } from './operations';
import { sqlitePaces } from './paces';
import { sqliteRefundCounts } from './refund-counts';
import { sqliteSharedState } from './shared-state';
import { sqliteOrders } from './orders/orders';
import { sqlitePersonalData } from './personal-data';
import { sqliteRefunds } from './refunds/refunds';
import { sqliteStatementRuns } from './runs/statement-runs';
import type { StoreCommits } from './commits/threaded-commits';
import { threadedCommits } from './commits/threaded-commits';
import { sqliteWaits } from './waits';
import { endDeadLeases } from './disk/dead-leases';
import { openProbe } from './disk/probe';
import type { Standings } from './disk/standing';
import { openStandings } from './disk/standing';

/** A store that can be closed. */
export interface ClosableStore extends Store {
  /**
   * Commits everything pending, copies the log into the database file so that this file alone holds
   * everything, and closes it. Later calls reject with `unavailable`.
   */
  close(): void;
}

/** A store in one file. */
export interface SqliteStore extends ClosableStore, Probe {
  /** The content of the low-water mark beside the file. */
  readonly standings: Standings;
}

/**
 * Each step of a statement run is two commits, 0.3 to 5 ms of waiting for the disk; larger steps
 * would delay other work.
 */
const CHUNK = 5_000;

/** Where the store is, and how long it waits. */
export interface SqliteStoreOptions {
  /** The database file; its folder must exist. Created if missing. */
  readonly file: string;
  /**
   * How long a call may wait for another process's transaction before it is refused as
   * `overloaded`, in ms; 5000.
   */
  readonly busyTimeoutMs?: number;
  /**
   * `thread`: a separate thread makes the writes of payments, so that this one never waits for the
   * disk. It needs a second core to be worth its start. Absent: `here`.
   */
  readonly writer?: 'here' | 'thread';
  /**
   * The folder's owner, if the file has one: leases found belong to a dead process, and end at
   * once.
   */
  readonly owner?: OwnedFolder;
  /** Whether its money is simulated. Absent: either is accepted, and none is recorded. */
  readonly money?: MoneyMode;
}

/**
 * How long the driver may block this process while another one holds the file, in ms. Once the file
 * is open, `groupCommit` waits for writes, and a read only waits while another process opens or
 * closes the file.
 */
const BLOCKED_MS = 50;

/**
 * Opens a store and migrates its file. Several processes may have one file open. What a call has
 * written is on disk when its promise resolves. Throws `StoreError`: `misconfigured` when the file
 * cannot be opened or belongs to a newer version, and as a `MovedError` when its data was moved;
 * `invalid` when it is not a database.
 */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const patienceMs = options.busyTimeoutMs ?? PATIENCE_MS;
  const { file, owner, money } = options;
  makePrivate(file);
  const connection = connect(file, patienceMs);
  try {
    migrate(connection);
    refuseMoved(connection);
    if (money !== undefined) claimForMoney(connection, money);
    if (owner !== undefined) endDeadLeases(connection);
    connection.execute(`PRAGMA busy_timeout = ${String(BLOCKED_MS)}`);
    const commits =
      options.writer === 'thread'
        ? threadedCommits(connection, file, patienceMs)
        : commitsHere(connection, patienceMs);
    return {
      ...storeOn(connection, commits),
      ...openProbe(file, commits.writer),
      standings: openStandings(connection, commits),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * The store on a connection to a database of the current version. Closing it closes the connection
 * and, if any, the thread.
 */
export function storeOn(
  connection: Connection,
  commits: StoreCommits = commitsHere(connection, PATIENCE_MS),
): ClosableStore {
  const shared = sqliteSharedState(connection, commits);
  return {
    chunk: CHUNK,
    inbox: sqliteInbox(connection, commits, commits.writer),
    orders: sqliteOrders(connection, commits),
    refunds: sqliteRefunds(connection, commits),
    discrepancies: sqliteDiscrepancies(connection, commits),
    personal: sqlitePersonalData(connection, commits),
    statementRuns: sqliteStatementRuns(connection, commits),
    audit: sqliteAudit(connection, commits),
    approvals: sqliteApprovals(connection, commits),
    signOffs: sqliteDocuments(connection, commits, SIGN_OFFS),
    itemNotes: sqliteDocuments(connection, commits, ITEM_NOTES),
    figures: sqliteFigures(connection, commits),
    alarms: withStanding(sqliteAlarms(connection, commits), shared),
    waits: sqliteWaits(connection, commits),
    paces: sqlitePaces(connection, commits),
    refundCounts: sqliteRefundCounts(connection, commits),
    shared,
    close: () => {
      commits.flush();
      checkpoint(connection);
      connection.close();
    },
  };
}

/**
 * Copies the log into the database file and empties it. The driver does not do this when it closes,
 * and a copy of the file alone would lack everything since the last time.
 *
 * Failure policy: fail open. When another process reads, or the disk is full, the log keeps its
 * content and the next start reads it.
 */
function checkpoint(connection: Connection): void {
  try {
    connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
  } catch {
    // Everything is still in the log.
  }
}

function commitsHere(connection: Connection, patienceMs: number): StoreCommits {
  const commits = groupCommit(connection, patienceMs);
  return { ...commits, writer: inboxWriterHere(connection, commits) };
}
