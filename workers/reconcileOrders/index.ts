import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { reconcileOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('reconcileOrders', () => reconcileOrders(openPorts('reconcileOrders')));
