import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { queryRefund } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('queryRefund', () => queryRefund(openPorts('queryRefund')));
