import type { RefundNote } from '../../../model/refund';
import { daysLater, startOf } from '../../../values/day';
import type { Refunds } from '../../ports/refunds-port';
import { reading } from '../../rows/columns';
import { refundsByState } from '../../rows/counts';
import { checkedLimit, pageOf, readCursor } from '../../rows/cursor';
import { bookedPart } from '../../rows/booked';
import { dayNumber, markValues, NOT_MARKED, notMarkedValues } from '../../rows/marks';
import { readRefund, REFUND_COLUMNS, refundNoteValues } from '../../rows/refund-rows';
import { placeColumns, placeOf, readEach } from '../../rows/unreadable';
import { claimAsks, isAskDue } from '../base/asks';
import type { Database } from '../base/database';
import { listedPage, rawRows, unreadableRow } from '../base/unreadable';
import { sumOf } from '../orders/order-money';
import { createRefund } from './refund-settlement';

const FIND = `SELECT ${REFUND_COLUMNS} FROM refunds WHERE out_refund_no IN (?)`;

/** The amount is in the terms: a refund whose terms cannot be read counts as nothing. */
const AMOUNT = "CASE WHEN JSON_VALID(terms) THEN JSON_EXTRACT(terms, '$.amount') END";

/** The states in which WeChat Pay is queried. */
const WAITING = ['requested', 'processing', 'abnormal'] as const;

/** The refunds in MySQL. */
export function mysqlRefunds(database: Database): Refunds {
  const raw = rawRows(database, { tables: ['refunds'], from: 'refunds', name: 'out_refund_no' });
  return {
    create: async (refund) => ((await createRefund(database, refund)) ? 'created' : 'exists'),
    find: async (numbers) => readEach(await database.rows(FIND, numbers), readRefund),
    ofOrder: async (outTradeNo) => {
      const rows = await database.rows(
        `SELECT ${REFUND_COLUMNS} FROM refunds WHERE out_trade_no = ? ORDER BY created_at, out_refund_no`,
        outTradeNo,
      );
      return readEach(rows, readRefund);
    },
    note: async (change) => note(database, change),
    claimAsks: (request) =>
      claimAsks(
        database,
        {
          table: 'refunds',
          state: 'state',
          waiting: WAITING,
          from: 'refunds',
          columns: REFUND_COLUMNS,
          read: readRefund,
        },
        request,
      ),
    isAskDue: (now) => isAskDue(database, { table: 'refunds', state: 'state', waiting: WAITING }, now),
    markStatement: async (numbers, mark) => {
      if (numbers.length === 0) return;
      await database.change(
        'UPDATE refunds SET day = ?2, round = ?3, chunk = ?4 WHERE out_refund_no IN (?1)',
        numbers,
        ...markValues(mark),
      );
    },
    absent: async (query) => {
      const { subMchId, day, after, limit } = query;
      const { at, name } = readCursor(after, { at: startOf(day), name: '' });
      const rows = await database.rows(
        `SELECT ${REFUND_COLUMNS}, succeeded_at, out_refund_no FROM refunds FORCE INDEX (refunds_succeeded)
         WHERE sub_mch_id = ?1 AND succeeded_at >= ?2 AND succeeded_at < ?3
           AND (succeeded_at, out_refund_no) > (?2, ?4) AND ${NOT_MARKED}
         ORDER BY succeeded_at, out_refund_no LIMIT ?7`,
        subMchId,
        at,
        startOf(daysLater(day, 1)),
        name,
        ...notMarkedValues(query),
        checkedLimit(limit) + 1,
      );
      const page = pageOf(rows, limit, placeOf);
      return { items: readEach(page.items, readRefund), next: page.next };
    },
    booked: async ({ subMchId, day }) => {
      const [row] = await database.rows(
        `SELECT COUNT(*), CAST(COALESCE(SUM(${AMOUNT}), 0) AS SIGNED), COUNT(CASE WHEN day <> ?4 THEN 1 END),
           CAST(COALESCE(SUM(CASE WHEN day <> ?4 THEN ${AMOUNT} END), 0) AS SIGNED)
         FROM refunds FORCE INDEX (refunds_succeeded)
         WHERE sub_mch_id = ?1 AND succeeded_at >= ?2 AND succeeded_at < ?3`,
        subMchId,
        startOf(day),
        startOf(daysLater(day, 1)),
        dayNumber(day),
      );
      return bookedPart(row, null);
    },
    list: async ({ state, after, limit }) => {
      const { at, name } = readCursor(after);
      const [index, having] =
        state === null ? ['refunds_created', 'TRUE'] : (['refunds_states', 'state = ?4'] as const);
      const rows = await database.rows(
        `SELECT ${REFUND_COLUMNS}, ${placeColumns('out_refund_no')} FROM refunds FORCE INDEX (${index})
         WHERE ${having} AND created_at <= ?1 AND (created_at, out_refund_no) < (?1, ?2)
         ORDER BY created_at DESC, out_refund_no DESC LIMIT ?3`,
        at,
        name,
        checkedLimit(limit) + 1,
        state,
      );
      return listedPage(rows, limit, readRefund, raw);
    },
    succeededBetween: async ({ merchants, from, to }) => {
      const [row] = await database.rows(
        `SELECT COUNT(*), CAST(COALESCE(SUM(${AMOUNT}), 0) AS SIGNED) FROM refunds FORCE INDEX (refunds_succeeded)
         WHERE sub_mch_id IN (?1) AND succeeded_at >= ?2 AND succeeded_at < ?3`,
        merchants,
        from,
        to,
      );
      return sumOf(row);
    },
    raw: async (number) => unreadableRow((await database.rows(FIND, [number]))[0], number, readRefund, raw),
    counts: async () => {
      const rows = await database.rows(
        'SELECT state, COUNT(*) FROM refunds FORCE INDEX (refunds_states) GROUP BY state',
      );
      return refundsByState(rows);
    },
    countOverdue: async (createdBefore) => {
      const [counted = []] = await database.rows(
        `SELECT COUNT(*) FROM refunds FORCE INDEX (refunds_states)
         WHERE state IN ('requested', 'processing') AND created_at < ?`,
        createdBefore,
      );
      return reading(counted).integer();
    },
  };
}

async function note(database: Database, change: RefundNote): Promise<boolean> {
  const changed = await database.change(
    `UPDATE refunds SET version = version + 1, state = COALESCE(?3, state), progress = COALESCE(?4, progress),
       next_ask_at = COALESCE(?5, next_ask_at), last_error = CASE WHEN ?6 = 1 THEN ?7 ELSE last_error END,
       history = CONCAT(history, ?8), refusal = CASE WHEN ?9 = 1 THEN ?10 ELSE refusal END,
       succeeded_at = CASE WHEN ?3 IS NULL THEN succeeded_at ELSE ?11 END
     WHERE out_refund_no = ?1 AND version = ?2`,
    ...refundNoteValues(change),
  );
  return changed === 1;
}
