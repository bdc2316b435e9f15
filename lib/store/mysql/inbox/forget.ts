import { isInboxKey, TRUSTS } from '../../../model/message';
import type { ForgetQuery, Forgotten } from '../../requests';
import type { Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import { checkedLimit, cursorText, readCursor } from '../../rows/cursor';
import type { Database } from '../base/database';
import { endingsOf } from './list';

/**
 * Deletes messages that ended long ago. One that was replayed or received again since it was read
 * stays.
 *
 * There is no index by their end: every settlement would have to maintain it, only to spare one
 * nightly run the dead messages of the same age.
 */
export async function forgetMessages(
  database: Database,
  { state, trust, before, after, limit }: ForgetQuery,
): Promise<Forgotten> {
  const { at, name } = readCursor(after, { at: 0, name: '' });
  const sorted = 'ORDER BY received_at, message_key LIMIT ?4';
  const ranges = (trust === undefined ? TRUSTS : [trust]).flatMap((one) =>
    endingsOf(state).map(
      (ending) =>
        `(SELECT id, message_key, received_at, finished_at, last_delivered_at FROM inbox FORCE INDEX (inbox_received)
          WHERE state = '${state}' AND ending = '${String(ending)}' AND trust = '${one}' AND received_at < ?1
            AND received_at >= ?2 AND (received_at > ?2 OR message_key > ?3) ${sorted})`,
    ),
  );
  const rows = await database.rows(
    `${ranges.join(' UNION ALL ')} ${sorted}`,
    before,
    at,
    name,
    checkedLimit(limit),
  );
  const looked = rows.map(readCandidate);
  const old = looked.filter(({ endedAt, heardAt }) => endedAt < before && heardAt < before);
  const removed = await remove(
    database,
    old.map(({ id }) => id),
    state,
    before,
  );
  const last = looked.at(-1);
  const isEnd = looked.length < limit || last === undefined;
  return { removed, next: isEnd ? null : cursorText({ at: last.receivedAt, name: last.key }) };
}

async function remove(
  database: Database,
  ids: readonly number[],
  state: ForgetQuery['state'],
  before: number,
): Promise<number> {
  if (ids.length === 0) return 0;
  return database.transaction(async (session) => {
    const still = await session.rows(
      `SELECT id FROM inbox WHERE id IN (?) AND state = ? AND finished_at < ? AND last_delivered_at < ? FOR UPDATE`,
      ids,
      state,
      before,
      before,
    );
    const gone = still.map((row) => reading(row).integer());
    if (gone.length === 0) return 0;
    await session.change('DELETE FROM inbox_told WHERE id IN (?)', gone);
    return session.change('DELETE FROM inbox WHERE id IN (?)', gone);
  }, 'do_again');
}

function readCandidate(columns: Columns) {
  const row = reading(columns);
  return {
    id: row.integer(),
    key: row.as(isInboxKey),
    receivedAt: row.instant(),
    endedAt: row.instant(),
    heardAt: row.instant(),
  };
}
