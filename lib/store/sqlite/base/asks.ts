import type { Instant } from '../../../values/instant';
import type { AskRequest } from '../../requests';
import type { Connection } from './connection';
import type { Columns } from '../../rows/columns';
import { readEach } from '../../rows/unreadable';

/**
 * Items queried by schedule: rows of this table that match `waiting`, read by `read` from `columns`
 * of `from`.
 */
interface Asked<One> {
  readonly table: 'orders' | 'refunds';
  /** Exactly as in the index of due items: SQLite uses a partial index only for the same text. */
  readonly waiting: string;
  /** Names the index of due items: otherwise SQLite would scan all waiting items, due or not. */
  readonly from: string;
  readonly columns: string;
  readonly read: (columns: Columns) => One;
}

/** What is due for a query. */
interface Asks<One> {
  isDue(now: Instant): boolean;
  claim(request: AskRequest): readonly One[];
}

/**
 * Prepares claiming items that are due for a query, inside the caller's transaction. A row that
 * cannot be read is deferred like the others.
 */
export function prepareAsks<One>(
  connection: Connection,
  { table, waiting, from, columns, read }: Asked<One>,
): Asks<One> {
  const due = connection.prepare(
    `SELECT ${columns}, id FROM ${from}
     WHERE ${waiting} AND next_ask_at <= ? AND sub_mch_id NOT IN (SELECT value FROM json_each(?))
     ORDER BY next_ask_at, id LIMIT ?`,
  );
  const putOff = connection.prepare(
    `UPDATE ${table} SET asks = asks + 1, next_ask_at = ?2 ->> CAST(min(asks, ?3) AS INTEGER)
     WHERE id IN (SELECT value FROM json_each(?1))`,
  );
  const anyDue = connection.prepare(`SELECT 1 FROM ${from} WHERE ${waiting} AND next_ask_at <= ? LIMIT 1`);
  return {
    isDue: (now) => anyDue.all(now).length > 0,
    claim: ({ now, limit, again, except = [] }) => {
      const rows = due.all(now, JSON.stringify(except), limit);
      if (rows.length === 0) return [];
      putOff.run(JSON.stringify(rows.map((row) => row.at(-1))), JSON.stringify(again), again.length - 1);
      return readEach(rows, read);
    },
  };
}
