import { openPorts } from '../../lib/hosting/cloud/ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { reconcileStatement } from './worker';

/** Time limit of one call to WeChat Pay here, in ms: a busy day's bill is a large response. */
const DOWNLOAD_TIMEOUT_MS = 25_000;

/**
 * How often an idle function looks for days without a run, in ms. The first run of a morning always
 * does: no timer ran in the night before it.
 */
const OPEN_EVERY_MS = 900_000;

/** The entry point the timer starts. */
export const main = cloudWorker('reconcileStatement', () => {
  const ports = openPorts('reconcileStatement', DOWNLOAD_TIMEOUT_MS);
  return noted(ports, 'reconcileStatement', reconcileStatement(ports, OPEN_EVERY_MS));
});
