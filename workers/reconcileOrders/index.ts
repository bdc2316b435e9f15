import { openPorts } from '../../lib/hosting/cloud/ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { reconcileOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('reconcileOrders', () => {
  const ports = openPorts('reconcileOrders');
  return noted(ports, 'reconcileOrders', reconcileOrders(ports, true));
});
