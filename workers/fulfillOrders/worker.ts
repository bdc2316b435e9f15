import type { MerchantSystem } from '../../lib/orders/fulfil';
import { fulfilDue, fulfillOrders as reviewAndFulfil } from '../../lib/orders/fulfil';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';

/**
 * Fulfils paid orders, by `merchant`. `startHelpers` starts further runs, which end when this one
 * does and leave held orders to it. With `looksFirst`, a run without work costs one request on
 * CloudBase.
 */
export function fulfillOrders(
  ports: Ports,
  merchant: MerchantSystem,
  startHelpers?: (forMs: number) => void,
  looksFirst = false,
): WorkerHandler {
  const deps = {
    ...ports,
    ...merchant,
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

/** The same where each request is a call that costs. */
export function fulfillOrdersInCloud(
  ports: Ports,
  merchant: MerchantSystem,
  startHelpers?: (forMs: number) => void,
): WorkerHandler {
  return fulfillOrders(ports, merchant, startHelpers, true);
}
