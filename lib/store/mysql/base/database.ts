import type { Instant } from '../../../values/instant';
import type { Columns } from '../../rows/columns';
import type { Bindable } from './sql';

/**
 * Runs statements, each in its own transaction or all in one. Values are bound as `statementText`
 * says. Every error is a `MysqlError`, and every wait is bounded.
 */
export interface Session {
  /** The rows, each with its columns in order. */
  rows(sql: string, ...values: readonly Bindable[]): Promise<readonly Columns[]>;
  /**
   * Runs a write and returns how many rows it matched, changed or not (the flag FOUND_ROWS). After
   * `INSERT … ON DUPLICATE KEY UPDATE` a new row counts 1, and a changed one 2.
   */
  change(sql: string, ...values: readonly Bindable[]): Promise<number>;
  /** Runs an INSERT without ON DUPLICATE KEY. False, with nothing written, when a key exists. */
  insert(sql: string, ...values: readonly Bindable[]): Promise<boolean>;
}

/** What happens when the answer to a COMMIT is lost. */
export type UnknownCommit =
  /** The work is done again: doing it twice gives the same result. */
  | 'do_again'
  /** The caller gets `unavailable`, and the effect is unknown. */
  | 'report';

/** A database that several servers may use at the same time. */
export interface Database extends Session {
  /**
   * Runs `work` in one READ COMMITTED transaction and resolves once it is committed. After a
   * deadlock, a lock wait time-out, or a connection lost before COMMIT was sent, nothing was
   * written, and `work` runs again, at most `ATTEMPTS` times in all. So it must only use its
   * session.
   */
  transaction<Result>(
    work: (session: Session) => Promise<Result>,
    unknownCommit?: UnknownCommit,
  ): Promise<Result>;
  /**
   * The same, for work on many messages: rejects with `locked` as soon as one of them waited its
   * time for a row that another transaction holds. The others are then done without that one.
   */
  readonly impatient: Pick<Database, 'transaction'>;
  /**
   * The same, over connections that nothing else uses, and impatient: for what callbacks wait for.
   */
  readonly acks: Pick<Database, 'rows' | 'insert' | 'transaction'>;
  /**
   * Runs a statement that changes tables, which rebuilds large ones, and waits at most `withinMs`.
   */
  changeTables(statement: string, withinMs: number): Promise<void>;
  /**
   * The time of leases, as SQL: the database's clock in ms. `now` is the caller's. Servers whose
   * clocks differ agree on it, so that none takes a lease that still runs.
   */
  readonly leaseNow: (now: Instant) => string;
  /** What the server says it is. */
  readonly version: string;
  /** Whether `FOR UPDATE SKIP LOCKED` works here. */
  readonly skipsLocked: boolean;
  /** The most bytes of one statement. */
  readonly maxStatementBytes: number;
  /** Waits for running statements, then closes all connections. Later calls throw `unavailable`. */
  close(): Promise<void>;
}

/** How often a transaction is tried in all. */
export const ATTEMPTS = 5;

/** True in SQL where nobody holds a lease; `until` is the column of its end. */
export function isFree(
  database: Pick<Database, 'leaseNow'>,
  now: Instant,
  until: 'lease_until' | 'fulfilment_lease_until' = 'lease_until',
): string {
  return `(${until} IS NULL OR ${until} <= ${database.leaseNow(now)})`;
}

/** When a lease taken now ends, as SQL: as long after the database's time as after the caller's. */
export function leaseEnd(database: Pick<Database, 'leaseNow'>, now: Instant, leaseUntil: Instant): string {
  return `(${database.leaseNow(now)} + ${String(leaseUntil - now)})`;
}
