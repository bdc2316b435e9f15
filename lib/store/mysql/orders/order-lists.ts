import type { Orders } from '../../orders-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** Lists and counts of orders. */
export type OrderLists = Pick<Orders, 'list' | 'raw' | 'ofTransaction' | 'counts' | 'countLate'>;

/** Lists and counts of the orders in MySQL. */
export function mysqlOrderLists(_database: Database): OrderLists {
  return { list: unbuilt, raw: unbuilt, ofTransaction: unbuilt, counts: unbuilt, countLate: unbuilt };
}
