import type { Order } from '../../../model/order';
import { FULFILMENT_STATES, PAYMENT_STATES } from '../../../model/order';
import type { Orders } from '../../orders-port';
import type { LateKind, LateQuery } from '../../requests';
import type { Columns } from '../../rows/columns';
import { isText, reading } from '../../rows/columns';
import { checkedLimit, readCursor } from '../../rows/cursor';
import { ORDER_COLUMNS, ORDERS, readOrder, readOrders, readWholeOrder } from '../../rows/order-rows';
import { placeColumns, placeOf } from '../../rows/unreadable';
import type { Database } from '../base/database';
import { listedPage, rawRows, unreadableRow } from '../base/unreadable';
import { ordersBy, WHOLE_ORDER_COLUMNS } from './order-columns';

/** Lists and counts of orders. */
export type OrderLists = Pick<Orders, 'list' | 'raw' | 'ofTransaction' | 'counts' | 'countLate'>;

const LISTED = `${ORDER_COLUMNS}, ${placeColumns('out_trade_no')}`;

/** Both halves are needed: only by the first one does an index find the start of the page. */
const BEYOND = 'created_at <= ?1 AND (created_at, out_trade_no) < (?1, ?2)';
const SORTED = 'ORDER BY created_at DESC, out_trade_no DESC LIMIT ?3';

/**
 * Lists and counts of the orders in MySQL. Each pair of states is one sorted range of an index, so
 * that the first page of a million orders costs as much as that of a thousand. A list merges at
 * most 5 of them.
 */
export function mysqlOrderLists(database: Database): OrderLists {
  const raw = rawRows(database, { tables: ['orders', 'order_marks'], from: ORDERS, name: 'out_trade_no' });
  return {
    list: async ({ payment = null, fulfilment = null, late = null, after, limit }) => {
      const { at, name } = readCursor(after);
      const page = [at, name, checkedLimit(limit) + 1] as const;
      if (late !== null) {
        const rows = newestFirst(await lateRows(database, late.kind, late.by, page));
        return listedPage(rows.slice(0, limit + 1), limit, readOrder, raw);
      }
      if (payment === null && fulfilment === null) {
        const rows = await database.rows(
          `SELECT ${LISTED} FROM ${ordersBy('orders_created')} WHERE ${BEYOND} ${SORTED}`,
          ...page,
        );
        return listedPage(rows, limit, readOrder, raw);
      }
      const pairs = (payment === null ? PAYMENT_STATES : [payment]).flatMap((paying) =>
        (fulfilment === null ? FULFILMENT_STATES : [fulfilment]).map((fulfilling) => [paying, fulfilling]),
      );
      const ranges = await Promise.all(
        pairs.map((states) =>
          database.rows(
            `SELECT ${LISTED} FROM ${ordersBy('orders_states')}
             WHERE payment_state = ?4 AND fulfilment_state = ?5 AND ${BEYOND} ${SORTED}`,
            ...page,
            ...states,
          ),
        ),
      );
      return listedPage(newestFirst(ranges.flat()).slice(0, limit + 1), limit, readOrder, raw);
    },
    raw: async (outTradeNo) => {
      const [row] = await database.rows(
        `SELECT ${WHOLE_ORDER_COLUMNS} FROM ${ORDERS} WHERE out_trade_no = ?`,
        outTradeNo,
      );
      return unreadableRow(row, outTradeNo, readWholeOrder, raw);
    },
    ofTransaction: async (transactionId) => {
      const rows = await database.rows(
        `SELECT ${ORDER_COLUMNS} FROM ${ordersBy('orders_transaction')}
         WHERE transaction_id = ? AND payment_state = 'paid' LIMIT 1`,
        transactionId,
      );
      return readOrders(rows)[0] ?? null;
    },
    counts: async () => {
      const payment = { pending: 0, paid: 0, closed: 0, failed: 0 };
      const fulfilment = { none: 0, due: 0, held: 0, done: 0, dead: 0 };
      const rows = await database.rows(
        `SELECT payment_state, fulfilment_state, COUNT(*) FROM orders FORCE INDEX (orders_states)
         GROUP BY payment_state, fulfilment_state`,
      );
      for (const columns of rows) {
        const row = reading(columns);
        const [paying, fulfilling, count] = [row.as(isPayment), row.as(isFulfilment), row.integer()];
        payment[paying] += count;
        fulfilment[fulfilling] += count;
      }
      return { payment, fulfilment };
    },
    countLate: async (query) => {
      const { pendingCreatedFrom, pendingCreatedBefore, askDueBefore, undeliveredCreatedBefore } = query;
      const [counted = []] = await database.rows(
        `SELECT
           (SELECT COUNT(*) FROM orders FORCE INDEX (orders_states)
            WHERE payment_state = 'pending' AND fulfilment_state IN (?5) AND created_at >= ?4 AND created_at < ?1)
           + (SELECT COUNT(*) FROM orders FORCE INDEX (orders_ask_due)
              WHERE payment_state = 'pending' AND next_ask_at < ?2 AND created_at >= ?1),
           (SELECT COUNT(*) FROM orders FORCE INDEX (orders_states)
            WHERE payment_state = 'paid' AND fulfilment_state IN ('due', 'held') AND created_at < ?3)`,
        pendingCreatedBefore,
        askDueBefore,
        undeliveredCreatedBefore,
        pendingCreatedFrom,
        FULFILMENT_STATES,
      );
      const row = reading(counted);
      return { unknown: row.integer(), undelivered: row.integer() };
    },
  };
}

type Page = readonly [at: number, name: string, most: number];

async function lateRows(
  database: Database,
  kind: LateKind,
  by: LateQuery,
  page: Page,
): Promise<readonly Columns[]> {
  switch (kind) {
    // A pending order has nothing to fulfil yet: its range is that of both states, in its order.
    case 'unknown':
      return database.rows(
        `SELECT ${LISTED} FROM ${ordersBy('orders_states')}
         WHERE payment_state = 'pending' AND fulfilment_state = 'none' AND ${BEYOND}
           AND ((created_at >= ?5 AND created_at < ?4) OR (created_at >= ?4 AND next_ask_at < ?6)) ${SORTED}`,
        ...page,
        by.pendingCreatedBefore,
        by.pendingCreatedFrom,
        by.askDueBefore,
      );
    case 'undelivered': {
      const ranges = await Promise.all(
        (['due', 'held'] as const).map((state) =>
          database.rows(
            `SELECT ${LISTED} FROM ${ordersBy('orders_states')}
             WHERE payment_state = 'paid' AND fulfilment_state = ?5 AND created_at < ?4 AND ${BEYOND} ${SORTED}`,
            ...page,
            by.undeliveredCreatedBefore,
            state,
          ),
        ),
      );
      return ranges.flat();
    }
  }
}

/** Rows of several ranges in the order of a list. */
function newestFirst(rows: readonly Columns[]): readonly Columns[] {
  return [...rows].sort((one, other) => {
    const [a, b] = [placeOf(one), placeOf(other)];
    return b.at - a.at || (a.name < b.name ? 1 : -1);
  });
}

function isPayment(value: unknown): value is Order['payment']['state'] {
  return isText(value) && PAYMENT_STATES.some((one) => one === value);
}

function isFulfilment(value: unknown): value is Order['fulfilment']['state'] {
  return isText(value) && FULFILMENT_STATES.some((one) => one === value);
}
