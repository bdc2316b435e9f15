import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { signallingToken } from '../../lib/hosting/token-signal';
import { reconcileStatement as reconcileDue } from '../../lib/statement/run/reconcile';

/**
 * Reconciles each day with WeChat Pay's bill, and recovers missed payments and refunds through the
 * inbox.
 */
export function reconcileStatement(given: Ports): WorkerHandler {
  return signallingToken(given, 'reconcileStatement', (ports) => {
    const deps = {
      ...ports,
      settings: { ...ports.config.statement, chunkRows: ports.store.chunk },
      inbox: { ...ports, settings: ports.config.inbox },
    };
    return (budget) => reconcileDue(deps, budget);
  });
}
