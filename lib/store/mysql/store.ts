import type { Store } from '../port';
import type { Database } from './base/database';
import { unbuilt } from './base/unbuilt';
import { mysqlInbox } from './inbox/inbox';
import { mysqlAlarms, mysqlAudit, mysqlFigures } from './operations';
import { mysqlOrders } from './orders/orders';
import { mysqlRefunds } from './refunds/refunds';
import { mysqlDiscrepancies } from './runs/discrepancies';
import { mysqlStatementRuns } from './runs/statement-runs';

/** A step of a statement run is a few statements over as many orders. */
const CHUNK = 1_000;

/** The store in a database that has this program's tables. */
export function storeOn(database: Database): Store {
  return {
    chunk: CHUNK,
    inbox: mysqlInbox(database),
    orders: mysqlOrders(database),
    refunds: mysqlRefunds(database),
    discrepancies: mysqlDiscrepancies(database),
    statementRuns: mysqlStatementRuns(database),
    audit: mysqlAudit(database),
    figures: mysqlFigures(database),
    alarms: mysqlAlarms(database),
    waits: { pullForward: unbuilt },
    paces: { take: unbuilt },
    refundCounts: { find: unbuilt, save: unbuilt },
    shared: { read: unbuilt, write: unbuilt },
  };
}
