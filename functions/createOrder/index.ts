import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { createOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('createOrder', () => createOrder(openPorts()));
