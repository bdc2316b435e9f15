import { followCanary, wantsCanary } from '../../lib/orders/canary/canary';
import { queryOrder as query } from '../../lib/orders/ask';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';

/** The mini program calls this to see whether an order is paid and fulfilled. */
export function queryOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    settings: ports.config.inbox,
    orderSettings: ports.config.orders,
  };
  return (event, caller) =>
    wantsCanary(event) ? followCanary(deps, event, caller) : query(deps, event, caller);
}
