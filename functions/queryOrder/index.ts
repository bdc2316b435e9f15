import { openPorts } from '../../lib/hosting/cloud/ports';
import { wakeFulfilment } from '../../lib/hosting/cloud/helpers';
import { wakingFulfilment } from '../../lib/hosting/waking-fulfilment';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { queryOrder } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('queryOrder', () =>
  wakingFulfilment(openPorts('queryOrder'), wakeFulfilment, queryOrder),
);
