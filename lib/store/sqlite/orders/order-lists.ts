import type { Order } from '../../../model/order';
import { FULFILMENT_STATES, isPaymentBeside, PAYMENT_STATES } from '../../../model/order';
import type { OutTradeNo, TransactionId } from '../../../values/ids';
import type { Orders } from '../../ports/orders-port';
import type { LateKind, LateQuery, ListedPage } from '../../requests';
import type { Connection } from '../base/connection';
import { checkedLimit } from '../../rows/cursor';
import type { First } from '../../rows/place-of-order';
import { ALWAYS, inOrder, PAGE_BY_TIME, startOfPage, unfulfilledBefore } from '../../rows/place-of-order';
import type { Unreadable } from '../../../model/unreadable';
import { listedPage, prepareRaw, unreadableRow } from '../base/unreadable';
import { placeColumns } from '../../rows/unreadable';
import type { Stored } from '../base/unreadable';
import {
  ORDER_COLUMNS,
  ORDERS,
  readOrder,
  readOrders,
  readWholeOrder,
  WHOLE_ORDER_COLUMNS,
} from '../../rows/order-rows';

/** Where an order is stored. */
export const STORED_ORDER: Stored = { tables: ['orders', 'order_marks'], from: ORDERS, name: 'out_trade_no' };

/** Prepares `Orders.raw`. */
export function prepareRawOrder(connection: Connection): (outTradeNo: OutTradeNo) => Unreadable | null {
  const raw = prepareRaw(connection, STORED_ORDER);
  const find = connection.prepare(`SELECT ${WHOLE_ORDER_COLUMNS} FROM ${ORDERS} WHERE out_trade_no = ?`);
  return (outTradeNo) => unreadableRow(find.all(outTradeNo)[0], outTradeNo, readWholeOrder, raw);
}

/**
 * Prepares lists of orders by their states. Each pair of states is one sorted range of an index, so
 * that the first page of a million orders costs as much as that of a thousand. A list merges at
 * most 5 of them.
 */
export function prepareOrderList(
  connection: Connection,
): (query: Parameters<Orders['list']>[0]) => ListedPage<Order> {
  const LISTED = `${ORDER_COLUMNS}, ${placeColumns('out_trade_no')}`;
  const raw = prepareRaw(connection, STORED_ORDER);
  const rangesOf = (first: First) => {
    const { beyond, sorted } = PAGE_BY_TIME[first];
    const statement = (having: string) =>
      connection.prepare(`SELECT ${LISTED} FROM ${ORDERS} WHERE ${having}${beyond} ${sorted}`);
    return {
      all: statement(''),
      ofStates: statement('payment_state = ?5 AND fulfilment_state = ?6 AND '),
      // A pending order has nothing to fulfil yet: its range is that of both states, in its order.
      unknown: statement(
        `payment_state = 'pending' AND fulfilment_state = 'none'
         AND ((created_at >= ?6 AND created_at < ?5) OR (created_at >= ?5 AND next_ask_at < ?7)) AND `,
      ),
      unfulfilled: statement(`payment_state = 'paid' AND fulfilment_state = ?6 AND created_at < ?5 AND `),
    };
  };
  const ranges = { newest: rangesOf('newest'), oldest: rangesOf('oldest') };
  const lateRows = (
    kind: LateKind,
    by: LateQuery,
    { unknown, unfulfilled }: ReturnType<typeof rangesOf>,
    page: readonly [number, string, number, number],
  ) => {
    switch (kind) {
      case 'unknown':
        return unknown.all(...page, by.pendingCreatedBefore, by.pendingCreatedFrom, by.askDueBefore);
      case 'unfulfilled':
        return unfulfilledBefore(by).flatMap(([state, before]) => unfulfilled.all(...page, before, state));
    }
  };
  return ({
    payment = null,
    fulfilment = null,
    late = null,
    created = ALWAYS,
    first = 'newest',
    after,
    limit,
  }) => {
    const { at, name, bound } = startOfPage(after, first, created);
    const most = checkedLimit(limit) + 1;
    const page = [at, name, most, bound] as const;
    const range = ranges[first];
    if (late !== null) {
      const rows = inOrder(lateRows(late.kind, late.by, range, page), first);
      return listedPage(rows.slice(0, most), limit, readOrder, raw);
    }
    if (payment === null && fulfilment === null) {
      return listedPage(range.all.all(...page), limit, readOrder, raw);
    }
    const found = (payment === null ? PAYMENT_STATES : [payment]).flatMap((paying) =>
      (fulfilment === null ? FULFILMENT_STATES : [fulfilment]).flatMap((fulfilling) =>
        range.ofStates.all(...page, paying, fulfilling),
      ),
    );
    return listedPage(inOrder(found, first).slice(0, most), limit, readOrder, raw);
  };
}

/**
 * Prepares finding the order that has a transaction. Payments beside an order's own are found by
 * whose the transaction is. The index of the others costs a payment nothing measurable
 * (draining 8,000 messages: least of 25 runs 52.3 µs of processor time each with it, 54.6 without),
 * whereas scanning a million orders took seconds.
 */
export function prepareOfTransaction(connection: Connection): (transactionId: TransactionId) => Order | null {
  const find = connection.prepare(
    `SELECT ${ORDER_COLUMNS} FROM ${ORDERS}
     WHERE payment_state = 'paid' AND payment ->> '$.transactionId' = ? LIMIT 1`,
  );
  const findBeside = connection.prepare(
    `SELECT ${ORDER_COLUMNS} FROM ${ORDERS}
     WHERE out_trade_no = (SELECT out_trade_no FROM transactions WHERE transaction_id = ?)`,
  );
  return (transactionId) =>
    readOrders(find.all(transactionId))[0] ??
    readOrders(findBeside.all(transactionId)).find((order) => isPaymentBeside(order, transactionId)) ??
    null;
}
