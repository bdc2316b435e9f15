import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { queryRefund } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('queryRefund', () => queryRefund(openPorts()));
