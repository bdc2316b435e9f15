import { reconcileOrders as askAboutDue } from '../../lib/orders/reconcile';
import type { Ports, WorkerHandler } from '../../lib/runtime/ports';
import { inboxSettings, reconcileSettings } from '../../lib/runtime/settings';

/** Asks WeChat Pay about orders that heard nothing, and closes those that can no longer be paid. */
export function reconcileOrders(ports: Ports): WorkerHandler {
  const deps = {
    ...ports,
    settings: inboxSettings(ports.config),
    reconcileSettings: reconcileSettings(ports.config),
  };
  return (budget) => askAboutDue(deps, budget);
}
