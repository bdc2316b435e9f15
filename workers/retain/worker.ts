import { sealRecord } from '../../lib/ops/seal-record';
import type { QuietPorts, WorkerHandler } from '../../lib/hosting/ports';
import { retain as forgetOld } from '../../lib/retention/retain';

/**
 * Removes messages, statement runs and bill files that are older than their retention period, and
 * seals what no action has sealed yet.
 */
export function retain(ports: QuietPorts): WorkerHandler {
  const deps = { ...ports, settings: ports.config.retention };
  return async (budget) => {
    // Sign-ins are entries too, and no action may have followed them.
    await sealRecord(ports);
    return forgetOld(deps, budget);
  };
}
