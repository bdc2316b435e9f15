import { sealRecord } from '../../lib/ops/people/seal-record';
import type { QuietPorts, WorkerHandler } from '../../lib/hosting/ports';
import { stopwatch } from '../../lib/runtime/stopwatch';
import { retain as forgetOld } from '../../lib/retention/retain';

/**
 * Removes messages, statement runs and bill files that are older than their retention period, and
 * seals what no action has sealed yet. A run that removed all there was leaves nothing to the runs
 * that a timer starts within `restMs`.
 */
export function retain(ports: QuietPorts, restMs = 0): WorkerHandler {
  const deps = { ...ports, settings: ports.config.retention };
  const elapsed = stopwatch(ports.clock);
  let restUntil = 0;
  return async (budget, start = 'timer') => {
    if (start === 'timer' && elapsed() < restUntil) return { rests: true };
    // Sign-ins are entries too, and no action may have followed them.
    await sealRecord(ports);
    const report = await forgetOld(deps, budget);
    if (report.finished) restUntil = elapsed() + restMs;
    return report;
  };
}

/** As long as the runs of one night, in ms. */
const REST_OF_NIGHT_MS = 6 * 3_600_000;

/** The same where each request is a call that costs. */
export function retainInCloud(ports: QuietPorts): WorkerHandler {
  return retain(ports, REST_OF_NIGHT_MS);
}
