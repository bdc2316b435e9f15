import { openCloudWebhook } from '../../lib/hosting/cloud/fulfilment';
import { startHelpers } from '../../lib/hosting/cloud/helpers';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { openMerchantPorts } from '../../lib/hosting/cloud/merchant-ports';
import { openOwnFunction } from '../../lib/hosting/cloud/own-function';
import { merchantFulfil } from '../../lib/hosting/merchant/fulfil';
import { processInboxInCloud } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('processInbox', () => {
  const ports = openMerchantPorts('processInbox');
  const run = processInboxInCloud(ports, {
    merchant: merchantFulfil(ports, {
      webhook: openCloudWebhook(ports),
      ownFunction: openOwnFunction(ports.config.fulfilment.cloudFunction),
    }),
    startHelpers: (forMs) => {
      startHelpers('processInbox', forMs);
    },
  });
  return noted(ports, 'processInbox', run);
});
