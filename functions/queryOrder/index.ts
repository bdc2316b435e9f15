import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { queryOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('queryOrder', () => queryOrder(openPorts()));
