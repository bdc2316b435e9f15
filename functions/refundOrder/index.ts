import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { refundOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('refundOrder', () => refundOrder(openPorts('refundOrder')));
