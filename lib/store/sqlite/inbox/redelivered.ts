import { parseJson } from '../../../values/json';
import type { Redelivered } from '../../../model/message';
import { StoreError } from '../../errors';
import type { Inbox } from '../../port';
import { isText, reading } from '../base/columns';
import type { Columns, Connection } from '../base/connection';
import { checkedLimit } from '../base/cursor';
import { isContent, MESSAGE_COLUMNS, readMessage } from './message-rows';

/** Prepares `Inbox.redelivered`. */
export function prepareRedelivered(connection: Connection): (limit: number) => readonly Redelivered[] {
  const waiting = connection.prepare('SELECT DISTINCT id FROM inbox_told ORDER BY id LIMIT ?');
  const messageOf = connection.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id) WHERE i.id = ?`,
  );
  const toldOf = connection.prepare('SELECT content, raw FROM inbox_told WHERE id = ? ORDER BY content');
  return (limit) =>
    waiting.all(checkedLimit(limit)).flatMap((columns) => {
      const id = reading(columns).integer();
      try {
        return messageOf
          .all(id)
          .map((row) => ({ message: readMessage(row), told: toldOf.all(id).flatMap(readTold) }));
      } catch (error) {
        // Failure policy: fail open. An unreadable message must not block the others.
        if (!(error instanceof StoreError)) throw error;
        return [];
      }
    });
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
