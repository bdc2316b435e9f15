import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudWorker } from '../../lib/runtime/cloud/main';
import { reconcileOrders } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('reconcileOrders', () => reconcileOrders(openPorts()));
