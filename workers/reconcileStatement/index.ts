import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { reconcileStatement } from './worker';

/**
 * How long one call to WeChat Pay may take here, in ms: a busy day's statement is a large answer.
 */
const DOWNLOAD_TIMEOUT_MS = 25_000;

/** The entry point the timer starts. */
export const main = cloudWorker('reconcileStatement', () =>
  reconcileStatement(openPorts(DOWNLOAD_TIMEOUT_MS)),
);
