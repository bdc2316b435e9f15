import { openOwnFunction } from '../../lib/hosting/cloud/own-function';
import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { fulfillOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('fulfillOrders', () => {
  const ports = openPorts();
  return fulfillOrders(ports, openOwnFunction(ports.config.fulfilment.cloudFunction));
});
