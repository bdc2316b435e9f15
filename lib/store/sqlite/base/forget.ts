import { isInboxKey } from '../../../model/message';
import type { ForgetQuery, Forgotten } from '../../requests';
import { reading } from '../../rows/columns';
import type { Connection } from './connection';
import type { Columns } from '../../rows/columns';
import { checkedLimit, cursorText, readCursor } from '../../rows/cursor';

const UNVERIFIED = `AND trust = 'unverified'`;

/**
 * Prepares deleting messages that ended long ago. Run it in a transaction.
 *
 * There is no index by their end: every settlement would have to maintain it, only to spare one
 * nightly run the dead messages of the same age.
 */
export function prepareForget(connection: Connection): (query: ForgetQuery) => Forgotten {
  const lookAt = (state: ForgetQuery['state'], index: string, trust = '') =>
    connection.prepare(
      `SELECT id, key, received_at, finished_at, last_delivered_at FROM inbox INDEXED BY ${index}
       WHERE state = '${state}' ${trust} AND received_at < ?1 AND received_at >= ?2 AND (received_at, key) > (?2, ?3)
       ORDER BY received_at, key LIMIT ?4`,
    );
  const candidates = {
    done: lookAt('done', 'inbox_received'),
    dead: lookAt('dead', 'inbox_dead'),
  };
  const unverified = {
    done: lookAt('done', 'inbox_unverified', UNVERIFIED),
    dead: lookAt('dead', 'inbox_unverified', UNVERIFIED),
  };
  const removeFrom = (table: string) =>
    connection.prepare(`DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`);
  const removals = [removeFrom('inbox_told'), removeFrom('inbox_payload'), removeFrom('inbox')];

  return ({ state, trust, before, after, limit }) => {
    const { at, name } = readCursor(after, { at: 0, name: '' });
    const from = trust === undefined ? candidates : unverified;
    const looked = from[state].all(before, at, name, checkedLimit(limit)).map(readCandidate);
    const old = looked.filter(({ endedAt, heardAt }) => endedAt < before && heardAt < before);
    const ids = JSON.stringify(old.map(({ id }) => id));
    if (old.length > 0) for (const remove of removals) remove.run(ids);
    const last = looked.at(-1);
    const isEnd = looked.length < limit || last === undefined;
    return { removed: old.length, next: isEnd ? null : cursorText({ at: last.receivedAt, name: last.key }) };
  };
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
