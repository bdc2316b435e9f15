import { cloudFunction } from '../../lib/hosting/cloud/main';
import { openReceiveV3 } from '../../lib/hosting/cloud/money/receive-v3';
import { refundCallbackV3 } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('refundCallbackV3', () => refundCallbackV3(openReceiveV3()));
