import { queryOrder as query } from '../../lib/orders/ask';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';
import { inboxSettings, orderSettings } from '../../lib/hosting/settings';

/** The mini program calls this to see whether an order is paid and fulfilled. */
export function queryOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    settings: inboxSettings(ports.config),
    orderSettings: orderSettings(ports.config),
  };
  return (event, caller) => query(deps, event, caller);
}
