import type { Store } from '../port';
import { withStanding } from '../with-standing';
import type { Database } from './base/database';
import type { Report } from './base/errors';
import { mysqlApprovals } from './approvals';
import { mysqlDocuments } from './documents';
import { ITEM_NOTES, SIGN_OFFS } from '../rows/versioned-documents';
import { mysqlInbox } from './inbox/inbox';
import { mysqlAlarms, mysqlAudit, mysqlFigures } from './operations';
import { mysqlOrders } from './orders/orders';
import { mysqlPaces } from './paces';
import { mysqlPersonalData } from './personal-data';
import { mysqlRefundCounts } from './refund-counts';
import { mysqlRefunds } from './refunds/refunds';
import { mysqlDiscrepancies } from './runs/discrepancies';
import { mysqlStatementRuns } from './runs/statement-runs';
import { mysqlSharedState } from './shared-state';
import { mysqlWaits } from './waits';

/**
 * A step of a statement run costs some ten commits beside the statements over its orders, 1,000 at
 * once. With steps of 1,000 orders a run of 50,000 took 1.2 times the processor time of the
 * database, and twice as long.
 */
const CHUNK = 5_000;

/**
 * The store in a database that has this program's tables. `report` gets problems with which no
 * method rejects.
 */
export function storeOn(database: Database, report: Report): Store {
  const shared = mysqlSharedState(database);
  return {
    chunk: CHUNK,
    inbox: mysqlInbox(database, report),
    orders: mysqlOrders(database),
    refunds: mysqlRefunds(database),
    discrepancies: mysqlDiscrepancies(database),
    statementRuns: mysqlStatementRuns(database),
    audit: mysqlAudit(database),
    figures: mysqlFigures(database),
    alarms: withStanding(mysqlAlarms(database), shared),
    approvals: mysqlApprovals(database),
    signOffs: mysqlDocuments(database, SIGN_OFFS),
    itemNotes: mysqlDocuments(database, ITEM_NOTES),
    waits: mysqlWaits(database),
    paces: mysqlPaces(database),
    refundCounts: mysqlRefundCounts(database),
    shared,
    personal: mysqlPersonalData(database),
  };
}
