import { examineStore } from '../../lib/ops/examine';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { openHttpAccess } from '../../lib/runtime/cloud/http-access';
import { openPorts } from '../../lib/runtime/cloud/ports';
import { ops } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('ops', () => {
  const ports = openPorts();
  return ops(ports, () => examineStore(ports.store), openHttpAccess(ports.log));
});
