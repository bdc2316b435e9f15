import type { InboxKey } from '../../../model/message';
import { isInboxKey } from '../../../model/message';
import type { Instant } from '../../../values/instant';
import { reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import type { GroupCommit } from '../commits/group-commit';
import { isTrust } from '../../rows/message-rows';

/** Which database a file holds, and how far it has come. */
export interface Standing {
  /** Random, created with the database. */
  readonly database: string;
  /** Raised each time before a mark is written. */
  readonly epoch: number;
  /** The highest row of tables whose rows are never deleted; 0 for none. */
  readonly orders: number;
  readonly refunds: number;
  /** The last stored message if it was a believed one, which is kept for at least 7 days. */
  readonly message: { readonly key: InboxKey; readonly receivedAt: Instant } | null;
  /** When it was made as a backup, until an operator accepts what it lacks; null otherwise. */
  readonly backupAt: Instant | null;
}

/** Reads the standing of an open database. */
export interface Standings {
  /**
   * True when anything was written since the last `raise`, here or by another thread or process.
   */
  changed(): boolean;
  /** The current standing. Waits for no writer. Throws `StoreError`. */
  now(): Standing;
  /** Raises the epoch, and returns the standing once that is on disk. Rejects with `StoreError`. */
  raise(): Promise<Standing>;
  /**
   * The same, to above `epoch` at least, for a database whose loss an operator accepted: it no
   * longer counts as a backup.
   */
  accept(epoch: number): Promise<Standing>;
}

/** Prepares both. */
export function openStandings(connection: Connection, commits: GroupCommit): Standings {
  const raise = connection.prepare('UPDATE identity SET epoch = epoch + 1 WHERE one = 1');
  const others = connection.prepare('PRAGMA data_version');
  const ours = connection.prepare('SELECT total_changes()');
  const read = prepareStanding(connection);
  const writes = () => `${String(others.all()[0]?.[0])} ${String(ours.all()[0]?.[0])}`;
  const accept = connection.prepare(
    'UPDATE identity SET epoch = max(epoch, ?) + 1, backup_at = NULL WHERE one = 1',
  );
  let known = '';
  const written = async (write: () => void): Promise<Standing> => {
    const standing = await commits.write(() => {
      write();
      return read();
    });
    known = writes();
    return standing;
  };
  return {
    changed: () => writes() !== known,
    now: read,
    raise: () => written(() => void raise.run()),
    accept: (epoch) => written(() => void accept.run(epoch)),
  };
}

/** Prepares reading the standing of a database of this version: four rows, each found directly. */
function prepareStanding(connection: Connection): () => Standing {
  const identity = connection.prepare(
    `SELECT id, epoch, coalesce((SELECT max(id) FROM orders), 0), coalesce((SELECT max(id) FROM refunds), 0), backup_at
     FROM identity WHERE one = 1`,
  );
  const last = connection.prepare('SELECT key, received_at, trust FROM inbox ORDER BY id DESC LIMIT 1');
  return () => {
    const row = reading(identity.all()[0] ?? []);
    const [database, epoch] = [row.text(), row.integer()];
    const [orders, refunds] = [row.integer(), row.integer()];
    const backupAt = row.instantOrNull();
    const [message = null] = last.all().map((columns) => {
      const one = reading(columns);
      const known = { key: one.as(isInboxKey), receivedAt: one.instant() };
      return one.as(isTrust) === 'platform' ? known : null;
    });
    return { database, epoch, orders, refunds, message, backupAt };
  };
}

/**
 * Reads the standing of a database of any version, and whether it has this message. Null: it is
 * empty or from before marks existed. Throws `StoreError`.
 */
export function inspectStanding(
  connection: Connection,
  key: InboxKey | null,
): { readonly standing: Standing; readonly hasMessage: boolean } | null {
  const tables = connection
    .prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'identity'`)
    .all();
  if (tables[0]?.[0] !== 1) return null;
  const found = connection.prepare('SELECT 1 FROM inbox WHERE key = ?');
  return {
    standing: prepareStanding(connection)(),
    hasMessage: key === null || found.all(key).length > 0,
  };
}
