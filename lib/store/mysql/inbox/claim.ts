import type { ClaimedMessage, NamedMerchants, Trust } from '../../../model/message';
import { TRUSTS } from '../../../model/message';
import type { InboxClaimRequest } from '../../port';
import { claimedColumns, isSuspect, oldest, readApart, UNREADABLE_MESSAGE } from '../../rows/claimed';
import type { Columns } from '../../rows/columns';
import { reading } from '../../rows/columns';
import { checkedLimit } from '../../rows/cursor';
import type { Database, Session } from '../base/database';
import { isFree, leaseEnd } from '../base/database';
import type { Bindable } from '../base/sql';

const CLAIMED_COLUMNS = claimedColumns('i', 'message_key');

/** True in SQL for a message that names these merchants, with `namingValue` as its value. */
export function namingSql(naming: NamedMerchants): string {
  return 'oneOf' in naming
    ? 'COALESCE(named_merchant IN (?), FALSE)'
    : 'COALESCE(named_merchant NOT IN (?), TRUE)';
}

/** The value of `namingSql`. */
export function namingValue(naming: NamedMerchants): Bindable {
  return 'oneOf' in naming ? naming.oneOf : naming.noneOf;
}

const ANY_MERCHANT: NamedMerchants = { noneOf: [] };

/**
 * A part of the index of due messages, which is sorted by due time within it. Only unverified
 * messages are vouched for.
 */
interface Lane {
  readonly trust: Trust;
  readonly vouchedFor: 0 | 1;
}

const LANES: readonly Lane[] = TRUSTS.flatMap((trust): readonly Lane[] =>
  trust === 'platform'
    ? [{ trust, vouchedFor: 0 }]
    : [
        { trust, vouchedFor: 0 },
        { trust, vouchedFor: 1 },
      ],
);

/**
 * How often messages are looked for when concurrent claims took all that were found. Only without
 * SKIP LOCKED.
 */
const ROUNDS = 5;

/**
 * Claims in one transaction. With SKIP LOCKED, claims that meet pass over each other's rows.
 * Without, the rows are found without a lock, and locked and read again when they are leased.
 */
export async function claimMessages(
  database: Database,
  request: InboxClaimRequest,
): Promise<readonly ClaimedMessage[]> {
  const limit = checkedLimit(request.limit);
  const rows = await database.transaction((session) => claimIn(database, session, { ...request, limit }));
  const { read, unreadable } = readApart(rows);
  // Left as it is, it would come first in every claim. Its end names the token, so a claim that
  // lost its lease ends nothing.
  if (unreadable.length > 0) {
    await database.change(
      `UPDATE inbox SET state = 'dead', lease_until = NULL, claims = 0, finished_at = ?, ending = ?, last_error = ?
       WHERE id IN (?) AND claim_token = ? AND state = 'pending' AND lease_until IS NOT NULL`,
      request.now,
      'unusable_notification',
      JSON.stringify(UNREADABLE_MESSAGE),
      unreadable,
      request.token,
    );
  }
  return read;
}

async function claimIn(
  database: Database,
  session: Session,
  request: InboxClaimRequest,
): Promise<readonly Columns[]> {
  const room =
    request.leasedAtMost === undefined ? request.limit : await roomLeft(database, session, request);
  const limit = Math.max(0, Math.min(request.limit, room));
  if (limit === 0) return [];
  for (let round = 0; round < ROUNDS;) {
    const found = await find(database, session, request, limit);
    if (found.length === 0) return [];
    const suspects = request.alone === true ? [] : found.filter(isSuspect);
    if (suspects.length > 0) {
      // Each time some are set aside permanently, so this ends.
      await session.change('UPDATE inbox SET alone = 1 WHERE id IN (?)', suspects.map(idOf));
      continue;
    }
    const taken = await lease(database, session, request, found);
    if (taken.length > 0) return taken;
    round += 1;
  }
  return [];
}

/**
 * How many more may be leased. Claims that ask for this take turns, so that they count each other.
 */
async function roomLeft(
  database: Database,
  session: Session,
  { now, naming = ANY_MERCHANT, leasedAtMost = 0 }: InboxClaimRequest,
): Promise<number> {
  await session.rows(`SELECT name FROM turns WHERE name = 'inbox_held' FOR UPDATE`);
  const [held] = await session.rows(
    `SELECT COUNT(*) FROM inbox WHERE state = 'pending' AND alone IN (0, 1) AND trust = 'unverified'
       AND lease_until > ${database.leaseNow(now)} AND ${namingSql(naming)}`,
    namingValue(naming),
  );
  return leasedAtMost - reading(held ?? []).integer();
}

async function find(
  database: Database,
  session: Session,
  request: InboxClaimRequest,
  limit: number,
): Promise<readonly Columns[]> {
  const { now, keys, trust, naming, alone = false, vouchedForOnly = false } = request;
  const locking = database.skipsLocked ? 'FOR UPDATE SKIP LOCKED' : '';
  const free = isFree(database, now);
  const isAlone = alone ? 1 : 0;
  const trusts = trust === undefined ? TRUSTS : [trust];
  if (keys !== undefined) {
    return session.rows(
      `SELECT ${CLAIMED_COLUMNS} FROM inbox i WHERE message_key IN (?) AND state = 'pending' AND ${free}
         AND alone = ? AND trust IN (?) ORDER BY due_at, id LIMIT ? ${locking}`,
      keys,
      isAlone,
      trusts,
      limit,
    );
  }
  if (alone && naming === undefined) {
    // Sorted otherwise than the index, and a lock takes all rows that are sorted: so the rows are
    // found first.
    const candidates = await session.rows(
      `SELECT id FROM inbox WHERE state = 'pending' AND alone = 1 AND trust IN (?) AND due_at <= ? AND ${free}
       ORDER BY claims, due_at, id LIMIT ?`,
      trusts,
      now,
      limit,
    );
    return session.rows(
      `SELECT ${CLAIMED_COLUMNS} FROM inbox i WHERE id IN (?) AND state = 'pending' AND ${free}
       ORDER BY claims, due_at, id ${locking}`,
      candidates.map(idOf),
    );
  }
  const lanes = LANES.filter(
    (lane) =>
      (naming === undefined ? trusts.includes(lane.trust) : lane.trust === 'unverified') &&
      (!vouchedForOnly || lane.vouchedFor === 1),
  );
  let found: readonly Columns[] = [];
  for (const lane of lanes) {
    const more = await session.rows(
      `SELECT ${CLAIMED_COLUMNS} FROM inbox i FORCE INDEX (inbox_due)
       WHERE state = 'pending' AND alone = ? AND trust = ? AND vouched_for = ? AND due_at <= ? AND ${free}
         ${naming === undefined ? '' : `AND ${namingSql(naming)}`}
       ORDER BY due_at, id LIMIT ? ${locking}`,
      isAlone,
      lane.trust,
      lane.vouchedFor,
      now,
      ...(naming === undefined ? [] : [namingValue(naming)]),
      limit,
    );
    found = oldest(found, more, limit);
  }
  return found;
}

/** Leases what was found. */
async function lease(
  database: Database,
  session: Session,
  request: InboxClaimRequest,
  found: readonly Columns[],
): Promise<readonly Columns[]> {
  const { token, now, leaseUntil } = request;
  const taken = database.skipsLocked ? found : await locked(database, session, request, found);
  if (taken.length === 0) return [];
  await session.change(
    `UPDATE inbox SET claim_token = ?, lease_until = ${leaseEnd(database, now, leaseUntil)}, claims = claims + 1
     WHERE id IN (?)`,
    token,
    taken.map(idOf),
  );
  return taken;
}

/**
 * Locks what is still free and due, and reads it again, in the order it was found. Rows that were
 * read without a lock may have been claimed since, and put off or given back with an attempt more.
 */
async function locked(
  database: Database,
  session: Session,
  { now, keys, alone = false }: InboxClaimRequest,
  found: readonly Columns[],
): Promise<readonly Columns[]> {
  const rows = await session.rows(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i WHERE id IN (?) AND state = 'pending' AND alone = ? AND due_at <= ?
       AND ${isFree(database, now)} ORDER BY id FOR UPDATE`,
    found.map(idOf),
    alone ? 1 : 0,
    keys === undefined ? now : Number.MAX_SAFE_INTEGER,
  );
  const read = new Map(rows.map((row) => [idOf(row), row]));
  return found.flatMap((row) => {
    const again = read.get(idOf(row));
    return again === undefined ? [] : [again];
  });
}

function idOf(row: Columns): number {
  return reading(row).integer();
}
