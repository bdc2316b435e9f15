import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { inboxSettings, statementSettings } from '../../lib/hosting/settings';
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
      settings: statementSettings(ports.config, ports.store.chunk),
      inbox: { ...ports, settings: inboxSettings(ports.config) },
    };
    return (budget) => reconcileDue(deps, budget);
  });
}
