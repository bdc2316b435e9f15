import { examineCloud } from '../../lib/runtime/cloud/examine';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { openHttpAccess } from '../../lib/runtime/cloud/http-access';
import { openPorts } from '../../lib/runtime/cloud/ports';
import { ops } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('ops', () => {
  const ports = openPorts();
  return ops(ports, () => examineCloud(ports), openHttpAccess(ports.log));
});
