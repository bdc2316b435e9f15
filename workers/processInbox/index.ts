import { openCloudWebhook } from '../../lib/hosting/cloud/fulfilment';
import { startHelpers } from '../../lib/hosting/cloud/helpers';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { openMerchantPorts } from '../../lib/hosting/cloud/merchant-ports';
import { openOwnFunction } from '../../lib/hosting/cloud/own-function';
import { merchantFulfil } from '../../lib/hosting/merchant/fulfil';
import { processInbox } from './worker';

/** A little less than a minute, so that every fifth run of the 12-second timer checks. */
const BESIDE_EVERY_MS = 50_000;

/**
 * Batches processed concurrently: while one waits for its writes, the others keep the connections
 * of this run busy.
 */
const LANES = 3;

/** The entry point the timer starts. */
export const main = cloudWorker('processInbox', () => {
  const ports = openMerchantPorts('processInbox');
  const run = processInbox(ports, {
    lanes: LANES,
    besideEveryMs: BESIDE_EVERY_MS,
    looksFirst: true,
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
