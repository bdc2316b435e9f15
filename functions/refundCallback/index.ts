import { openReceiveDeps } from '../../lib/runtime/cloud/receive-deps';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { refundCallback } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('refundCallback', () => refundCallback(openReceiveDeps()));
