import type { Agreement, AgreeRequest } from '../../../model/agreement';
import { daysLater, startOf } from '../../../values/day';
import type { OutTradeNo } from '../../../values/ids';
import { isOutTradeNo } from '../../../values/ids';
import { later } from '../../../values/instant';
import type { Orders } from '../../ports/orders-port';
import { reading } from '../../rows/columns';
import { BEFORE_ALL, checkedLimit, cursorText, pageOf, readCursor } from '../../rows/cursor';
import { MARK_COLUMNS, markValues, NOT_MARKED, notMarkedValues } from '../../rows/marks';
import { LEDGER_COLUMNS, ORDERS, readLedgerOrder } from '../../rows/order-rows';
import { placeOf, readEach } from '../../rows/unreadable';
import type { Database } from '../base/database';
import { ordersBy } from './order-columns';

/** What statement runs read and mark. */
export type Ledger = Pick<Orders, 'ledger' | 'agree' | 'markStatement' | 'absent' | 'firstCreatedAt'>;

/**
 * How many paid orders a page of absent ones reads at most, marked or not, before it ends short: a
 * day of a million orders must not come near a statement's time limit of 10 s, not even on a
 * database that is busy with something else. There, 50,000 took 3 to 5 s, and once too long.
 */
const LOOKED_AT = 10_000;

/** Sets a mark over another one; its values are `?2` to `?4`. */
const MARKED = 'ON DUPLICATE KEY UPDATE day = ?2, round = ?3, chunk = ?4';

/** The ledger of the orders in MySQL. */
export function mysqlLedger(database: Database, lookedAt: number = LOOKED_AT): Ledger {
  const ledger: Ledger['ledger'] = async (numbers) => {
    const rows = await database.rows(
      `SELECT ${LEDGER_COLUMNS} FROM ${ORDERS} WHERE out_trade_no IN (?)`,
      numbers,
    );
    return readEach(rows, readLedgerOrder);
  };
  return {
    ledger,
    agree: async (request) => agree(database, ledger, request),
    markStatement: async (numbers, mark) => {
      if (numbers.length === 0) return;
      await database.change(
        `INSERT INTO order_marks (id, ${MARK_COLUMNS})
         SELECT id, ?2, ?3, ?4 FROM orders WHERE out_trade_no IN (?1) ${MARKED}`,
        numbers,
        ...markValues(mark),
      );
    },
    absent: async (query) => {
      const { subMchId, day, after } = query;
      const limit = checkedLimit(query.limit);
      const { at, name } = readCursor(after, { at: startOf(day), name: '' });
      const end = startOf(daysLater(day, 1));
      const looked = await database.rows(
        `SELECT paid_at FROM orders FORCE INDEX (orders_paid) WHERE sub_mch_id = ? AND paid_at >= ? AND paid_at < ?
         ORDER BY paid_at LIMIT 1 OFFSET ?`,
        subMchId,
        at,
        end,
        lookedAt,
      );
      const [last] = looked.map((columns) => reading(columns).instant());
      const until = last === undefined ? end : later(last, 1);
      // Found in the index and the marks: nearly all orders of a day are in its bill, and reading
      // them all would push everything else out of the database's memory.
      const rows = await database.rows(
        `SELECT ${LEDGER_COLUMNS}, paid_at, out_trade_no
         FROM (SELECT id AS found_id FROM ${ordersBy('orders_paid')}
           WHERE sub_mch_id = ?1 AND paid_at >= ?2 AND paid_at < ?3 AND (paid_at, out_trade_no) > (?2, ?4)
             AND ${NOT_MARKED} ORDER BY paid_at, out_trade_no LIMIT ?7) found
           STRAIGHT_JOIN orders ON id = found_id LEFT JOIN order_marks USING (id)
         ORDER BY paid_at, out_trade_no`,
        subMchId,
        at,
        until,
        name,
        ...notMarkedValues(query),
        limit + 1,
      );
      const page = pageOf(rows, limit, placeOf);
      const reached = last === undefined ? null : cursorText({ at: until, name: BEFORE_ALL });
      return { items: readEach(page.items, readLedgerOrder), next: page.next ?? reached };
    },
    firstCreatedAt: async () => {
      const [row = []] = await database.rows('SELECT MIN(created_at) FROM orders');
      return reading(row).instantOrNull();
    },
  };
}

/**
 * The source that a payment became known by. At a value that is not JSON, MySQL fails the whole
 * statement and MariaDB returns null.
 */
const KNOWN_BY = "CASE WHEN JSON_VALID(payment) THEN JSON_UNQUOTE(JSON_EXTRACT(payment, '$.knownBy')) END";

/**
 * `plainlyAgrees`, most of it in SQL: of the orders that agree, nearly all, only four columns are
 * read. The mark needs no transaction, because no decision depends on it.
 */
async function agree(
  database: Database,
  ledger: Ledger['ledger'],
  { subMchId, currency, paidIn, payments, mark }: AgreeRequest,
): Promise<Agreement> {
  if (payments.length === 0) return { agreed: new Set(), others: [] };
  const marking = markValues(mark);
  const rows = await database.rows(
    `SELECT id, out_trade_no, transaction_id, total FROM ${ORDERS}
     WHERE out_trade_no IN (?1) AND payment_state = 'paid' AND sub_mch_id = ?2 AND currency = ?3
       AND paid_at >= ?7 AND paid_at < ?8 AND other_payments IS NULL AND ${KNOWN_BY} <> 'statement'
       AND NOT COALESCE(day = ?4 AND round = ?5 AND chunk < ?6, FALSE)`,
    payments.map(({ outTradeNo }) => outTradeNo),
    subMchId,
    currency,
    ...marking,
    paidIn.from,
    paidIn.to,
  );
  const stated = new Map(payments.map((one) => [one.outTradeNo, one]));
  const agreed = new Set<OutTradeNo>();
  const ids: number[] = [];
  for (const columns of rows) {
    const row = reading(columns);
    const [id, number, transaction] = [row.integer(), row.as(isOutTradeNo), row.text()];
    const payment = stated.get(number);
    if (payment?.transactionId !== transaction || payment.total !== row.integer()) continue;
    agreed.add(number);
    ids.push(id);
  }
  if (ids.length > 0) {
    await database.change(
      `INSERT INTO order_marks (id, ${MARK_COLUMNS}) VALUES ?1 ${MARKED}`,
      ids.map((id) => [id, ...marking]),
      ...marking,
    );
  }
  const rest = payments.flatMap(({ outTradeNo }) => (agreed.has(outTradeNo) ? [] : [outTradeNo]));
  return { agreed, others: rest.length === 0 ? [] : await ledger(rest) };
}
