import { openCloudWebhook } from '../../lib/hosting/cloud/fulfilment';
import { startHelpers } from '../../lib/hosting/cloud/helpers';
import { openOwnFunction } from '../../lib/hosting/cloud/own-function';
import { openMerchantPorts } from '../../lib/hosting/cloud/merchant-ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { merchantFulfil } from '../../lib/hosting/merchant/fulfil';
import { fulfillOrdersInCloud } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('fulfillOrders', () => {
  const ports = openMerchantPorts('fulfillOrders');
  const help = (forMs: number): void => {
    startHelpers('fulfillOrders', forMs);
  };
  const merchant = merchantFulfil(ports, {
    webhook: openCloudWebhook(ports),
    ownFunction: openOwnFunction(ports.config.fulfilment.cloudFunction),
  });
  return noted(ports, 'fulfillOrders', fulfillOrdersInCloud(ports, merchant, help));
});
