import type { Order } from '../../../model/order';
import type { ListedPage, OrderLookUp } from '../../requests';
import { reading } from '../../rows/columns';
import { checkedLimit, readCursor } from '../../rows/cursor';
import { ORDER_COLUMNS, ORDERS, readOrder } from '../../rows/order-rows';
import { endOfPrefix, PAGE_BY_AMOUNT, PAGE_BY_TIME, startOfPage } from '../../rows/place-of-order';
import { placeColumns } from '../../rows/unreadable';
import type { Database } from '../base/database';
import { listedPage, type ReadRaw } from '../base/unreadable';
import { ordersBy } from './order-columns';

const LISTED = `${ORDER_COLUMNS}, ${placeColumns('out_trade_no')}`;

/** `Orders.lookUp` in MySQL. Each page is one sorted range of an index, except of stuck orders. */
export async function lookUp(
  database: Database,
  raw: ReadRaw,
  by: OrderLookUp,
  after: string | null,
  limit: number,
): Promise<ListedPage<Order>> {
  const most = checkedLimit(limit) + 1;
  switch (by.kind) {
    case 'prefix': {
      const { name } = readCursor(after, { at: 0, name: '' });
      const rows = await database.rows(
        `SELECT ${LISTED} FROM ${ORDERS} WHERE out_trade_no >= ?1 AND out_trade_no > ?2 AND out_trade_no < ?3
         ORDER BY out_trade_no LIMIT ?4`,
        by.prefix,
        name,
        endOfPrefix(by.prefix),
        most,
      );
      return listedPage(rows, limit, readOrder, raw);
    }
    case 'amount':
    case 'payer': {
      const { at, name, bound } = startOfPage(after, 'newest', by.created);
      const { beyond, sorted } = PAGE_BY_TIME.newest;
      const [index, column, value] =
        by.kind === 'amount'
          ? (['orders_amount', 'total', by.total] as const)
          : (['orders_payer', 'erased_at IS NULL AND payer_tail', by.tail] as const);
      const rows = await database.rows(
        `SELECT ${LISTED} FROM ${ordersBy(index)} WHERE ${column} = ?5 AND ${beyond} ${sorted}`,
        at,
        name,
        most,
        bound,
        value,
      );
      return listedPage(rows, limit, readOrder, raw);
    }
    case 'size':
      return bySize(database, raw, by, after, limit);
  }
}

/**
 * There are no partial indexes, and one of all states by amount would change with each order: the
 * orders whose fulfilment is stuck are sorted when they are asked for. They are few.
 */
async function bySize(
  database: Database,
  raw: ReadRaw,
  { first, fulfilment }: Extract<OrderLookUp, { kind: 'size' }>,
  after: string | null,
  limit: number,
): Promise<ListedPage<Order>> {
  const { beyond, sorted, beginning } = PAGE_BY_AMOUNT[first];
  const { at, name } = readCursor(after, beginning);
  const [last] =
    name === '' ? [] : await database.rows('SELECT created_at FROM orders WHERE out_trade_no = ?', name);
  const [index, having] =
    fulfilment === null
      ? (['orders_amount', ''] as const)
      : (['orders_states', `payment_state = 'paid' AND fulfilment_state = ?5 AND `] as const);
  const rows = await database.rows(
    `SELECT ${ORDER_COLUMNS}, total, out_trade_no FROM ${ordersBy(index)} WHERE ${having}${beyond} ${sorted}`,
    at,
    last === undefined ? 0 : reading(last).integer(),
    limit + 1,
    name,
    fulfilment,
  );
  return listedPage(rows, limit, readOrder, raw);
}
