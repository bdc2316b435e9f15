import { openPorts } from '../../lib/hosting/cloud/ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { followRefunds } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('followRefunds', () => {
  const ports = openPorts('followRefunds');
  return noted(ports, 'followRefunds', followRefunds(ports, true));
});
