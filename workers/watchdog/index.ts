import { openTargets } from '../../lib/robots/targets';
import { openQuietPorts } from '../../lib/hosting/cloud/quiet-ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { watchdog } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('watchdog', () => {
  const ports = openQuietPorts('watchdog');
  return watchdog(ports, openTargets(ports.config.watchdog.targets, process.env, ports));
});
