import type { ClaimedMessage } from '../../inbox/message';
import { isInboxKey } from '../../inbox/message';
import { isOutTradeNo } from '../../values/ids';
import type { KnownPayment } from '../../ops/figures';
import { burialEntry, replayEntry } from '../history';
import type { Inbox } from '../port';
import { line, reading } from './columns';
import type { Columns, Connection } from './connection';
import { checkedLimit, pageOf, readCursor } from './cursor';
import { prepareForget } from './forget';
import type { GroupCommit } from './group-commit';
import {
  bitOf,
  firstBits,
  HISTORY_WITH_ROOM,
  isContent,
  isTrust,
  MESSAGE_COLUMNS,
  pathsOf,
  readMessage,
  readSummary,
  SUMMARY_COLUMNS,
} from './message-rows';
import { preparePaymentsHeard } from './payments-heard';
import { prepareSettle } from './settle';

const CLAIMED_COLUMNS = `i.id, i.key, p.content, i.out_trade_no, i.trust, i.confirmed_by, i.received_at, i.attempts,
  i.replays`;

/** Pending and under no living lease; binds the instant. */
const CLAIMABLE = `i.state = 'pending' AND (i.lease_until IS NULL OR i.lease_until <= ?)`;

/** The inbox in SQLite. */
export function sqliteInbox(connection: Connection, commits: GroupCommit): Inbox {
  const record = prepareRecord(connection);
  const claim = prepareClaim(connection);
  const replay = prepareReplay(connection);
  const bury = prepareBury(connection);
  const forget = prepareForget(connection);

  const find = connection.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id) WHERE i.key = ?`,
  );
  const ofOrder = connection.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id) WHERE i.out_trade_no = ?
     ORDER BY i.received_at, i.id LIMIT 100`,
  );
  const listOf = (index: string, having: string) =>
    connection.prepare(
      `SELECT ${SUMMARY_COLUMNS} FROM inbox INDEXED BY ${index} WHERE ${having}
       AND received_at >= ?1 AND received_at <= ?2 AND (received_at, key) < (?2, ?3) ORDER BY received_at DESC, key DESC LIMIT ?4`,
    );
  const ofState = listOf('inbox_received', 'state = ?5');
  const ofReason = listOf('inbox_dead_reason', `state = 'dead' AND ending = ?5`);
  const backlog = connection.prepare(
    `SELECT (SELECT count(*) FROM inbox WHERE state = 'pending'), (SELECT count(*) FROM inbox WHERE state = 'dead'),
       (SELECT i.due_at FROM inbox i WHERE ${CLAIMABLE} AND i.due_at <= ? ORDER BY i.due_at LIMIT 1)`,
  );

  const dead = connection.prepare(
    `SELECT count(*) FROM inbox INDEXED BY inbox_dead
     WHERE state = 'dead' AND received_at >= ? AND ending IS NOT 'operator'`,
  );

  const known = connection.prepare(
    `SELECT confirmed_by, content ->> '$.payment.paidAt', received_at
     FROM inbox INDEXED BY inbox_received JOIN inbox_payload USING (id)
     WHERE received_at >= ? AND received_at < ? AND believed_payment = 1 AND state = 'done' AND ending = 'applied'
     ORDER BY received_at DESC LIMIT 1000`,
  );

  return {
    record: async (message) => {
      const job = record(message);
      return commits.write(job);
    },
    claim: async (request) => {
      const limit = checkedLimit(request.limit);
      return commits.write(() => claim({ ...request, limit }));
    },
    settle: prepareSettle(connection, commits),
    bury: async (keys, who, why, now) => commits.write(() => keys.map((key) => bury(key, who, why, now))),
    replay: async (keys, who, now) => commits.write(() => keys.map((key) => replay(key, who, now))),
    find: async (key) => find.all(key).map(readMessage)[0] ?? null,
    ofOrder: async (outTradeNo) => ofOrder.all(outTradeNo).map(readMessage),
    list: async ({ state, reason = null, from, to, after, limit }) => {
      // Behind everything of the instant before `to`: names sort below the empty one only there.
      const { at, name } = readCursor(after, typeof to === 'number' ? { at: to, name: '' } : undefined);
      if (reason !== null && state !== 'dead') return { items: [], next: null };
      const [list, of] = reason === null ? [ofState, state] : [ofReason, reason];
      const rows = list.all(from ?? 0, at, name, checkedLimit(limit) + 1, of).map(readSummary);
      return pageOf(rows, limit, (one) => ({ at: one.receivedAt, name: one.key }));
    },
    backlog: async (now) => {
      const row = reading(backlog.all(now, now)[0] ?? []);
      return { pending: row.integer(), dead: row.integer(), oldestDueAt: row.instantOrNull() };
    },
    countDead: async (from) => reading(dead.all(from)[0] ?? []).integer(),
    paymentsHeard: preparePaymentsHeard(connection),
    knownBetween: async (from, to) => known.all(from, to).map(readKnown),
    forget: async (query) => commits.write(() => forget(query)),
  };
}

function prepareRecord(
  connection: Connection,
): (message: Parameters<Inbox['record']>[0]) => () => 'stored' | 'repeat' {
  const insert = connection.prepare(
    `INSERT INTO inbox (key, out_trade_no, trust, state, due_at, attempts, replays, deliveries, confirmed_by,
       received_at, last_delivered_at, believed_payment)
     VALUES (?1, ?2, ?3, 'pending', ?4, 0, 0, 1, ?5, ?4, ?4, ?6) ON CONFLICT (key) DO NOTHING`,
  );
  const insertPayload = connection.prepare(
    `INSERT INTO inbox_payload (id, content, raw, history) VALUES (last_insert_rowid(), ?, ?, '')`,
  );
  const countRepeat = connection.prepare(
    `UPDATE inbox SET deliveries = deliveries + 1, confirmed_by = confirmed_by | ?2,
       last_delivered_at = max(last_delivered_at, ?3) WHERE key = ?1`,
  );
  return (message) => {
    const content = JSON.stringify(message.content);
    // As JSON text: the driver cuts bare text at a NUL, and what cannot be decoded must come back as it was.
    const raw = JSON.stringify(message.raw);
    const { key, outTradeNo, trust, receivedAt, path } = message;
    const believedPayment = trust === 'platform' && message.content.kind === 'payment' ? 1 : 0;
    return () => {
      if (insert.run(key, outTradeNo, trust, receivedAt, firstBits(path), believedPayment) === 0) {
        countRepeat.run(key, bitOf(path), receivedAt);
        return 'repeat';
      }
      insertPayload.run(content, raw);
      return 'stored';
    };
  };
}

function prepareClaim(
  connection: Connection,
): (request: Parameters<Inbox['claim']>[0]) => readonly ClaimedMessage[] {
  const due = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.due_at <= ? ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const named = connection.prepare(
    `SELECT ${CLAIMED_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id)
     WHERE ${CLAIMABLE} AND i.key IN (SELECT value FROM json_each(?)) ORDER BY i.due_at, i.id LIMIT ?`,
  );
  const lease = connection.prepare(
    `UPDATE inbox SET claim_token = ?, lease_until = ?, attempts = attempts + 1
     WHERE id IN (SELECT value FROM json_each(?))`,
  );
  return ({ token, now, leaseUntil, limit, keys }) => {
    const rows = keys === undefined ? due.all(now, now, limit) : named.all(now, JSON.stringify(keys), limit);
    if (rows.length === 0) return [];
    lease.run(token, leaseUntil, JSON.stringify(rows.map((row) => row[0])));
    return rows.map(readClaimed);
  };
}

function readClaimed(columns: Columns): ClaimedMessage {
  const row = reading(columns);
  row.skip(1);
  return {
    key: row.as(isInboxKey),
    content: row.json(isContent),
    outTradeNo: row.asOrNull(isOutTradeNo),
    trust: row.as(isTrust),
    confirmedBy: pathsOf(row.integer()),
    receivedAt: row.instant(),
    // Read before the lease was written, which counts this claim.
    attempts: row.integer() + 1,
    replays: row.integer(),
  };
}

function readKnown(columns: Columns): KnownPayment {
  const row = reading(columns);
  const [path = 'callback'] = pathsOf(row.integer());
  return { path, paidAt: row.instant(), knownAt: row.instant() };
}

function prepareBury(
  connection: Connection,
): (key: string, who: string, why: string, now: Parameters<Inbox['bury']>[3]) => boolean {
  const end = connection.prepare(
    `UPDATE inbox SET state = 'dead', claim_token = NULL, lease_until = NULL, finished_at = ?2, ending = 'operator'
     WHERE key = ?1 AND state = 'pending' AND (lease_until IS NULL OR lease_until <= ?2)`,
  );
  const addLine = connection.prepare(
    `UPDATE inbox_payload SET history = ${HISTORY_WITH_ROOM} || ?2, last_error = NULL
     WHERE id = (SELECT id FROM inbox WHERE key = ?1)`,
  );
  return (key, who, why, now) => {
    if (end.run(key, now) === 0) return false;
    addLine.run(key, line(burialEntry(who, why, now)));
    return true;
  };
}

function prepareReplay(
  connection: Connection,
): (key: string, who: string, now: Parameters<Inbox['replay']>[2]) => boolean {
  const bringBack = connection.prepare(
    `UPDATE inbox SET state = 'pending', due_at = ?2, attempts = 0, replays = replays + 1, claim_token = NULL,
       lease_until = NULL, finished_at = NULL, ending = NULL WHERE key = ?1 AND state = 'dead'`,
  );
  const addLine = connection.prepare(
    `UPDATE inbox_payload SET history = ${HISTORY_WITH_ROOM} || ?2 WHERE id = (SELECT id FROM inbox WHERE key = ?1)`,
  );
  return (key, who, now) => {
    if (bringBack.run(key, now) === 0) return false;
    addLine.run(key, line(replayEntry(who, now)));
    return true;
  };
}
