import { reconcileOrders as askAboutDue } from '../../lib/orders/reconcile';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { signallingToken } from '../../lib/hosting/token-signal';

/**
 * Queries WeChat Pay for orders without a notification, and closes those that can no longer be
 * paid. With `looksFirst`, a run without work costs one request on CloudBase.
 */
export function reconcileOrders(given: Ports, looksFirst = false): WorkerHandler {
  return signallingToken(given, 'reconcileOrders', (ports) => {
    const deps = {
      ...ports,
      looksFirst,
      settings: ports.config.inbox,
      reconcileSettings: ports.config.reconcileOrders,
    };
    return (budget) => askAboutDue(deps, budget);
  });
}

/** The same where each request is a call that costs. */
export function reconcileOrdersInCloud(ports: Ports): WorkerHandler {
  return reconcileOrders(ports, true);
}
