import { cloudFunction } from '../../lib/hosting/cloud/main';
import { openReceiveV3 } from '../../lib/hosting/cloud/money/receive-v3';
import { payCallbackV3 } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('payCallbackV3', () => payCallbackV3(openReceiveV3()));
