import { openReceiveDeps } from '../../lib/runtime/cloud/receive-deps';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { payCallback } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('payCallback', () => payCallback(openReceiveDeps()));
