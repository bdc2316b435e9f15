import type { Store } from '../../../lib/store/port';
import { withStanding } from '../../../lib/store/with-standing';
import { modelDiscrepancies } from './discrepancies';
import { modelInbox } from './inbox';
import {
  modelAlarms,
  modelApprovals,
  modelDocuments,
  modelAudit,
  modelFigures,
  modelPaces,
  modelRefundCounts,
  modelSharedState,
} from './operations';
import { modelOrders } from './orders';
import { modelPersonalData } from './personal-data';
import { modelRefunds } from './refunds';
import type { ModelState, Step } from './state';
import { modelStatementRuns } from './statement-runs';
import { modelWaits } from './waits';

/**
 * A store in memory that keeps the Store port's promises and no others. The conformance suite runs
 * on it, so what a history proves on it holds for every store that passes the suite.
 */
export function modelStore(state: ModelState, step: Step): Store {
  const shared = modelSharedState(state, step);
  return {
    chunk: 1_000,
    inbox: modelInbox(state, step),
    orders: modelOrders(state, step),
    refunds: modelRefunds(state, step),
    discrepancies: modelDiscrepancies(state, step),
    statementRuns: modelStatementRuns(state, step),
    audit: modelAudit(state, step),
    approvals: modelApprovals(state, step),
    signOffs: modelDocuments(state.signOffs, 'signOffs', step),
    itemNotes: modelDocuments(state.itemNotes, 'itemNotes', step),
    figures: modelFigures(state, step),
    alarms: withStanding(modelAlarms(state, step), shared),
    waits: modelWaits(state, step),
    paces: modelPaces(state, step),
    refundCounts: modelRefundCounts(state, step),
    shared,
    personal: modelPersonalData(state, step),
  };
}
