import type { Fulfil } from '../../lib/orders/fulfil';
import { fulfilDue, fulfillOrders as reviewAndFulfil } from '../../lib/orders/fulfil';
import { merchantFulfil } from '../../lib/hosting/merchant/fulfil';
import type { MerchantPorts, WorkerHandler } from '../../lib/hosting/ports';

/**
 * Fulfils paid orders through `merchant/fulfill.ts`, or through the merchant's own cloud function
 * when one is configured. `startHelpers` starts further runs, which end when this one does and
 * leave held orders to it. With `looksFirst`, a run without work costs one request on CloudBase.
 */
export function fulfillOrders(
  ports: MerchantPorts,
  ownFunction: Fulfil | null,
  startHelpers?: (forMs: number) => void,
  looksFirst = false,
): WorkerHandler {
  const deps = {
    ...ports,
    fulfil: ownFunction ?? merchantFulfil(ports),
    settings: ports.config.fulfilment,
    looksFirst,
  };
  return (budget, start = 'timer') => {
    const onBacklog = (): void => {
      if (start === 'timer') startHelpers?.(budget.remaining());
    };
    const isWhole = start === 'timer' || start === 'by_hand';
    return (isWhole ? reviewAndFulfil : fulfilDue)({ ...deps, onBacklog }, budget);
  };
}
