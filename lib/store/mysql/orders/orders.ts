import type { Orders } from '../../orders-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';
import { mysqlFulfilments } from './fulfilments';
import { mysqlLedger } from './ledger';
import { mysqlOrderLists } from './order-lists';

/** The orders in MySQL. */
export function mysqlOrders(database: Database): Orders {
  return {
    ...mysqlFulfilments(database),
    ...mysqlLedger(database),
    ...mysqlOrderLists(database),
    create: unbuilt,
    find: unbuilt,
    findWithoutCarts: unbuilt,
    note: unbuilt,
    noteRefundSaid: unbuilt,
    claimAsks: unbuilt,
    askAgainAt: unbuilt,
  };
}
