import { examineCloud } from '../../lib/hosting/cloud/examine';
import { cloudFunction } from '../../lib/hosting/cloud/main';
import { openHttpAccess } from '../../lib/hosting/cloud/http-access';
import { openPorts } from '../../lib/hosting/cloud/ports';
import { ops } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('ops', () => {
  const ports = openPorts();
  return ops(ports, () => examineCloud(ports), openHttpAccess(ports.log));
});
