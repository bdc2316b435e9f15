import { closeOrder as close } from '../../lib/orders/close';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';

/** The mini program calls this when its user gives up an unpaid order. */
export function closeOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    settings: ports.config.inbox,
    orderSettings: ports.config.orders,
  };
  return (event, caller) => close(deps, event, caller);
}
