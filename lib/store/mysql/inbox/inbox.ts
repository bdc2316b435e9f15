import type { KnownPayment } from '../../../model/figures';
import { DEATH_REASONS, DONE_OUTCOMES, TRUSTS } from '../../../model/message';
import { isRecord, parseJson } from '../../../values/json';
import type { Instant } from '../../../values/instant';
import { instant } from '../../../values/instant';
import { StoreError } from '../../errors';
import { deadEntry, replayEntry } from '../../history';
import type { Backlog, Inbox } from '../../port';
import type { Columns } from '../../rows/columns';
import { line, reading } from '../../rows/columns';
import { CALLBACK_BIT, pathsOf, readMessage } from '../../rows/message-rows';
import { readOpenRefund } from '../../rows/open-refund';
import { readEach } from '../../rows/unreadable';
import type { Report } from '../base/errors';
import type { Database } from '../base/database';
import { isFree } from '../base/database';
import { claimMessages, namingSql, namingValue } from './claim';
import { HISTORY_WITH_LINE, MESSAGE_COLUMNS } from './columns';
import { forgetMessages } from './forget';
import { listMessages } from './list';
import { mysqlRecord } from './record';
import { mysqlRedelivered } from './redelivered';
import { mysqlSettle } from './settle';

/** The causes of death that still need somebody. */
const UNDISMISSED = DEATH_REASONS.filter((reason) => reason !== 'operator');

const OPEN_REFUND = `message_key >= 'refund:' AND message_key < 'refund;' AND state IN ('pending', 'dead')
  AND NOT (ending <=> 'operator')`;

const OPEN_REFUND_COLUMNS = 'message_key, out_trade_no, content, received_at, finished_at';

/** The inbox in MySQL. */
export function mysqlInbox(database: Database, report: Report): Inbox {
  const free = (now: Instant): string => isFree(database, now);

  return {
    record: mysqlRecord(database.acks),
    ...mysqlRedelivered(database),
    claim: (request) => claimMessages(database, request),
    settle: mysqlSettle(database, report),
    dismiss: (keys, who, why, now) =>
      database.transaction(async (session) => {
        const dismissed: boolean[] = [];
        for (const key of keys) {
          const changed = await session.change(
            `UPDATE inbox SET history = ${HISTORY_WITH_LINE}, last_error = NULL, claim_token = NULL,
               lease_until = NULL, state = 'dead', finished_at = ?, ending = 'operator'
             WHERE message_key = ? AND ((state = 'pending' AND ${free(now)})
               OR (state = 'dead' AND NOT (ending <=> 'operator')))`,
            line(deadEntry(who, why, now)),
            now,
            key,
          );
          dismissed.push(changed > 0);
        }
        return dismissed;
      }),
    replay: (keys, who, now) =>
      database.transaction(async (session) => {
        const replayed: boolean[] = [];
        for (const key of keys) {
          const changed = await session.change(
            `UPDATE inbox SET state = 'pending', due_at = ?, attempts = 0, claims = 0, alone = 0,
               replays = replays + 1, claim_token = NULL, lease_until = NULL, finished_at = NULL, ending = NULL,
               replayed_by = ?, history = ${HISTORY_WITH_LINE}
             WHERE message_key = ? AND state = 'dead'`,
            now,
            JSON.stringify(who),
            line(replayEntry(who, now)),
            key,
          );
          replayed.push(changed > 0);
        }
        return replayed;
      }),
    find: async (key) => {
      const rows = await database.rows(`SELECT ${MESSAGE_COLUMNS} FROM inbox WHERE message_key = ?`, key);
      return rows.map(readMessage)[0] ?? null;
    },
    ofOrder: async (outTradeNo) => {
      const rows = await database.rows(
        `SELECT ${MESSAGE_COLUMNS} FROM inbox WHERE out_trade_no = ? ORDER BY received_at, id LIMIT 100`,
        outTradeNo,
      );
      return readEach(rows, readMessage);
    },
    openRefunds: async (numbers) => {
      if (numbers.length === 0) return [];
      const rows = await database.rows(
        `SELECT ${OPEN_REFUND_COLUMNS} FROM inbox FORCE INDEX (inbox_order)
         WHERE out_trade_no IN (?) AND ${OPEN_REFUND}
         UNION ALL
         SELECT ${OPEN_REFUND_COLUMNS} FROM inbox FORCE INDEX (inbox_order)
         WHERE out_trade_no IS NULL AND ${OPEN_REFUND}`,
        numbers,
      );
      return rows.map(readOpenRefund);
    },
    list: (query) => listMessages(database, query),
    backlog: (now) => readBacklog(database, now, free(now)),
    countDead: async (from) => {
      const [row] = await database.rows(
        `SELECT COUNT(*) FROM inbox FORCE INDEX (inbox_received)
         WHERE state = 'dead' AND ending IN (?) AND trust = 'platform' AND received_at >= ?`,
        UNDISMISSED,
        from,
      );
      return reading(row ?? []).integer();
    },
    countUnverified: async (naming) => {
      const [row] = await database.acks.rows(
        `SELECT COUNT(*) FROM inbox FORCE INDEX (inbox_received)
         WHERE state IN ('pending', 'done', 'dead') AND (ending IS NULL OR ending IN (?)) AND trust = 'unverified'
           AND ${namingSql(naming)}`,
        [...DONE_OUTCOMES, ...DEATH_REASONS],
        namingValue(naming),
      );
      return reading(row ?? []).integer();
    },
    isUnverifiedDue: async (now) => {
      const rows = await database.rows(
        `SELECT 1 FROM inbox FORCE INDEX (inbox_due) WHERE state = 'pending' AND alone IN (0, 1)
           AND trust = 'unverified' AND vouched_for IN (0, 1) AND due_at <= ? AND ${free(now)} LIMIT 1`,
        now,
      );
      return rows.length > 0;
    },
    hasWork: async (now) => {
      const rows = await database.rows(
        `SELECT 1 FROM DUAL WHERE EXISTS (SELECT 1 FROM inbox_told)
           OR EXISTS (SELECT 1 FROM inbox FORCE INDEX (inbox_due) WHERE state = 'pending' AND alone IN (0, 1)
             AND trust IN (?) AND vouched_for IN (0, 1) AND due_at <= ? AND ${free(now)})`,
        TRUSTS,
        now,
      );
      return rows.length > 0;
    },
    paymentsHeard: async (from, to) => {
      const [columns] = await database.rows(
        `SELECT COUNT(*), COUNT(IF(confirmed_by & ${String(CALLBACK_BIT)} = 0, 1, NULL))
         FROM inbox FORCE INDEX (inbox_payments)
         WHERE believed_payment = 1 AND received_at >= ? AND received_at < ?`,
        from,
        to,
      );
      const row = reading(columns ?? []);
      return { all: row.integer(), withoutCallback: row.integer() };
    },
    knownBetween: async (from, to) => {
      const rows = await database.rows(
        `SELECT confirmed_by, content, received_at FROM inbox FORCE INDEX (inbox_received)
         WHERE state = 'done' AND ending = 'applied' AND trust = 'platform' AND received_at >= ? AND received_at < ?
           AND believed_payment = 1 ORDER BY received_at DESC LIMIT 1000`,
        from,
        to,
      );
      return rows.map(readKnown);
    },
    forget: (query) => forgetMessages(database, query),
  };
}

async function readBacklog(
  database: Database,
  now: Parameters<Inbox['backlog']>[0],
  free: string,
): Promise<Backlog> {
  const pending = await database.rows(
    `SELECT alone, trust, COUNT(*) FROM inbox FORCE INDEX (inbox_due) WHERE state = 'pending' GROUP BY alone, trust`,
  );
  const counts = { platform: 0, unverified: 0, alone: 0 };
  for (const columns of pending) {
    const row = reading(columns);
    const [alone, trust, count] = [row.integer(), row.text(), row.integer()];
    if (trust === 'platform') counts.platform += count;
    else counts.unverified += count;
    if (alone === 1) counts.alone += count;
  }
  const oldest = (alone: 0 | 1): string =>
    `(SELECT due_at FROM inbox FORCE INDEX (inbox_due) WHERE state = 'pending' AND alone = ${String(alone)}
      AND trust = 'platform' AND vouched_for = 0 AND due_at <= ?2 AND ${free} ORDER BY due_at LIMIT 1)`;
  const deadOf = (trust: string): string =>
    `(SELECT COUNT(*) FROM inbox FORCE INDEX (inbox_received) WHERE state = 'dead' AND ending IN (?1) AND trust = '${trust}')`;
  const [columns] = await database.rows(
    `SELECT ${deadOf('platform')}, ${deadOf('unverified')}, ${oldest(0)}, ${oldest(1)}`,
    UNDISMISSED,
    now,
  );
  const row = reading(columns ?? []);
  const [dead, unverifiedDead] = [row.integer(), row.integer()];
  const dues = [row.instantOrNull(), row.instantOrNull()].flatMap((due) => due ?? []);
  return {
    pending: counts.platform,
    dead,
    oldestDueAt: dues.length === 0 ? null : instant(Math.min(...dues)),
    unverified: { pending: counts.unverified, dead: unverifiedDead },
    alone: counts.alone,
  };
}

function readKnown(columns: Columns): KnownPayment {
  const row = reading(columns);
  const [path = 'callback'] = pathsOf(row.integer());
  const content = parseJson(row.text());
  const payment = isRecord(content) ? content['payment'] : null;
  const paidAt = isRecord(payment) ? payment['paidAt'] : null;
  if (typeof paidAt !== 'number') {
    throw new StoreError('invalid', 'a stored payment has no time: restore it from a backup');
  }
  return { path, paidAt: instant(paidAt), knownAt: row.instant() };
}
