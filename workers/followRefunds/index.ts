import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudWorker } from '../../lib/runtime/cloud/main';
import { followRefunds } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('followRefunds', () => followRefunds(openPorts()));
