import type { Connection } from '../base/connection';
import type { InboxWrites } from '../commits/inbox-writes';

/** Prepares making a message durable. */
export function prepareRecord(connection: Connection): InboxWrites['record'] {
  const insert = connection.prepare(
    `INSERT INTO inbox (key, out_trade_no, trust, state, due_at, attempts, replays, deliveries, confirmed_by,
       received_at, last_delivered_at, believed_payment, named_merchant, vouched_for)
     VALUES (?1, ?2, ?3, 'pending', ?4, 0, 0, 1, ?5, ?4, ?4, ?6, ?7, ?8) ON CONFLICT (key) DO NOTHING`,
  );
  const insertPayload = connection.prepare(
    `INSERT INTO inbox_payload (id, content, raw, envelope, history) VALUES (last_insert_rowid(), ?, ?, ?, '')`,
  );
  const countRepeat = connection.prepare(
    `UPDATE inbox SET deliveries = deliveries + 1, confirmed_by = confirmed_by | ?2,
       last_delivered_at = max(last_delivered_at, ?3) WHERE key = ?1`,
  );
  const keepRepeat = connection.prepare(
    // All contents of a message wait as one: a new one is postponed as often as the others.
    `INSERT INTO inbox_told (id, content, raw, postponed) SELECT id, ?2, ?3,
       coalesce((SELECT max(postponed) FROM inbox_told told WHERE told.id = inbox.id), 0) FROM inbox WHERE key = ?1
     ON CONFLICT (id, content) DO UPDATE SET raw = excluded.raw`,
  );
  return (row) => {
    const { key, outTradeNo, trust, receivedAt, believedPayment, namedMerchant, vouchedFor } = row;
    const first = [key, outTradeNo, trust, receivedAt, row.firstBits] as const;
    if (insert.run(...first, believedPayment, namedMerchant, vouchedFor) === 0) {
      countRepeat.run(key, row.repeatBit, receivedAt);
      if (row.keepsRepeat) keepRepeat.run(key, row.content, row.raw);
      return 'repeat';
    }
    insertPayload.run(row.content, row.raw, row.envelope);
    return 'stored';
  };
}
