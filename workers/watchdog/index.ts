import { openTargets } from '../../lib/robots/targets';
import { openQuietPorts } from '../../lib/hosting/cloud/quiet-ports';
import { noted } from '../../lib/hosting/noted-runs';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { watchdogInCloud } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('watchdog', () => {
  const ports = openQuietPorts('watchdog');
  const targets = openTargets(ports.config.watchdog.targets, process.env, ports);
  return noted(ports, 'watchdog', watchdogInCloud(ports, targets));
});
