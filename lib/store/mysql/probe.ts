import { randomUUID } from 'node:crypto';
import type { Probe } from '../probe';
import type { Database } from './base/database';

/**
 * A probe of a database: it writes a message and removes it in one transaction, and resolves once
 * that is committed. A server that lost its disk, its quorum or its right to write refuses it.
 */
export function mysqlProbe(database: Database): Probe {
  return {
    filesGone: () => null,
    probe: async () => {
      const key = `probe:${randomUUID()}`;
      // Larger than a notification: where this can be written, a notification can.
      const raw = 'probe '.repeat(1_000);
      await database.transaction(async (session) => {
        await session.change(
          `INSERT INTO inbox (message_key, trust, state, due_at, confirmed_by, received_at, last_delivered_at,
             believed_payment, vouched_for, content, raw, history)
           VALUES (?, 'platform', 'done', 0, 0, 0, 0, 0, 0, '{}', ?, '')`,
          key,
          raw,
        );
        await session.change('DELETE FROM inbox WHERE message_key = ?', key);
      }, 'do_again');
    },
  };
}
