import { openPorts } from '../../lib/runtime/cloud/ports';
import { cloudFunction } from '../../lib/runtime/cloud/main';
import { examineStore } from '../../lib/ops/examine';
import { ops } from './function';

/** The entry point cloud development calls. */
export const main = cloudFunction('ops', () => {
  const ports = openPorts();
  return ops(ports, () => examineStore(ports.store));
});
