import { closeOrder as close } from '../../lib/orders/close';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';
import { inboxSettings, orderSettings } from '../../lib/hosting/settings';

/** The mini program calls this when its user gives up an unpaid order. */
export function closeOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    settings: inboxSettings(ports.config),
    orderSettings: orderSettings(ports.config),
  };
  return (event, caller) => close(deps, event, caller);
}
