import type { Order } from '../../../model/order';
import { FULFILMENT_STATES, isPaymentBeside, PAYMENT_STATES } from '../../../model/order';
import type { Orders } from '../../ports/orders-port';
import type { LateKind, LateQuery } from '../../requests';
import type { Columns } from '../../rows/columns';
import { isText, reading } from '../../rows/columns';
import { checkedLimit } from '../../rows/cursor';
import type { First } from '../../rows/place-of-order';
import { ALWAYS, inOrder, PAGE_BY_TIME, startOfPage, unfulfilledBefore } from '../../rows/place-of-order';
import { ORDER_COLUMNS, ORDERS, readOrder, readOrders, readWholeOrder } from '../../rows/order-rows';
import { placeColumns } from '../../rows/unreadable';
import type { Database } from '../base/database';
import { listedPage, rawRows, unreadableRow } from '../base/unreadable';
import { lookUp } from './order-look-ups';
import { ordersBy, WHOLE_ORDER_COLUMNS } from './order-columns';

/** Lists and counts of orders. */
export type OrderLists = Pick<Orders, 'list' | 'lookUp' | 'raw' | 'ofTransaction' | 'counts' | 'countLate'>;

const LISTED = `${ORDER_COLUMNS}, ${placeColumns('out_trade_no')}`;

/**
 * Lists and counts of the orders in MySQL. Each pair of states is one sorted range of an index, so
 * that the first page of a million orders costs as much as that of a thousand. A list merges at
 * most 5 of them.
 */
export function mysqlOrderLists(database: Database): OrderLists {
  const raw = rawRows(database, { tables: ['orders', 'order_marks'], from: ORDERS, name: 'out_trade_no' });
  return {
    list: async (query) => {
      const { payment = null, fulfilment = null, late = null, created = ALWAYS, first = 'newest' } = query;
      const { after, limit } = query;
      const { at, name, bound } = startOfPage(after, first, created);
      const { beyond, sorted } = PAGE_BY_TIME[first];
      const page = [at, name, checkedLimit(limit) + 1, bound] as const;
      if (late !== null) {
        const rows = inOrder(await lateRows(database, { ...late, first }, page), first);
        return listedPage(rows.slice(0, limit + 1), limit, readOrder, raw);
      }
      if (payment === null && fulfilment === null) {
        const rows = await database.rows(
          `SELECT ${LISTED} FROM ${ordersBy('orders_created')} WHERE ${beyond} ${sorted}`,
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
             WHERE payment_state = ?5 AND fulfilment_state = ?6 AND ${beyond} ${sorted}`,
            ...page,
            ...states,
          ),
        ),
      );
      return listedPage(inOrder(ranges.flat(), first).slice(0, limit + 1), limit, readOrder, raw);
    },
    lookUp: ({ by, after, limit }) => lookUp(database, raw, by, after, limit),
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
      const [paid] = readOrders(rows);
      if (paid !== undefined) return paid;
      const beside = await database.rows(
        `SELECT ${ORDER_COLUMNS} FROM ${ORDERS}
         WHERE out_trade_no = (SELECT out_trade_no FROM transactions WHERE transaction_id = ?)`,
        transactionId,
      );
      return readOrders(beside).find((order) => isPaymentBeside(order, transactionId)) ?? null;
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
      const { pendingCreatedFrom, pendingCreatedBefore, askDueBefore, unfulfilledCreatedBefore } = query;
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
        unfulfilledCreatedBefore,
        pendingCreatedFrom,
        FULFILMENT_STATES,
      );
      const row = reading(counted);
      return { unknown: row.integer(), unfulfilled: row.integer() };
    },
  };
}

type Page = readonly [at: number, name: string, most: number, bound: number];

async function lateRows(
  database: Database,
  { kind, by, first }: { readonly kind: LateKind; readonly by: LateQuery; readonly first: First },
  page: Page,
): Promise<readonly Columns[]> {
  const { beyond, sorted } = PAGE_BY_TIME[first];
  switch (kind) {
    // A pending order has nothing to fulfil yet: its range is that of both states, in its order.
    case 'unknown':
      return database.rows(
        `SELECT ${LISTED} FROM ${ordersBy('orders_states')}
         WHERE payment_state = 'pending' AND fulfilment_state = 'none' AND ${beyond}
           AND ((created_at >= ?6 AND created_at < ?5) OR (created_at >= ?5 AND next_ask_at < ?7)) ${sorted}`,
        ...page,
        by.pendingCreatedBefore,
        by.pendingCreatedFrom,
        by.askDueBefore,
      );
    case 'unfulfilled': {
      const ranges = await Promise.all(
        unfulfilledBefore(by).map(([state, before]) =>
          database.rows(
            `SELECT ${LISTED} FROM ${ordersBy('orders_states')}
             WHERE payment_state = 'paid' AND fulfilment_state = ?6 AND created_at < ?5 AND ${beyond} ${sorted}`,
            ...page,
            before,
            state,
          ),
        ),
      );
      return ranges.flat();
    }
  }
}

function isPayment(value: unknown): value is Order['payment']['state'] {
  return isText(value) && PAYMENT_STATES.some((one) => one === value);
}

function isFulfilment(value: unknown): value is Order['fulfilment']['state'] {
  return isText(value) && FULFILMENT_STATES.some((one) => one === value);
}
