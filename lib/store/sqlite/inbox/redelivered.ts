import { parseJson } from '../../../values/json';
import type { Redelivered } from '../../../model/message';
import { StoreError } from '../../errors';
import type { Inbox } from '../../port';
import { isText, reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import type { Columns } from '../../rows/columns';
import { checkedLimit } from '../../rows/cursor';
import { isContent, MESSAGE_COLUMNS, readMessage } from '../../rows/message-rows';

/** What `redelivered` finds, and the rows of the messages that cannot be read. */
interface Found {
  readonly readable: readonly Redelivered[];
  readonly unreadable: readonly number[];
}

/** Prepares reading what was redelivered. */
export function prepareRedelivered(connection: Connection): (limit: number) => Found {
  const waiting = connection.prepare(
    'SELECT id FROM inbox_told GROUP BY postponed, id ORDER BY postponed, id LIMIT ?',
  );
  const messageOf = connection.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id) WHERE i.id = ?`,
  );
  const toldOf = connection.prepare('SELECT content, raw FROM inbox_told WHERE id = ? ORDER BY content');
  return (limit) => {
    const unreadable: number[] = [];
    const readable = waiting.all(checkedLimit(limit)).flatMap((columns) => {
      const id = reading(columns).integer();
      try {
        return messageOf
          .all(id)
          .map((row) => ({ message: readMessage(row), told: toldOf.all(id).flatMap(readTold) }));
      } catch (error) {
        // Failure policy: fail open. An unreadable message must not block the others.
        if (!(error instanceof StoreError)) throw error;
        unreadable.push(id);
        return [];
      }
    });
    return { readable, unreadable };
  };
}

/** Prepares postponing, by row and by key. Run either in a transaction. */
export function preparePostponeRedelivered(connection: Connection): {
  readonly rows: (ids: readonly number[]) => void;
  readonly keys: (keys: readonly string[]) => void;
} {
  const postpone = (which: string) =>
    connection.prepare(`UPDATE inbox_told SET postponed = postponed + 1 WHERE id IN (${which})`);
  const byRow = postpone('SELECT value FROM json_each(?)');
  const byKey = postpone('SELECT id FROM inbox WHERE key IN (SELECT value FROM json_each(?))');
  return {
    rows: (ids) => void byRow.run(JSON.stringify(ids)),
    keys: (keys) => void byKey.run(JSON.stringify(keys)),
  };
}

function readTold(columns: Columns): Redelivered['told'] {
  const row = reading(columns);
  const content = parseJson(row.text());
  return isContent(content) ? [{ content, raw: row.json(isText) }] : [];
}

/** Prepares `Inbox.settleRedelivered`. Run it in a transaction. */
export function prepareSettleRedelivered(
  connection: Connection,
): (seen: Parameters<Inbox['settleRedelivered']>[0]) => void {
  const remove = connection.prepare(
    'DELETE FROM inbox_told WHERE id = (SELECT id FROM inbox WHERE key = ?1 AND deliveries = ?2)',
  );
  return (seen) => {
    for (const { key, deliveries } of seen) remove.run(key, deliveries);
  };
}
