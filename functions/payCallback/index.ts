import { openReceiveDeps } from '../../lib/hosting/cloud/receive-deps';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { payCallback } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('payCallback', () => payCallback(openReceiveDeps()));
