import { examineCloud } from '../../lib/hosting/cloud/examine';
import { wakeFulfilment } from '../../lib/hosting/cloud/helpers';
import { wakingFulfilment } from '../../lib/hosting/waking-fulfilment';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { openCloudWebhook } from '../../lib/hosting/cloud/fulfilment';
import { cloudPeople, openHttpAccess } from '../../lib/hosting/cloud/http-access';
import { openPorts } from '../../lib/hosting/cloud/ports';
import { openTargets } from '../../lib/robots/targets';
import { ops } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('ops', () => {
  const ports = openPorts('ops');
  const targets = openTargets(ports.config.watchdog.targets, process.env, ports);
  const examine = () => examineCloud(ports);
  const access = openHttpAccess(ports.log);
  const people = cloudPeople(access, ports.clock);
  const host = { examine, people, targets, workers: null, webhook: openCloudWebhook(ports) };
  return wakingFulfilment(ports, wakeFulfilment, (waking) => ops(waking, host, access));
});
