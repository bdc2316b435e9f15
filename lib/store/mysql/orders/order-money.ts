import { daysLater, startOf } from '../../../values/day';
import { fen } from '../../../values/fen';
import { later } from '../../../values/instant';
import type { Orders } from '../../ports/orders-port';
import type { MoneySum } from '../../../model/operators/today';
import type { Columns } from '../../rows/columns';
import { isText, reading } from '../../rows/columns';
import { readCursor } from '../../rows/cursor';
import { bookedPart } from '../../rows/booked';
import { dayNumber } from '../../rows/marks';
import type { Database } from '../base/database';
import { ordersBy } from './order-columns';

/** How many orders a part of `Orders.booked` counts: as many as a page of absent ones looks at. */
const HELD_AT_ONCE = 10_000;

/** The sums of orders in MySQL. */
export function mysqlOrderMoney(
  database: Database,
  atOnce: number = HELD_AT_ONCE,
): Pick<Orders, 'booked' | 'paidBetween' | 'stuckBetween'> {
  return {
    booked: async ({ subMchId, day, after }) => {
      const { at } = readCursor(after, { at: startOf(day), name: '' });
      const end = startOf(daysLater(day, 1));
      const beyond = await database.rows(
        `SELECT paid_at FROM orders FORCE INDEX (orders_paid) WHERE sub_mch_id = ? AND paid_at >= ? AND paid_at < ?
         ORDER BY paid_at LIMIT 1 OFFSET ?`,
        subMchId,
        at,
        end,
        atOnce,
      );
      const [last] = beyond.map((columns) => reading(columns).instant());
      const until = last === undefined ? end : later(last, 1);
      const [row] = await database.rows(
        `SELECT COUNT(*), CAST(COALESCE(SUM(total), 0) AS SIGNED), COUNT(CASE WHEN day <> ?4 THEN 1 END),
           CAST(COALESCE(SUM(CASE WHEN day <> ?4 THEN total END), 0) AS SIGNED)
         FROM ${ordersBy('orders_paid')} WHERE sub_mch_id = ?1 AND paid_at >= ?2 AND paid_at < ?3`,
        subMchId,
        at,
        until,
        dayNumber(day),
      );
      return bookedPart(row, last === undefined ? null : until);
    },
    paidBetween: async ({ merchants, from, to }) => {
      const [row] = await database.rows(
        `SELECT COUNT(*), CAST(COALESCE(SUM(total), 0) AS SIGNED) FROM orders FORCE INDEX (orders_paid)
         WHERE sub_mch_id IN (?1) AND paid_at >= ?2 AND paid_at < ?3`,
        merchants,
        from,
        to,
      );
      return sumOf(row);
    },
    stuckBetween: async ({ from, to }) => {
      const rows = await database.rows(
        `SELECT fulfilment_state, COUNT(*), CAST(SUM(total) AS SIGNED) FROM orders FORCE INDEX (orders_states)
         WHERE payment_state = 'paid' AND fulfilment_state IN ('held', 'dead') AND paid_at >= ?1 AND paid_at < ?2
         GROUP BY fulfilment_state`,
        from,
        to,
      );
      const sums = new Map(rows.map((row) => [reading(row).as(isText), sumOf(row.slice(1))]));
      return { held: sums.get('held') ?? sumOf(undefined), dead: sums.get('dead') ?? sumOf(undefined) };
    },
  };
}

/** A count and a sum, as a row. */
export function sumOf(columns: Columns | undefined): MoneySum {
  if (columns === undefined) return { count: 0, total: fen(0) };
  const row = reading(columns);
  return { count: row.integer(), total: fen(row.integer()) };
}
