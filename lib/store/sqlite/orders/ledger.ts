import type { Agreement, AgreeRequest } from '../../../model/agreement';
import type { LedgerOrder } from '../../../model/order';
import type { StatementMark } from '../../../model/statement/statement-mark';
import { daysLater, startOf } from '../../../values/day';
import type { OutTradeNo } from '../../../values/ids';
import { later } from '../../../values/instant';
import type { AbsentQuery, Page } from '../../requests';
import type { Connection } from '../base/connection';
import { reading } from '../../rows/columns';
import { BEFORE_ALL, checkedLimit, cursorText, pageOf, readCursor } from '../../rows/cursor';
import { placeOf, readEach } from '../../rows/unreadable';
import { MARK_COLUMNS, markValues, NOT_MARKED, notMarkedValues } from '../../rows/marks';
import { LEDGER_COLUMNS, ORDERS, readLedgerOrder } from '../../rows/order-rows';
import { trusted } from '../../../values/trusted';

/** What statement runs read and write of the orders; the write inside the caller's transaction. */
export interface Ledger {
  find(numbers: readonly OutTradeNo[]): readonly LedgerOrder[];
  /** Also a write. */
  agree(request: AgreeRequest): Agreement;
  mark(numbers: readonly OutTradeNo[], mark: StatementMark): void;
  absent(query: AbsentQuery): Page<LedgerOrder>;
}

/**
 * How many paid orders a page of absent ones reads at most, marked or not, before it ends short: it
 * blocks all other work. 1,000,000 orders of one day take 0.37 s, so 50,000 take 18 ms.
 */
const LOOKED_AT = 50_000;

const isPlaces = trusted<readonly number[]>(Array.isArray);

/** Prepares them. */
export function prepareLedger(connection: Connection, lookedAt: number = LOOKED_AT): Ledger {
  // 4.5 µs per order, of which SQLite takes 1.2 and passing the columns to JavaScript 1.8. A whole
  // page as one JSON text took 3.8 without any checks.
  const find = connection.prepare(
    `SELECT ${LEDGER_COLUMNS} FROM ${ORDERS} WHERE out_trade_no IN (SELECT value FROM json_each(?))`,
  );
  // 0.8 µs per order, in chunks of 1,000. In the rows of the orders it took 4.4, and three times as
  // long to reach the disk.
  const mark = connection.prepare(
    `INSERT INTO order_marks (id, ${MARK_COLUMNS})
     SELECT id, ?2, ?3, ?4 FROM orders WHERE out_trade_no IN (SELECT value FROM json_each(?1))
     ON CONFLICT (id) DO UPDATE SET (${MARK_COLUMNS}) = (?2, ?3, ?4)`,
  );
  // CROSS JOIN keeps SQLite from scanning all paid orders. This is `plainlyAgrees` in SQL: which of
  // the payments, by their position in the list, and the rows of their orders.
  const agreeing = connection.prepare(
    `SELECT json_group_array(r.key), json_group_array(o.id)
     FROM json_each(?1) r CROSS JOIN orders o ON o.out_trade_no = r.value ->> 0 LEFT JOIN order_marks m ON m.id = o.id
     WHERE o.payment_state = 'paid' AND o.total = r.value ->> 2 AND o.sub_mch_id = ?2 AND o.currency = ?3
       AND o.paid_at >= ?7 AND o.paid_at < ?8 AND o.other_payments IS NULL AND o.payment ->> '$.transactionId' = r.value ->> 1
       AND o.payment ->> '$.knownBy' <> 'statement'
       AND NOT coalesce(m.day = ?4 AND m.round = ?5 AND m.chunk < ?6, 0)`,
  );
  const markRows = connection.prepare(
    `INSERT INTO order_marks (id, ${MARK_COLUMNS}) SELECT value, ?2, ?3, ?4 FROM json_each(?1) WHERE true
     ON CONFLICT (id) DO UPDATE SET (${MARK_COLUMNS}) = (?2, ?3, ?4)`,
  );
  const agree = ({ subMchId, currency, paidIn, payments, mark: to }: AgreeRequest): Agreement => {
    const stated = payments.map((one) => [one.outTradeNo, one.transactionId, one.total]);
    const marking = markValues(to);
    const by = [subMchId, currency, ...marking, paidIn.from, paidIn.to] as const;
    const [row] = agreeing.all(JSON.stringify(stated), ...by);
    const columns = reading(row ?? []);
    const places = columns.json(isPlaces);
    const rows = columns.text();
    if (places.length > 0) markRows.run(rows, ...marking);
    const agreed = new Set(places.flatMap((place) => payments[place]?.outTradeNo ?? []));
    const rest = payments.flatMap(({ outTradeNo }) => (agreed.has(outTradeNo) ? [] : [outTradeNo]));
    return {
      agreed,
      others: rest.length === 0 ? [] : readEach(find.all(JSON.stringify(rest)), readLedgerOrder),
    };
  };
  const lastLookedAt = connection.prepare(
    `SELECT paid_at FROM orders WHERE sub_mch_id = ? AND paid_at >= ? AND paid_at < ? ORDER BY paid_at
     LIMIT 1 OFFSET ?`,
  );
  const absent = connection.prepare(
    `SELECT ${LEDGER_COLUMNS}, paid_at, out_trade_no FROM ${ORDERS}
     WHERE sub_mch_id = ?1 AND paid_at >= ?2 AND paid_at < ?3 AND (paid_at, out_trade_no) > (?2, ?4)
       AND ${NOT_MARKED} ORDER BY paid_at, out_trade_no LIMIT ?7`,
  );
  return {
    find: (numbers) => readEach(find.all(JSON.stringify(numbers)), readLedgerOrder),
    agree,
    mark: (numbers, to) => {
      if (numbers.length > 0) mark.run(JSON.stringify(numbers), ...markValues(to));
    },
    absent: (query) => {
      const { subMchId, day, after } = query;
      const limit = checkedLimit(query.limit);
      const { at, name } = readCursor(after, { at: startOf(day), name: '' });
      const end = startOf(daysLater(day, 1));
      const [last] = lastLookedAt
        .all(subMchId, at, end, lookedAt)
        .map((columns) => reading(columns).instant());
      const until = last === undefined ? end : later(last, 1);
      const rows = absent.all(subMchId, at, until, name, ...notMarkedValues(query), limit + 1);
      const page = pageOf(rows, limit, placeOf);
      const reached = last === undefined ? null : cursorText({ at: until, name: BEFORE_ALL });
      return { items: readEach(page.items, readLedgerOrder), next: page.next ?? reached };
    },
  };
}
