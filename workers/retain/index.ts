import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudWorker } from '../../lib/runtime/cloud/main';
import { retain } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('retain', () => retain(openPorts()));
