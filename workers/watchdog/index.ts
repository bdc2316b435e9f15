import { openTargets } from '../../lib/robots/targets';
import { openQuietPorts } from '../../lib/hosting/cloud/quiet-ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { watchdog } from './worker';

/**
 * How often waits that a clock ahead has set are looked for, in ms. The look costs 8 requests, and
 * a payment must be known within 10 minutes on any clock.
 */
const PULL_FORWARD_EVERY_MS = 600_000;

/** The entry point the timer starts. */
export const main = cloudWorker('watchdog', () => {
  const ports = openQuietPorts('watchdog');
  const targets = openTargets(ports.config.watchdog.targets, process.env, ports);
  return noted(ports, 'watchdog', watchdog(ports, targets, PULL_FORWARD_EVERY_MS));
});
