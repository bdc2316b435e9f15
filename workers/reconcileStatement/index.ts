import { openPorts } from '../../lib/hosting/cloud/ports';
import { wakeFulfilment } from '../../lib/hosting/cloud/helpers';
import { wakingFulfilment } from '../../lib/hosting/waking-fulfilment';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { reconcileStatementInCloud } from './worker';

/** Time limit of one call to WeChat Pay here, in ms: a busy day's bill is a large response. */
const DOWNLOAD_TIMEOUT_MS = 25_000;

/** The entry point the timer starts. */
export const main = cloudWorker('reconcileStatement', () => {
  const ports = openPorts('reconcileStatement', DOWNLOAD_TIMEOUT_MS);
  const run = wakingFulfilment(ports, wakeFulfilment, reconcileStatementInCloud);
  return noted(ports, 'reconcileStatement', run);
});
