import { refundOrder as refund } from '../../lib/refunds/request';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';

/** An operator or the merchant's own code calls this to refund. A mini program's user may not. */
export function refundOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    settings: ports.config.inbox,
    refundSettings: ports.config.refunds,
  };
  return (event, caller) => refund(deps, event, caller);
}
