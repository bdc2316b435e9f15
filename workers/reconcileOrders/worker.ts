import { reconcileOrders as askAboutDue } from '../../lib/orders/reconcile';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { inboxSettings, reconcileSettings } from '../../lib/hosting/settings';
import { signallingToken } from '../../lib/hosting/token-signal';

/**
 * Queries WeChat Pay for orders without a notification, and closes those that can no longer be
 * paid.
 */
export function reconcileOrders(given: Ports): WorkerHandler {
  return signallingToken(given, 'reconcileOrders', (ports) => {
    const deps = {
      ...ports,
      settings: inboxSettings(ports.config),
      reconcileSettings: reconcileSettings(ports.config),
    };
    return (budget) => askAboutDue(deps, budget);
  });
}
