import { isRecord } from '../../../values/json';
import type { Instant } from '../../../values/instant';
import type { Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import type { MysqlAddress } from './address';
import type { Database, Session, UnknownCommit } from './database';
import { ATTEMPTS } from './database';
import { MysqlError, toMysqlError } from './errors';
import type { Bounds, Link } from './link';
import { connectLink } from './link';
import type { Pool, PoolState } from './pool';
import { openPool } from './pool';
import type { Bindable } from './sql';
import { statementText } from './sql';

/** How a database is used. Times in ms. */
export interface DatabaseOptions {
  readonly address: MysqlAddress;
  /** The most connections of this process; 8. */
  readonly poolSize?: number;
  /**
   * How many of them only `acks` uses; 0. Without any, calls that wait for a table that is being
   * changed could use all connections, and refuse notifications that need another table.
   */
  readonly reserved?: number;
  /** How long a call waits for a free connection; 5000. */
  readonly acquireMs?: number;
  readonly bounds?: Partial<Bounds & Patience>;
  /** Whether `FOR UPDATE SKIP LOCKED` is used. Absent: where the server has it. */
  readonly skipLocked?: boolean;
  /**
   * The time of leases, as SQL. Absent: the database's clock. Tests whose time is not today's pass
   * the caller's.
   */
  readonly leaseNow?: (now: Instant) => string;
}

/** A database, and what is known of it. */
export interface OpenDatabase extends Database {
  readonly counts: () => DatabaseCounts;
}

/** What happened since it was opened, and what the pool does now. */
export interface DatabaseCounts extends PoolState {
  /** Transactions done again after a deadlock or a lock wait time-out. */
  readonly conflicts: number;
  /** Connections lost while in use. */
  readonly lost: number;
  /** Commits without an answer. */
  readonly unknownCommits: number;
}

/** The time of the database in ms. The session's zone is UTC, so no hour is repeated. */
const DATABASE_NOW = 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)';

/** How long work is tried again, in ms. */
export interface Patience {
  /**
   * A transaction is not tried again after this: leases must outlive what is done under them.
   */
  readonly patienceMs: number;
}

const BOUNDS: Bounds & Patience = {
  connectMs: 5_000,
  queryMs: 10_000,
  lockWaitMs: 3_000,
  // More than a minute: then a worker that looks once a minute keeps its connection.
  idleMs: 120_000,
  patienceMs: 8_000,
};

/**
 * The longest wait for a row over reserved connections, in ms. Notifications are written in groups,
 * and a group waits once before its new messages are written without the repeat whose row is held:
 * they are then still answered within 2.5 s, the default of `inbox.ackBudgetMs`.
 */
const ACK_LOCK_WAIT_MS = 1_000;

/** The longest pause before a transaction is tried again, in ms, per attempt. */
const PAUSE_MS = 20;

/** Connects once, to learn what the server is, and keeps connecting as needed. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const bounds = { ...BOUNDS, ...options.bounds };
  const { poolSize = 8, reserved = 0, acquireMs = 5_000 } = options;
  const poolOf = (size: number, lockWaitMs: number): Pool =>
    openPool({ size, acquireMs, connect: () => connectLink(options.address, { ...bounds, lockWaitMs }) });
  const pool = poolOf(poolSize - reserved, bounds.lockWaitMs);
  const reservedPool =
    reserved === 0 ? null : poolOf(reserved, Math.min(bounds.lockWaitMs, ACK_LOCK_WAIT_MS));
  try {
    const server = await pool.use(examine);
    const { leaseNow = () => DATABASE_NOW, skipLocked = server.skipsLocked } = options;
    return databaseOn(
      [pool, reservedPool],
      { ...server, skipsLocked: skipLocked },
      leaseNow,
      bounds.patienceMs,
    );
  } catch (error) {
    await pool.close();
    throw error;
  }
}

interface Server {
  readonly version: string;
  readonly skipsLocked: boolean;
  readonly maxStatementBytes: number;
}

async function examine(link: Link): Promise<Server> {
  const [columns] = rowsOf(await link.query('SELECT VERSION(), @@max_allowed_packet'));
  const row = reading(columns ?? []);
  const version = row.text();
  // The packet also has a header, and TiDB counts what it adds to the text.
  const maxStatementBytes = row.integer() - 1_024;
  return { version, maxStatementBytes, skipsLocked: await skipsLocked(link, version) };
}

/**
 * Asks the server, because forks and proxies differ in their versions. TiDB accepts the words but
 * waits all the same.
 */
async function skipsLocked(link: Link, version: string): Promise<boolean> {
  if (/tidb/i.test(version)) return false;
  try {
    await link.query('SELECT 1 FROM (SELECT 1 AS one) t FOR UPDATE SKIP LOCKED');
    return true;
  } catch (error) {
    const failure = toMysqlError(error);
    if (!link.isOpen()) throw failure;
    return false;
  }
}

/** Whose connections a call uses, and whether it is done again after waiting for a row. */
interface CallKind {
  readonly from: Pool;
  readonly isPatient: boolean;
}

/** The state of both pools as one. */
function together(one: PoolState, other: PoolState | undefined): PoolState {
  if (other === undefined) return one;
  return {
    size: one.size + other.size,
    used: one.used + other.used,
    idle: one.idle + other.idle,
    waiting: one.waiting + other.waiting,
  };
}

function databaseOn(
  [pool, reserved]: readonly [Pool, Pool | null],
  { version, skipsLocked: skips, maxStatementBytes }: Server,
  leaseNow: (now: Instant) => string,
  patienceMs: number,
): OpenDatabase {
  const counts = { conflicts: 0, lost: 0, unknownCommits: 0 };

  const run = async (
    link: Link,
    sql: string,
    values: readonly Bindable[],
    withinMs?: number,
  ): Promise<unknown> => {
    const text = statementText(sql, values);
    if (text.length * 3 > maxStatementBytes && Buffer.byteLength(text) > maxStatementBytes) {
      // The server would close the connection in the middle of the statement.
      const message = 'the request is larger than max_allowed_packet of the MySQL server: raise it to 64M';
      throw new MysqlError('refused', 'too_large', message);
    }
    try {
      return await link.query(text, withinMs);
    } catch (error) {
      const failure = toMysqlError(error);
      if (failure.kind === 'lost') counts.lost += 1;
      throw failure;
    }
  };

  const sessionOn = (link: Link): Session => ({
    rows: async (sql, ...values) => rowsOf(await run(link, sql, values)),
    change: async (sql, ...values) => affected(await run(link, sql, values)),
    insert: async (sql, ...values) => {
      try {
        await run(link, sql, values);
        return true;
      } catch (error) {
        if (error instanceof MysqlError && error.kind === 'duplicate') return false;
        throw error;
      }
    },
  });

  const isWorthTrying = (error: unknown, attempt: number, begun: number, isPatient = true): boolean => {
    if (!(error instanceof MysqlError) || attempt >= ATTEMPTS) return false;
    if (isUndone(error)) counts.conflicts += 1;
    if (error.kind === 'locked' && !isPatient) return false;
    const isPassing = isUndone(error) || (error.kind === 'lost' && error.code === 'unavailable');
    return isPassing && performance.now() - begun < patienceMs;
  };

  /**
   * One statement, again after a conflict, which wrote nothing; a read also after a lost
   * connection.
   */
  const alone = async <Result>(
    { from, isPatient }: CallKind,
    work: (link: Link) => Promise<Result>,
    isRead: boolean,
  ): Promise<Result> => {
    const begun = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await from.use(work);
      } catch (error) {
        const isSafe = isRead || isUndone(error);
        if (!isSafe || !isWorthTrying(error, attempt, begun, isPatient)) throw toMysqlError(error);
        await pause(attempt);
      }
    }
  };

  const attemptOn = async <Result>(
    link: Link,
    work: (session: Session) => Promise<Result>,
    stage: { isCommitting: boolean },
  ): Promise<Result> => {
    await run(link, 'START TRANSACTION', []);
    try {
      const result = await work(sessionOn(link));
      stage.isCommitting = true;
      await run(link, 'COMMIT', []);
      return result;
    } catch (error) {
      // A connection with an open transaction must not be used again.
      if (link.isOpen()) await link.query('ROLLBACK').catch(() => link.destroy());
      throw error;
    }
  };

  const transact = async <Result>(
    { from, isPatient }: CallKind,
    work: (session: Session) => Promise<Result>,
    unknownCommit: UnknownCommit,
  ): Promise<Result> => {
    const begun = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      const stage: { isCommitting: boolean } = { isCommitting: false };
      try {
        return await from.use((link) => attemptOn(link, work, stage));
      } catch (error) {
        const isUnknown = stage.isCommitting && error instanceof MysqlError && !isUndone(error);
        if (isUnknown) counts.unknownCommits += 1;
        const mayRepeat = !isUnknown || unknownCommit === 'do_again';
        if (!mayRepeat || !isWorthTrying(error, attempt, begun, isPatient)) throw error;
        await pause(attempt);
      }
    }
  };
  const callsOf = (kind: CallKind): Session & Pick<Database, 'transaction'> => ({
    rows: (sql, ...values) => alone(kind, (link) => sessionOn(link).rows(sql, ...values), true),
    change: (sql, ...values) => alone(kind, (link) => sessionOn(link).change(sql, ...values), false),
    insert: (sql, ...values) => alone(kind, (link) => sessionOn(link).insert(sql, ...values), false),
    transaction: (work, unknownCommit = 'report') => transact(kind, work, unknownCommit),
  });
  const others: CallKind = { from: pool, isPatient: true };

  return {
    ...callsOf(others),
    impatient: callsOf({ from: pool, isPatient: false }),
    acks: callsOf({ from: reserved ?? pool, isPatient: false }),
    changeTables: async (statement, withinMs) => {
      await alone(others, (link) => run(link, statement, [], withinMs), false);
    },
    leaseNow,
    skipsLocked: skips,
    maxStatementBytes,
    version,
    counts: () => ({ ...counts, ...together(pool.state(), reserved?.state()) }),
    close: async () => {
      await Promise.all([pool.close(), reserved?.close()]);
    },
  };
}

/** Whether the server undid the transaction because of another one. */
function isUndone(error: unknown): boolean {
  return error instanceof MysqlError && (error.kind === 'conflict' || error.kind === 'locked');
}

/** Waits a random time: two transactions that met must not meet again. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.random() * PAUSE_MS * attempt);
  });
}

function rowsOf(result: unknown): readonly Columns[] {
  if (!Array.isArray(result)) throw unexpected();
  return result.map((row: unknown): Columns => {
    if (!isColumns(row)) throw unexpected();
    return row;
  });
}

function isColumns(row: unknown): row is Columns {
  return Array.isArray(row);
}

function affected(result: unknown): number {
  if (!isRecord(result) || typeof result.affectedRows !== 'number') throw unexpected();
  return result.affectedRows;
}

function unexpected(): MysqlError {
  return new MysqlError('refused', 'invalid', 'the driver gave an answer of an unexpected form');
}
