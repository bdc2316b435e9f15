import type { Store } from '../port';
import { MOST_PER_QUERY, type Cloud } from './base/database';
import { discrepanciesOn } from './runs/discrepancies';
import type { Report } from './base/documents';
import { inboxOn } from './inbox/inbox';
import { approvalsOn } from './approvals';
import { documentsOn } from './versioned-documents';
import { ITEM_NOTES, SIGN_OFFS } from '../rows/versioned-documents';
import { auditOn } from './audit';
import { alarmsOn, figuresOn } from './operations';
import { ordersOn } from './orders/orders';
import { pacesOn } from './paces';
import { personalDataOn } from './personal-data';
import { refundCountsOn } from './refund-counts';
import { refundsOn } from './refunds/refunds';
import { sharedStateOn } from './shared-state';
import { statementRunsOn } from './runs/statement-runs';
import { waitsOn } from './waits';

/**
 * The Store on CloudBase's document database, through the given SDK instance (`cloud.init` or
 * `createNewInstance` must have run). The collections and indexes of `schema.ts` must exist. Makes
 * no request.
 *
 * `report` receives errors with which no method rejects: a document that does not fit, or a failed
 * write of a batch. `random` answers 0 to 1, `Math.random` unless told: where in the list of due
 * items a claim goes on that others won.
 */
export function openCloudBaseStore(cloud: Cloud, report: Report, random?: () => number): Store {
  const db = cloud.database();
  return {
    chunk: MOST_PER_QUERY,
    inbox: inboxOn(db, report, random),
    orders: ordersOn(db, report, random),
    refunds: refundsOn(db, report),
    discrepancies: discrepanciesOn(db, report),
    statementRuns: statementRunsOn(db, report),
    audit: auditOn(db, report),
    approvals: approvalsOn(db, report),
    signOffs: documentsOn(db, SIGN_OFFS),
    itemNotes: documentsOn(db, ITEM_NOTES),
    figures: figuresOn(db, report),
    alarms: alarmsOn(db, report),
    waits: waitsOn(db),
    paces: pacesOn(db),
    refundCounts: refundCountsOn(db),
    shared: sharedStateOn(db),
    personal: personalDataOn(db, report),
  };
}
