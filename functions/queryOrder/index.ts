import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { queryOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('queryOrder', () => queryOrder(openPorts('queryOrder')));
