import type { Refund, RefundNote } from '../../../model/refund';
import { daysLater, startOf } from '../../../values/day';
import { fen } from '../../../values/fen';
import type { AbsentQuery, Page } from '../../requests';
import type { Refunds } from '../../ports/refunds-port';
import { prepareAsks } from '../base/asks';
import { reading } from '../../rows/columns';
import type { Connection } from '../base/connection';
import { refundsByState } from '../../rows/counts';
import { checkedLimit, pageOf, readCursor } from '../../rows/cursor';
import type { GroupCommit } from '../commits/group-commit';
import { bookedPart } from '../../rows/booked';
import { dayNumber, MARK_COLUMNS, markValues, NOT_MARKED, notMarkedValues } from '../../rows/marks';
import { pause } from '../base/pause';
import { listedPage, prepareRaw, unreadableRow } from '../base/unreadable';
import { placeColumns, placeOf, readEach } from '../../rows/unreadable';
import { readRefund, REFUND_COLUMNS, refundNoteValues } from '../../rows/refund-rows';
import { prepareRefundCreate } from './refund-settlement';

/** The refunds in SQLite. */
export function sqliteRefunds(connection: Connection, commits: GroupCommit): Refunds {
  const create = prepareRefundCreate(connection);
  const note = prepareNote(connection);
  const absent = prepareAbsent(connection);
  const asks = prepareAsks(connection, {
    table: 'refunds',
    waiting: `(state = 'requested' OR state = 'processing' OR state = 'abnormal')`,
    from: 'refunds INDEXED BY refunds_ask_due',
    columns: REFUND_COLUMNS,
    read: readRefund,
  });

  const find = connection.prepare(
    `SELECT ${REFUND_COLUMNS} FROM refunds WHERE out_refund_no IN (SELECT value FROM json_each(?))`,
  );
  const ofOrder = connection.prepare(
    `SELECT ${REFUND_COLUMNS} FROM refunds WHERE out_trade_no = ? ORDER BY created_at, out_refund_no`,
  );
  const mark = connection.prepare(
    `UPDATE refunds SET (${MARK_COLUMNS}) = (?2, ?3, ?4)
     WHERE out_refund_no IN (SELECT value FROM json_each(?1))`,
  );
  const listOf = (state: string) =>
    connection.prepare(
      `SELECT ${REFUND_COLUMNS}, ${placeColumns('out_refund_no')} FROM refunds WHERE ${state} AND created_at <= ?2
         AND (created_at, out_refund_no) < (?2, ?3) ORDER BY created_at DESC, out_refund_no DESC LIMIT ?4`,
    );
  const raw = prepareRaw(connection, { tables: ['refunds'], from: 'refunds', name: 'out_refund_no' });
  const lists = { all: listOf('?1 IS NULL'), ofState: listOf('state = ?1') };
  // The amount is in the terms: a refund whose terms cannot be read counts as nothing.
  const succeeded = connection.prepare(
    `SELECT count(*), coalesce(sum(CASE WHEN json_valid(terms) THEN terms ->> '$.amount' END), 0)
     FROM refunds INDEXED BY refunds_succeeded WHERE sub_mch_id = ?1 AND succeeded_at >= ?2 AND succeeded_at < ?3`,
  );
  const held = connection.prepare(
    `SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(other), 0),
       coalesce(sum(CASE WHEN other THEN amount END), 0)
     FROM (SELECT CASE WHEN json_valid(terms) THEN terms ->> '$.amount' END AS amount, coalesce(day <> ?4, 0) AS other
       FROM refunds INDEXED BY refunds_succeeded
       WHERE sub_mch_id = ?1 AND succeeded_at >= ?2 AND succeeded_at < ?3)`,
  );
  const counts = connection.prepare('SELECT state, count(*) FROM refunds GROUP BY state');
  const overdue = connection.prepare(
    `SELECT count(*) FROM refunds INDEXED BY refunds_states
     WHERE state IN ('requested', 'processing') AND created_at < ?`,
  );

  return {
    create: async (refund) => commits.write(() => (create(refund) ? 'created' : 'exists')),
    find: async (numbers) => readEach(find.all(JSON.stringify(numbers)), readRefund),
    ofOrder: async (outTradeNo) => readEach(ofOrder.all(outTradeNo), readRefund),
    note: async (change) => commits.write(() => note(change)),
    claimAsks: async (request) => {
      const limit = checkedLimit(request.limit);
      return commits.write(() => asks.claim({ ...request, limit }));
    },
    isAskDue: async (now) => asks.isDue(now),
    markStatement: async (numbers, to) => {
      if (numbers.length === 0) return;
      await commits.write(() => mark.run(JSON.stringify(numbers), ...markValues(to)));
    },
    absent: async (query) => absent(query),
    booked: async ({ subMchId, day }) => {
      const [from, to] = [startOf(day), startOf(daysLater(day, 1))];
      return bookedPart(held.all(subMchId, from, to, dayNumber(day))[0], null);
    },
    list: async ({ state, after, limit }) => {
      const { at, name } = readCursor(after);
      const list = state === null ? lists.all : lists.ofState;
      return listedPage(list.all(state, at, name, checkedLimit(limit) + 1), limit, readRefund, raw);
    },
    succeededBetween: async ({ merchants, from, to }) => {
      let [count, total] = [0, 0];
      for (const merchant of merchants) {
        const row = reading(succeeded.all(merchant, from, to)[0] ?? []);
        count += row.integer();
        total += row.integer();
        await pause();
      }
      return { count, total: fen(total) };
    },
    raw: async (number) => unreadableRow(find.all(JSON.stringify([number]))[0], number, readRefund, raw),
    counts: async () => refundsByState(counts.all()),
    countOverdue: async (createdBefore) => reading(overdue.all(createdBefore)[0] ?? []).integer(),
  };
}

function prepareNote(connection: Connection): (note: RefundNote) => boolean {
  const update = connection.prepare(
    `UPDATE refunds SET version = version + 1, state = coalesce(?3, state), progress = coalesce(?4, progress),
       next_ask_at = coalesce(?5, next_ask_at), last_error = CASE WHEN ?6 THEN ?7 ELSE last_error END,
       history = history || ?8, refusal = CASE WHEN ?9 THEN ?10 ELSE refusal END,
       succeeded_at = CASE WHEN ?3 IS NULL THEN succeeded_at ELSE ?11 END
     WHERE out_refund_no = ?1 AND version = ?2`,
  );
  return (change) => update.run(...refundNoteValues(change)) === 1;
}

function prepareAbsent(connection: Connection): (query: AbsentQuery) => Page<Refund> {
  const absent = connection.prepare(
    `SELECT ${REFUND_COLUMNS}, succeeded_at, out_refund_no FROM refunds
     WHERE sub_mch_id = ?1 AND succeeded_at >= ?2 AND succeeded_at < ?3 AND (succeeded_at, out_refund_no) > (?2, ?4)
       AND ${NOT_MARKED} ORDER BY succeeded_at, out_refund_no LIMIT ?7`,
  );
  return (query) => {
    const { subMchId, day, after, limit } = query;
    const { at, name } = readCursor(after, { at: startOf(day), name: '' });
    const end = startOf(daysLater(day, 1));
    const rows = absent.all(subMchId, at, end, name, ...notMarkedValues(query), checkedLimit(limit) + 1);
    const page = pageOf(rows, limit, placeOf);
    return { items: readEach(page.items, readRefund), next: page.next };
  };
}
