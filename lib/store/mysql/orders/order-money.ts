import { fen } from '../../../values/fen';
import type { Orders } from '../../orders-port';
import type { MoneySum } from '../../../model/today';
import type { Columns } from '../../rows/columns';
import { isText, reading } from '../../rows/columns';
import type { Database } from '../base/database';

/** The sums of orders in MySQL. */
export function mysqlOrderMoney(database: Database): Pick<Orders, 'paidBetween' | 'stuckBetween'> {
  return {
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
