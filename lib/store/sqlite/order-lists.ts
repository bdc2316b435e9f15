import { setImmediate } from 'node:timers/promises';
import type { Order } from '../../orders/order';
import type { TransactionId } from '../../values/ids';
import type { Orders } from '../port';
import type { Page } from '../requests';
import { reading } from './columns';
import type { Connection, Statement } from './connection';
import { checkedLimit, pageOf, readCursor } from './cursor';
import { ORDER_COLUMNS, ORDERS, readOrder } from './order-rows';

const PAYMENTS = [
  'pending',
  'paid',
  'closed',
  'failed',
] as const satisfies readonly Order['payment']['state'][];
const FULFILMENTS = [
  'none',
  'due',
  'done',
  'dead',
] as const satisfies readonly Order['fulfilment']['state'][];

/**
 * Prepares lists of orders by their states. Each pair of states is one sorted range of an index, so that the first page of a
 * million orders costs as much as that of a thousand; what is asked for is merged from at most 4 of them.
 */
export function prepareOrderList(
  connection: Connection,
): (query: Parameters<Orders['list']>[0]) => Page<Order> {
  const BEYOND = '(created_at, out_trade_no) < (?1, ?2) AND created_at <= ?1';
  const SORTED = 'ORDER BY created_at DESC, out_trade_no DESC LIMIT ?3';
  const all = connection.prepare(`SELECT ${ORDER_COLUMNS} FROM ${ORDERS} WHERE ${BEYOND} ${SORTED}`);
  const ofStates = connection.prepare(
    `SELECT ${ORDER_COLUMNS} FROM ${ORDERS}
     WHERE payment_state = ?4 AND fulfilment_state = ?5 AND ${BEYOND} ${SORTED}`,
  );
  return ({ payment = null, fulfilment = null, after, limit }) => {
    const { at, name } = readCursor(after);
    const most = checkedLimit(limit) + 1;
    const keyOf = (order: Order) => ({ at: order.createdAt, name: order.outTradeNo });
    if (payment === null && fulfilment === null) {
      return pageOf(all.all(at, name, most).map(readOrder), limit, keyOf);
    }
    const found = (payment === null ? PAYMENTS : [payment]).flatMap((paying) =>
      (fulfilment === null ? FULFILMENTS : [fulfilment]).flatMap((fulfilling) =>
        ofStates.all(at, name, most, paying, fulfilling).map(readOrder),
      ),
    );
    found.sort((a, b) => b.createdAt - a.createdAt || (a.outTradeNo < b.outTradeNo ? 1 : -1));
    return pageOf(found.slice(0, most), limit, keyOf);
  };
}

/** So many rows an operator's search looks at before others get their turn: 10 ms for orders that are not in memory. */
const SLICE = 2_000;

/**
 * Prepares looking for the order a transaction paid. An index on it would cost every payment, and this is an operator's rare
 * search: it goes through the keys of the messages, and through the orders for what is no longer among them, newest first.
 */
export function prepareOfTransaction(
  connection: Connection,
): (transactionId: TransactionId) => Promise<Order | null> {
  const find = connection.prepare(`SELECT ${ORDER_COLUMNS} FROM ${ORDERS} WHERE out_trade_no = ?`);
  const newest = {
    inbox: connection.prepare('SELECT max(id) FROM inbox'),
    orders: connection.prepare('SELECT max(id) FROM orders'),
  };
  const keys = connection.prepare(
    `SELECT key FROM inbox WHERE id > ?1 AND id <= ?2 AND key GLOB 'payment:*:' || ?3`,
  );
  // The plus keeps SQLite from going through all that is paid.
  const orders = connection.prepare(
    `SELECT out_trade_no FROM orders
     WHERE id > ?1 AND id <= ?2 AND +payment_state = 'paid' AND payment ->> '$.transactionId' = ?3`,
  );

  const search = async (
    table: keyof typeof newest,
    slice: Statement,
    orderNumberOf: (found: string) => string,
    transactionId: TransactionId,
  ): Promise<Order | null> => {
    let last = reading(newest[table].all()[0] ?? []).integerOrNull() ?? 0;
    for (; last > 0; last -= SLICE) {
      for (const columns of slice.all(last - SLICE, last, transactionId)) {
        const [order] = find.all(orderNumberOf(reading(columns).text())).map(readOrder);
        if (order?.payment.state === 'paid' && order.payment.transactionId === transactionId) return order;
      }
      await setImmediate();
    }
    return null;
  };

  return async (transactionId) =>
    (await search('inbox', keys, (key) => key.split(':')[1] ?? '', transactionId)) ??
    (await search('orders', orders, (outTradeNo) => outTradeNo, transactionId));
}
