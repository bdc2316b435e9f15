import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { processInbox } from './worker';

/** A little less than a minute, so that every fourth run of the 15-second timer checks. */
const BESIDE_EVERY_MS = 50_000;

/** The entry point the timer starts. */
export const main = cloudWorker('processInbox', () => processInbox(openPorts(), 1, BESIDE_EVERY_MS));
