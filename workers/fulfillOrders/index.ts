import { startHelpers } from '../../lib/hosting/cloud/helpers';
import { openOwnFunction } from '../../lib/hosting/cloud/own-function';
import { openMerchantPorts } from '../../lib/hosting/cloud/merchant-ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { fulfillOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('fulfillOrders', () => {
  const ports = openMerchantPorts('fulfillOrders');
  const help = (forMs: number): void => {
    startHelpers('fulfillOrders', forMs);
  };
  return fulfillOrders(ports, openOwnFunction(ports.config.fulfilment.cloudFunction), help, true);
});
