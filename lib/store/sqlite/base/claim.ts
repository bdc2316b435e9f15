import type { ClaimedMessage } from '../../../model/message';
import { isInboxKey } from '../../../model/message';
import { isOutTradeNo } from '../../../values/ids';
import { reading } from './columns';
import type { Columns, Connection } from './connection';
import type { InboxWrites } from '../commits/inbox-writes';
import { isContent, isTrust, pathsOf } from '../inbox/message-rows';

const CLAIMED_COLUMNS = `i.id, i.key, p.content, i.out_trade_no, i.trust, i.confirmed_by, i.received_at, i.attempts,
  i.replays`;

/** Pending and under no living lease; binds the instant. */
export const CLAIMABLE = `i.state = 'pending' AND (i.lease_until IS NULL OR i.lease_until <= ?)`;

/** Prepares the claim. */
export function prepareClaim(connection: Connection): InboxWrites['claim'] {
  const due = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i INDEXED BY inbox_pending JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.due_at <= ? ORDER BY i.due_at, i.id LIMIT ?`,
  );
  // The plus keeps SQLite from going through all that is pending.
  const named = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id)
     WHERE +${CLAIMABLE} AND i.key IN (SELECT value FROM json_each(?)) ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const lease = connection.prepare(
    `UPDATE inbox SET claim_token = ?, lease_until = ?, attempts = attempts + 1
     WHERE id IN (SELECT value FROM json_each(?))`,
  );
  return ({ token, now, leaseUntil, limit, keys }) => {
    const rows = keys === undefined ? due.all(now, now, limit) : named.all(now, JSON.stringify(keys), limit);
    if (rows.length > 0) lease.run(token, leaseUntil, JSON.stringify(rows.map((row) => row[0])));
    return rows;
  };
}

/** A claimed message from `CLAIMED_COLUMNS`, read before the lease was written, which counts this claim. */
export function readClaimed(columns: Columns): ClaimedMessage {
  const row = reading(columns);
  row.skip(1);
  return {
    key: row.as(isInboxKey),
    content: row.json(isContent),
    outTradeNo: row.asOrNull(isOutTradeNo),
    trust: row.as(isTrust),
    confirmedBy: pathsOf(row.integer()),
    receivedAt: row.instant(),
    attempts: row.integer() + 1,
    replays: row.integer(),
  };
}
