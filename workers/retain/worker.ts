import type { QuietPorts, WorkerHandler } from '../../lib/hosting/ports';
import { retain as forgetOld } from '../../lib/retention/retain';

/** Removes messages, statement runs and bill files that are older than their retention period. */
export function retain(ports: QuietPorts): WorkerHandler {
  const deps = { ...ports, settings: ports.config.retention };
  return (budget) => forgetOld(deps, budget);
}
