import { refundOrder as refund } from '../../lib/refunds/request';
import type { FunctionHandler, Ports } from '../../lib/hosting/ports';
import { inboxSettings, refundSettings } from '../../lib/hosting/settings';

/** An operator or the merchant's own code calls this to refund. A mini program's user may not. */
export function refundOrder(ports: Ports): FunctionHandler {
  const deps = {
    ...ports,
    settings: inboxSettings(ports.config),
    refundSettings: refundSettings(ports.config),
  };
  return (event, caller) => refund(deps, event, caller);
}
