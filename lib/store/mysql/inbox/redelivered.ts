import type { Redelivered } from '../../../model/message';
import { parseJson } from '../../../values/json';
import { StoreError } from '../../errors';
import type { Inbox } from '../../port';
import type { Columns } from '../../rows/columns';
import { isText, reading } from '../../rows/columns';
import { checkedLimit } from '../../rows/cursor';
import { isContent, readMessage } from '../../rows/message-rows';
import type { Database } from '../base/database';
import { MESSAGE_COLUMNS } from './columns';

/** What callbacks redelivered, in MySQL. */
export function mysqlRedelivered(
  database: Database,
): Pick<Inbox, 'redelivered' | 'postponeRedelivered' | 'settleRedelivered'> {
  return {
    redelivered: async (limit) => {
      const waiting = await database.rows(
        'SELECT id FROM inbox_told GROUP BY postponed, id ORDER BY postponed, id LIMIT ?',
        checkedLimit(limit),
      );
      if (waiting.length === 0) return [];
      const ids = waiting.map((row) => reading(row).integer());
      // The messages first: a content that arrives in between comes with a higher count of
      // deliveries than was read, and stays when the others are settled.
      const messages = new Map(
        (await database.rows(`SELECT id, ${MESSAGE_COLUMNS} FROM inbox WHERE id IN (?)`, ids)).map(
          ([id, ...columns]) => [Number(id), columns],
        ),
      );
      const told = await database.rows(
        'SELECT id, content, raw FROM inbox_told WHERE id IN (?) ORDER BY id, content',
        ids,
      );
      const unreadable: number[] = [];
      const readable = ids.flatMap((id) => {
        try {
          return readRedelivered(
            messages.get(id),
            told.filter((row) => row[0] === id),
          );
        } catch (error) {
          // Failure policy: fail open. An unreadable message must not block the others.
          if (!(error instanceof StoreError)) throw error;
          unreadable.push(id);
          return [];
        }
      });
      // Failure policy: fail open. Where they cannot be postponed, the others are still answered.
      if (unreadable.length > 0) {
        await database
          .change('UPDATE inbox_told SET postponed = postponed + 1 WHERE id IN (?)', unreadable)
          .catch(() => undefined);
      }
      return readable;
    },
    postponeRedelivered: async (keys) => {
      if (keys.length === 0) return;
      await database.change(
        `UPDATE inbox_told t JOIN inbox i ON i.id = t.id SET t.postponed = t.postponed + 1
         WHERE i.message_key IN (?)`,
        keys,
      );
    },
    settleRedelivered: async (seen) => {
      if (seen.length === 0) return;
      const counted = new Map(seen.map(({ key, deliveries }) => [String(key), deliveries]));
      await database.transaction(async (session) => {
        // Locked, so that a delivery that is being recorded is either counted here or comes later.
        const found = await session.rows(
          'SELECT id, message_key, deliveries FROM inbox WHERE message_key IN (?) FOR UPDATE',
          [...counted.keys()],
        );
        const same = found.flatMap((columns) => {
          const row = reading(columns);
          const [id, key, deliveries] = [row.integer(), row.text(), row.integer()];
          return counted.get(key) === deliveries ? [id] : [];
        });
        if (same.length > 0) await session.change('DELETE FROM inbox_told WHERE id IN (?)', same);
      }, 'do_again');
    },
  };
}

function readRedelivered(message: Columns | undefined, told: readonly Columns[]): readonly Redelivered[] {
  if (message === undefined) return [];
  return [{ message: readMessage(message), told: told.flatMap(readTold) }];
}

function readTold(columns: Columns): Redelivered['told'] {
  const row = reading(columns);
  row.skip(1);
  const content = parseJson(row.text());
  return isContent(content) ? [{ content, raw: row.json(isText) }] : [];
}
