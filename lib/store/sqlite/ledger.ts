import type { LedgerOrder } from '../../orders/order';
import type { StatementMark } from '../../statement/mark';
import { daysLater, startOf } from '../../values/day';
import type { OutTradeNo } from '../../values/ids';
import type { AbsentQuery, Page } from '../requests';
import type { Connection } from './connection';
import { checkedLimit, pageOf, readCursor } from './cursor';
import { MARK_COLUMNS, markValues, NOT_MARKED, notMarkedValues } from './marks';
import { LEDGER_COLUMNS, ORDERS, readLedgerOrder } from './order-rows';

/** What statements read and write of the orders; the write inside a transaction of the caller. */
export interface Ledger {
  find(numbers: readonly OutTradeNo[]): readonly LedgerOrder[];
  mark(numbers: readonly OutTradeNo[], mark: StatementMark): void;
  absent(query: AbsentQuery): Page<LedgerOrder>;
}

/** Prepares them. */
export function prepareLedger(connection: Connection): Ledger {
  const find = connection.prepare(
    `SELECT ${LEDGER_COLUMNS} FROM ${ORDERS} WHERE out_trade_no IN (SELECT value FROM json_each(?))`,
  );
  const mark = connection.prepare(
    `INSERT OR REPLACE INTO order_marks (id, ${MARK_COLUMNS})
     SELECT id, ?2, ?3, ?4 FROM orders WHERE out_trade_no IN (SELECT value FROM json_each(?1))`,
  );
  const absent = connection.prepare(
    `SELECT ${LEDGER_COLUMNS}, paid_at FROM ${ORDERS}
     WHERE sub_mch_id = ?1 AND paid_at >= ?2 AND paid_at < ?3 AND (paid_at, out_trade_no) > (?2, ?4)
       AND ${NOT_MARKED} ORDER BY paid_at, out_trade_no LIMIT ?7`,
  );
  return {
    find: (numbers) => find.all(JSON.stringify(numbers)).map(readLedgerOrder),
    mark: (numbers, to) => {
      if (numbers.length > 0) mark.run(JSON.stringify(numbers), ...markValues(to));
    },
    absent: (query) => {
      const { subMchId, day, after, limit } = query;
      const { at, name } = readCursor(after, { at: startOf(day), name: '' });
      const end = startOf(daysLater(day, 1));
      const rows = absent.all(subMchId, at, end, name, ...notMarkedValues(query), checkedLimit(limit) + 1);
      const read = rows.map((columns) => ({ at: Number(columns.at(-1)), order: readLedgerOrder(columns) }));
      const page = pageOf(read, limit, (one) => ({ at: one.at, name: one.order.outTradeNo }));
      return { items: page.items.map((one) => one.order), next: page.next };
    },
  };
}
