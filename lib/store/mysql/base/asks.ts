import type { Instant } from '../../../values/instant';
import type { AskRequest } from '../../requests';
import type { Columns } from '../../rows/columns';
import { checkedLimit } from '../../rows/cursor';
import { readEach } from '../../rows/unreadable';
import type { Database } from './database';
import type { LockedRow } from './due';
import { lockDue } from './due';

/**
 * Items queried by schedule: rows of this table in these states, read by `read` from `columns` of
 * `from`.
 */
interface Asked<One> {
  readonly table: 'orders' | 'refunds';
  /** The states of items that are queried, each one sorted range of the index of due items. */
  readonly state: 'payment_state' | 'state';
  readonly waiting: readonly string[];
  readonly from: string;
  readonly columns: string;
  readonly read: (columns: Columns) => One;
}

/**
 * Claims items that are due for a query, in one transaction. A row that cannot be read is deferred
 * like the others. Claims that meet get different items; without SKIP LOCKED one waits for the
 * other.
 */
export async function claimAsks<One>(
  database: Database,
  { table, state, waiting, from, columns, read }: Asked<One>,
  { now, limit, again, except = [] }: AskRequest,
): Promise<readonly One[]> {
  const most = checkedLimit(limit);
  const rows = await database.transaction(async (session) => {
    const due: LockedRow[] = [];
    for (const one of waiting) {
      const locked = await lockDue(database, session, {
        table,
        index: `${table}_ask_due`,
        dueAt: 'next_ask_at',
        having: `${state} = ? AND next_ask_at <= ?`,
        values: [one, now],
        except,
        most,
      });
      due.push(...locked);
    }
    const ids = due
      .sort((one, other) => one.dueAt - other.dueAt || one.id - other.id)
      .slice(0, most)
      .map(({ id }) => id);
    if (ids.length === 0) return [];
    const claimed = await session.rows(
      `SELECT ${columns} FROM ${from} WHERE id IN (?) ORDER BY next_ask_at, id`,
      ids,
    );
    const times = again.map((_, n) => `WHEN ${String(n)} THEN ?${String(n + 2)}`).join(' ');
    // Assigned from left to right: the time follows from the number of queries before.
    await session.change(
      `UPDATE ${table} SET next_ask_at = CASE LEAST(asks, ${String(again.length - 1)}) ${times} END, asks = asks + 1
       WHERE id IN (?1)`,
      ids,
      ...again,
    );
    return claimed;
  });
  return readEach(rows, read);
}

/** Whether any item is due for a query: one look at the start of each range of due items. */
export async function isAskDue(
  database: Database,
  { table, state, waiting }: Pick<Asked<unknown>, 'table' | 'state' | 'waiting'>,
  now: Instant,
): Promise<boolean> {
  for (const one of waiting) {
    const due = await database.rows(
      `SELECT 1 FROM ${table} FORCE INDEX (${table}_ask_due) WHERE ${state} = ? AND next_ask_at <= ? LIMIT 1`,
      one,
      now,
    );
    if (due.length > 0) return true;
  }
  return false;
}
