import type { NamedMerchants } from '../../../model/message';
import { TRUSTS } from '../../../model/message';
import { claimedColumns, isSuspect, oldest } from '../../rows/claimed';
import type { Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import type { InboxClaim, InboxWrites } from '../commits/inbox-writes';
import type { Connection } from './connection';

const CLAIMED_COLUMNS = claimedColumns('p');

/** Pending and not leased; binds the instant. */
const CLAIMABLE = `i.state = 'pending' AND (i.lease_until IS NULL OR i.lease_until <= ?)`;

/** True in SQL for a message that names these merchants; binds `namingValues`. */
export const NAMING = `coalesce(named_merchant IN (SELECT value FROM json_each(?)), 0) = ?`;

/** The values of `NAMING`. */
export function namingValues(naming: NamedMerchants): readonly [string, 0 | 1] {
  return 'oneOf' in naming ? [JSON.stringify(naming.oneOf), 1] : [JSON.stringify(naming.noneOf), 0];
}

const ANY_MERCHANT: NamedMerchants = { noneOf: [] };

/** Prepares the claim. */
export function prepareClaim(connection: Connection): InboxWrites['claim'] {
  // The quota limits unverified messages, so those of other merchants can be skipped one by one.
  const dueNaming = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i INDEXED BY inbox_pending JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.alone = ? AND i.trust = 'unverified' AND i.due_at <= ? AND ${NAMING}
     ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const vouchedFor = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i INDEXED BY inbox_vouched_for JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.vouched_for = 1 AND i.alone = ? AND i.due_at <= ? AND ${NAMING}
     ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const due = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i INDEXED BY inbox_pending JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.alone = 0 AND i.trust = ? AND i.due_at <= ? ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const suspected = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i INDEXED BY inbox_pending JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.alone = 1 AND i.trust IN (SELECT value FROM json_each(?)) AND i.due_at <= ?
     ORDER BY i.claims, i.due_at, i.id LIMIT ?`,
  );
  // The plus keeps SQLite from scanning all pending messages.
  const named = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id)
     WHERE +${CLAIMABLE} AND i.key IN (SELECT value FROM json_each(?)) AND i.alone = ?
       AND i.trust IN (SELECT value FROM json_each(?)) ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const held = connection.prepare(
    `SELECT count(*) FROM inbox i INDEXED BY inbox_held
     WHERE i.state = 'pending' AND i.trust = 'unverified' AND i.lease_until > ? AND ${NAMING}`,
  );
  const setAside = connection.prepare(
    'UPDATE inbox SET alone = 1 WHERE id IN (SELECT value FROM json_each(?))',
  );
  const lease = connection.prepare(
    `UPDATE inbox SET claim_token = ?, lease_until = ?, claims = claims + 1
     WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const idsOf = (rows: readonly Columns[]): string => JSON.stringify(rows.map((row) => row[0]));

  const find = (
    { now, keys, trust, naming, alone = false, vouchedForOnly = false }: InboxClaim,
    limit: number,
  ): readonly Columns[] => {
    const trusts = trust === undefined ? TRUSTS : [trust];
    if (naming !== undefined) {
      const statement = vouchedForOnly ? vouchedFor : dueNaming;
      return statement.all(now, alone ? 1 : 0, now, ...namingValues(naming), limit);
    }
    if (keys !== undefined) {
      return named.all(now, JSON.stringify(keys), alone ? 1 : 0, JSON.stringify(trusts), limit);
    }
    if (alone) return suspected.all(now, JSON.stringify(trusts), now, limit);
    const [first, ...others] = trusts.map((one) => due.all(now, one, now, limit));
    return others.reduce((all, more) => oldest(all, more, limit), first ?? []);
  };
  return (request) => {
    const { token, now, leaseUntil, leasedAtMost, naming = ANY_MERCHANT } = request;
    const room =
      leasedAtMost === undefined
        ? request.limit
        : leasedAtMost - reading(held.all(now, ...namingValues(naming))[0] ?? []).integer();
    const limit = Math.max(0, Math.min(request.limit, room));
    for (;;) {
      const rows = limit === 0 ? [] : find(request, limit);
      const suspects = request.alone === true ? [] : rows.filter(isSuspect);
      if (suspects.length === 0) {
        if (rows.length > 0) lease.run(token, leaseUntil, idsOf(rows));
        return rows;
      }
      // Each round sets some aside permanently, so this ends.
      setAside.run(idsOf(suspects));
    }
  };
}
