import { openTargets } from '../../lib/robots/targets';
import { openPorts } from '../../lib/hosting/cloud/ports';
import { cloudWorker } from '../../lib/hosting/cloud/main';
import { watchdog } from './worker';

/** The entry point the timer starts. */
export const main = cloudWorker('watchdog', () => {
  const ports = openPorts();
  return watchdog(ports, openTargets(ports.config.watchdog.targets, process.env, ports));
});
