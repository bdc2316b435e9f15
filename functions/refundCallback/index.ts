import { openReceiveDeps } from '../../lib/hosting/cloud/receive-deps';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { refundCallback } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('refundCallback', () => refundCallback(openReceiveDeps()));
