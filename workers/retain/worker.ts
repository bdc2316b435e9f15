import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { retain as forgetOld } from '../../lib/retention/retain';
import { retentionSettings } from '../../lib/hosting/settings';

/** Removes messages, statement runs and bill files that are older than their retention period. */
export function retain(ports: Ports): WorkerHandler {
  const deps = { ...ports, settings: retentionSettings(ports.config) };
  return (budget) => forgetOld(deps, budget);
}
