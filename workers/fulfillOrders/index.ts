import { startHelpers } from '../../lib/hosting/cloud/helpers';
import { openOwnFunction } from '../../lib/hosting/cloud/own-function';
import { openMerchantPorts } from '../../lib/hosting/cloud/merchant-ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { fulfillOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('fulfillOrders', () => {
  const ports = openMerchantPorts('fulfillOrders');
  return fulfillOrders(ports, openOwnFunction(ports.config.fulfilment.cloudFunction), (forMs) => {
    startHelpers('fulfillOrders', forMs);
  });
});
