import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { refundOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('refundOrder', () => refundOrder(openPorts()));
