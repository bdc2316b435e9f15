import { openQuietPorts } from '../../lib/hosting/cloud/quiet-ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { retainInCloud } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('retain', () => {
  const ports = openQuietPorts('retain');
  return noted(ports, 'retain', retainInCloud(ports));
});
