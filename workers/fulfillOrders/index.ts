import { openOwnFunction } from '../../lib/runtime/cloud/own-function';
import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudWorker } from '../../lib/runtime/cloud/main';
import { fulfillOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('fulfillOrders', () => {
  const ports = openPorts();
  return fulfillOrders(ports, openOwnFunction(ports.config.fulfilment.cloudFunction));
});
