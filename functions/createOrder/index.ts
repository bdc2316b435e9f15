import { openMerchantPorts } from '../../lib/hosting/cloud/merchant-ports';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { createOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('createOrder', () => createOrder(openMerchantPorts('createOrder')));
