import type { Fulfil } from '../../lib/orders/fulfil';
import { fulfillOrders as fulfilDue } from '../../lib/orders/fulfil';
import { merchantFulfil } from '../../lib/hosting/merchant/fulfil';
import type { MerchantPorts, WorkerHandler } from '../../lib/hosting/ports';

/**
 * Fulfils paid orders through `merchant/fulfill.ts`, or through the merchant's own cloud function
 * when one is configured.
 */
export function fulfillOrders(ports: MerchantPorts, ownFunction: Fulfil | null): WorkerHandler {
  const deps = {
    ...ports,
    fulfil: ownFunction ?? merchantFulfil(ports),
    settings: ports.config.fulfilment,
  };
  return (budget) => fulfilDue(deps, budget);
}
