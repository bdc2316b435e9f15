import { instant } from '../../../values/instant';
import type { Trust } from '../../../model/message';
import type { Instant } from '../../../values/instant';
import type { KnownPayment } from '../../../model/figures';
import { deadEntry, replayEntry } from '../../history';
import type { Inbox } from '../../port';
import { readApart, UNREADABLE_MESSAGE } from '../../rows/claimed';
import { readOpenRefund } from '../../rows/open-refund';
import { NAMING, namingValues } from '../base/claim';
import { line, reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import type { Columns } from '../../rows/columns';
import { checkedLimit, pageOf, readCursor } from '../../rows/cursor';
import { readEach } from '../../rows/unreadable';
import { prepareForget } from '../base/forget';
import type { GroupCommit } from '../commits/group-commit';
import { inboxWriterHere } from '../commits/inbox-writer';
import type { InboxWriter } from '../commits/inbox-writes';
import {
  HISTORY_WITH_ROOM,
  MESSAGE_COLUMNS,
  pathsOf,
  readMessage,
  readSummary,
  SUMMARY_COLUMNS,
} from '../../rows/message-rows';
import { preparePaymentsHeard } from './payments-heard';
import { messageRow } from '../../rows/new-message';
import { preparePostponeRedelivered, prepareRedelivered, prepareSettleRedelivered } from './redelivered';
import { settleBy } from './settle';

/**
 * Since when the oldest due, unleased believed message is due, for each part of the index of
 * pending ones. Each binds the instant as ?1.
 */
const OLDEST_DUE = [0, 1].map(
  (alone) => `(SELECT due_at FROM inbox INDEXED BY inbox_pending
    WHERE state = 'pending' AND alone = ${String(alone)} AND trust = 'platform' AND due_at <= ?1
      AND (lease_until IS NULL OR lease_until <= ?1) ORDER BY due_at LIMIT 1)`,
);

/** Counts the pending messages of one part of their index. */
const pendingOf = (alone: 0 | 1, trust: Trust): string =>
  `(SELECT count(*) FROM inbox INDEXED BY inbox_pending
    WHERE state = 'pending' AND alone = ${alone} AND trust = '${trust}')`;

/** Exactly as in its index. */
const UNSETTLED_REFUND = `i.key >= 'refund:' AND i.key < 'refund;' AND (i.state = 'pending' OR i.state = 'dead')
  AND i.ending IS NOT 'operator'`;

/** The inbox in SQLite. */
export function sqliteInbox(
  connection: Connection,
  commits: GroupCommit,
  writer: InboxWriter = inboxWriterHere(connection, commits),
): Inbox {
  const replay = prepareReplay(connection);
  const dismiss = prepareDismiss(connection);
  const unreadableDead = prepareUnreadableDead(connection);
  const forget = prepareForget(connection);
  const redelivered = prepareRedelivered(connection);
  const postpone = preparePostponeRedelivered(connection);
  const settleRedelivered = prepareSettleRedelivered(connection);

  const find = connection.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id) WHERE i.key = ?`,
  );
  const ofOrder = connection.prepare(
    `SELECT ${MESSAGE_COLUMNS} FROM inbox i JOIN inbox_payload p USING (id) WHERE i.out_trade_no = ?
     ORDER BY i.received_at, i.id LIMIT 100`,
  );
  const openRefunds = connection.prepare(
    `SELECT i.key, i.out_trade_no, p.content, i.received_at, i.finished_at
     FROM json_each(?) j CROSS JOIN inbox i INDEXED BY inbox_open_refunds ON i.out_trade_no = j.value
     JOIN inbox_payload p ON p.id = i.id WHERE ${UNSETTLED_REFUND}
     UNION ALL
     SELECT i.key, i.out_trade_no, p.content, i.received_at, i.finished_at
     FROM inbox i INDEXED BY inbox_open_refunds JOIN inbox_payload p ON p.id = i.id
     WHERE i.out_trade_no IS NULL AND ${UNSETTLED_REFUND}`,
  );
  const listOf = (index: string, having: string) =>
    connection.prepare(
      `SELECT ${SUMMARY_COLUMNS} FROM inbox INDEXED BY ${index} WHERE ${having}
       AND (?6 IS NULL OR trust = ?6) AND received_at >= ?1 AND received_at <= ?2 AND (received_at, key) < (?2, ?3)
       ORDER BY received_at DESC, key DESC LIMIT ?4`,
    );
  const lists = {
    ofState: listOf('inbox_received', 'state = ?5'),
    ofReason: listOf('inbox_dead_reason', `state = 'dead' AND ending = ?5`),
    // By an index of its own, however many believed messages there are.
    unverified: listOf('inbox_unverified', `trust = 'unverified' AND state = ?5`),
    alone: listOf('inbox_pending', `state = 'pending' AND ?5 = 'pending' AND alone = 1`),
  };
  // Rows are read of unverified messages only, whose number is limited; of others, only indexes.
  const backlog = connection.prepare(
    `SELECT ${pendingOf(0, 'platform')}, ${pendingOf(1, 'platform')}, ${pendingOf(0, 'unverified')}, ${pendingOf(1, 'unverified')},
       (SELECT count(*) FROM inbox WHERE state = 'dead')
         - (SELECT count(*) FROM inbox INDEXED BY inbox_dead_reason WHERE state = 'dead' AND ending = 'operator'),
       (SELECT count(*) FROM inbox INDEXED BY inbox_unverified
        WHERE trust = 'unverified' AND state = 'dead' AND ending IS NOT 'operator'),
       ${OLDEST_DUE.join(', ')}`,
  );

  const dead = connection.prepare(
    `SELECT count(*) FROM inbox INDEXED BY inbox_dead
     WHERE state = 'dead' AND received_at >= ? AND ending IS NOT 'operator' AND trust = 'platform'`,
  );

  const unverified = connection.prepare(
    `SELECT count(*) FROM inbox INDEXED BY inbox_unverified WHERE trust = 'unverified' AND state IN ('pending', 'done', 'dead')
     AND ${NAMING}`,
  );
  const unverifiedDue = connection.prepare(
    `SELECT 1 FROM inbox INDEXED BY inbox_pending WHERE state = 'pending' AND alone IN (0, 1) AND trust = 'unverified'
     AND due_at <= ?1 AND (lease_until IS NULL OR lease_until <= ?1) LIMIT 1`,
  );

  const dueOrRedelivered = connection.prepare(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM inbox INDEXED BY inbox_pending WHERE state = 'pending' AND alone IN (0, 1)
       AND trust IN ('platform', 'unverified') AND due_at <= ?1 AND (lease_until IS NULL OR lease_until <= ?1))
     OR EXISTS (SELECT 1 FROM inbox_told)`,
  );

  const known = connection.prepare(
    `SELECT confirmed_by, content ->> '$.payment.paidAt', received_at
     FROM inbox INDEXED BY inbox_received JOIN inbox_payload USING (id)
     WHERE received_at >= ? AND received_at < ? AND believed_payment = 1 AND state = 'done' AND ending = 'applied'
     ORDER BY received_at DESC LIMIT 1000`,
  );

  return {
    record: async (message) => writer.record(messageRow(message)),
    redelivered: async (limit) => {
      const { readable, unreadable } = redelivered(limit);
      // Failure policy: fail open. Where they cannot be postponed, the others are still answered.
      if (unreadable.length > 0) await commits.write(() => postpone.rows(unreadable)).catch(() => undefined);
      return readable;
    },
    postponeRedelivered: async (keys) => commits.write(() => postpone.keys(keys)),
    settleRedelivered: async (seen) => commits.write(() => settleRedelivered(seen)),
    claim: async (request) => {
      const limit = checkedLimit(request.limit);
      const rows = await writer.claim({ ...request, limit });
      const { read, unreadable } = readApart(rows);
      // Left as it is, it would come first in every claim. Its end names the token, so a claim
      // that lost its lease ends nothing.
      if (unreadable.length > 0) {
        await commits.write(() => {
          for (const id of unreadable) unreadableDead(id, request.token, request.now);
        });
      }
      return read;
    },
    settle: settleBy(writer),
    dismiss: async (keys, who, why, now) =>
      commits.write(() => keys.map((key) => dismiss(key, who, why, now))),
    replay: async (keys, who, now) => commits.write(() => keys.map((key) => replay(key, who, now))),
    find: async (key) => find.all(key).map(readMessage)[0] ?? null,
    ofOrder: async (outTradeNo) => readEach(ofOrder.all(outTradeNo), readMessage),
    openRefunds: async (numbers) =>
      numbers.length === 0 ? [] : openRefunds.all(JSON.stringify(numbers)).map(readOpenRefund),
    list: async ({ state, reason = null, trust = null, alone = false, from, to, after, limit }) => {
      // After everything at the instant before `to`: only there do all names sort after the empty
      // one.
      const { at, name } = readCursor(after, typeof to === 'number' ? { at: to, name: '' } : undefined);
      if (reason !== null && (state !== 'dead' || alone)) return { items: [], next: null };
      const list = alone
        ? lists.alone
        : reason !== null
          ? lists.ofReason
          : trust === 'unverified'
            ? lists.unverified
            : lists.ofState;
      const value = reason ?? state;
      const rows = list.all(from ?? 0, at, name, checkedLimit(limit) + 1, value, trust).map(readSummary);
      return pageOf(rows, limit, (one) => ({ at: one.receivedAt, name: one.key }));
    },
    backlog: async (now) => {
      const row = reading(backlog.all(now)[0] ?? []);
      const [believed, believedAlone, hinted, hintedAlone] = [
        row.integer(),
        row.integer(),
        row.integer(),
        row.integer(),
      ];
      const [allDead, unverifiedDead] = [row.integer(), row.integer()];
      const oldest = OLDEST_DUE.flatMap(() => row.instantOrNull() ?? []);
      return {
        pending: believed + believedAlone,
        dead: allDead - unverifiedDead,
        oldestDueAt: oldest.length === 0 ? null : instant(Math.min(...oldest)),
        unverified: { pending: hinted + hintedAlone, dead: unverifiedDead },
        alone: believedAlone + hintedAlone,
      };
    },
    countDead: async (from) => reading(dead.all(from)[0] ?? []).integer(),
    countUnverified: async (naming) => reading(unverified.all(...namingValues(naming))[0] ?? []).integer(),
    isUnverifiedDue: async (now) => unverifiedDue.all(now).length > 0,
    hasWork: async (now) => dueOrRedelivered.all(now).length > 0,
    paymentsHeard: preparePaymentsHeard(connection),
    knownBetween: async (from, to) => known.all(from, to).map(readKnown),
    forget: async (query) => commits.write(() => forget(query)),
  };
}

function readKnown(columns: Columns): KnownPayment {
  const row = reading(columns);
  const [path = 'callback'] = pathsOf(row.integer());
  return { path, paidAt: row.instant(), knownAt: row.instant() };
}

function prepareDismiss(
  connection: Connection,
): (key: string, who: string, why: string, now: Parameters<Inbox['dismiss']>[3]) => boolean {
  const end = connection.prepare(
    `UPDATE inbox SET state = 'dead', claim_token = NULL, lease_until = NULL, finished_at = ?2, ending = 'operator'
     WHERE key = ?1 AND ((state = 'pending' AND (lease_until IS NULL OR lease_until <= ?2))
       OR (state = 'dead' AND ending IS NOT 'operator'))`,
  );
  const addLine = connection.prepare(
    `UPDATE inbox_payload SET history = ${HISTORY_WITH_ROOM} || ?2, last_error = NULL
     WHERE id = (SELECT id FROM inbox WHERE key = ?1)`,
  );
  return (key, who, why, now) => {
    if (end.run(key, now) === 0) return false;
    addLine.run(key, line(deadEntry(who, why, now)));
    return true;
  };
}

function prepareUnreadableDead(connection: Connection): (id: number, token: string, now: Instant) => void {
  const end = connection.prepare(
    `UPDATE inbox SET state = 'dead', lease_until = NULL, claims = 0, finished_at = ?3, ending = 'unusable_notification'
     WHERE id = ?1 AND claim_token = ?2 AND state = 'pending' AND lease_until IS NOT NULL`,
  );
  const note = connection.prepare('UPDATE inbox_payload SET last_error = ?2 WHERE id = ?1');
  return (id, token, now) => {
    if (end.run(id, token, now) > 0) note.run(id, JSON.stringify(UNREADABLE_MESSAGE));
  };
}

function prepareReplay(
  connection: Connection,
): (key: string, who: string, now: Parameters<Inbox['replay']>[2]) => boolean {
  const bringBack = connection.prepare(
    `UPDATE inbox SET state = 'pending', due_at = ?2, attempts = 0, claims = 0, alone = 0, replays = replays + 1, claim_token = NULL,
       lease_until = NULL, finished_at = NULL, ending = NULL WHERE key = ?1 AND state = 'dead'`,
  );
  const addLine = connection.prepare(
    `UPDATE inbox_payload SET history = ${HISTORY_WITH_ROOM} || ?2, replayed_by = ?3
     WHERE id = (SELECT id FROM inbox WHERE key = ?1)`,
  );
  return (key, who, now) => {
    if (bringBack.run(key, now) === 0) return false;
    addLine.run(key, line(replayEntry(who, now)), JSON.stringify(who));
    return true;
  };
}
