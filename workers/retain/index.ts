import { openQuietPorts } from '../../lib/hosting/cloud/quiet-ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { retain } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('retain', () => retain(openQuietPorts('retain')));
