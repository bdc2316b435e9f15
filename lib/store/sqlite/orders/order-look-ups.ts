import type { Order } from '../../../model/order';
import type { ListedPage, OrderLookUp, StuckState } from '../../requests';
import { STUCK_STATES } from '../../requests';
import { reading } from '../../rows/columns';
import { checkedLimit, readCursor } from '../../rows/cursor';
import { ORDER_COLUMNS, ORDERS, readOrder } from '../../rows/order-rows';
import { endOfPrefix, PAGE_BY_AMOUNT, PAGE_BY_TIME, startOfPage } from '../../rows/place-of-order';
import { placeColumns } from '../../rows/unreadable';
import type { Connection } from '../base/connection';
import { listedPage, prepareRaw } from '../base/unreadable';
import { IS_STUCK, PAYER_TAIL_OF_TERMS } from '../migrations/0030-looking-up-orders';
import { STORED_ORDER } from './order-lists';

/** Prepares `Orders.lookUp`. Each page is one sorted range of an index. */
export function prepareOrderLookUps(
  connection: Connection,
): (by: OrderLookUp, after: string | null, limit: number) => ListedPage<Order> {
  const LISTED = `${ORDER_COLUMNS}, ${placeColumns('out_trade_no')}`;
  const raw = prepareRaw(connection, STORED_ORDER);
  const prefixed = connection.prepare(
    `SELECT ${LISTED} FROM ${ORDERS} WHERE out_trade_no >= ?1 AND out_trade_no > ?2 AND out_trade_no < ?3
     ORDER BY out_trade_no LIMIT ?4`,
  );
  const { beyond, sorted } = PAGE_BY_TIME.newest;
  const byTime = (having: string) =>
    connection.prepare(`SELECT ${LISTED} FROM ${ORDERS} WHERE ${having} AND ${beyond} ${sorted}`);
  const ofAmount = byTime('total = ?5');
  const ofPayer = byTime(`${PAYER_TAIL_OF_TERMS} = ?5 AND erased_at IS NULL`);
  const createdAt = connection.prepare('SELECT created_at FROM orders WHERE out_trade_no = ?');
  const bySize = (first: 'largest' | 'smallest') => {
    const { beyond: further, sorted: order, beginning } = PAGE_BY_AMOUNT[first];
    const statement = (having: string) =>
      connection.prepare(
        `SELECT ${ORDER_COLUMNS}, total, out_trade_no FROM ${ORDERS} WHERE ${having}${further} ${order}`,
      );
    return {
      beginning,
      all: statement(''),
      ...stuckOf((state) => statement(`fulfilment_state = '${state}' AND ${IS_STUCK} AND `)),
    };
  };
  const sizes = { largest: bySize('largest'), smallest: bySize('smallest') };

  return (by, after, limit) => {
    const most = checkedLimit(limit) + 1;
    switch (by.kind) {
      case 'prefix': {
        const { name } = readCursor(after, { at: 0, name: '' });
        const rows = prefixed.all(by.prefix, name, endOfPrefix(by.prefix), most);
        return listedPage(rows, limit, readOrder, raw);
      }
      case 'amount':
      case 'payer': {
        const { at, name, bound } = startOfPage(after, 'newest', by.created);
        const rows =
          by.kind === 'amount'
            ? ofAmount.all(at, name, most, bound, by.total)
            : ofPayer.all(at, name, most, bound, by.tail);
        return listedPage(rows, limit, readOrder, raw);
      }
      case 'size': {
        const bySize = sizes[by.first];
        const { at, name } = readCursor(after, bySize.beginning);
        const [last] = name === '' ? [] : createdAt.all(name);
        const createdOfLast = last === undefined ? 0 : reading(last).integer();
        const rows = bySize[by.fulfilment ?? 'all'].all(at, createdOfLast, most, name);
        return listedPage(rows, limit, readOrder, raw);
      }
    }
  };
}

function stuckOf<To>(make: (state: StuckState) => To): Readonly<Record<StuckState, To>> {
  const [held, dead] = STUCK_STATES;
  return { held: make(held), dead: make(dead) };
}
