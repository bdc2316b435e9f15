import { processInbox as processDue } from '../../lib/inbox/process';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { signallingToken } from '../../lib/hosting/token-signal';
import { stopwatch } from '../../lib/runtime/stopwatch';

/**
 * Processes the inbox: applies each notification to its order once. `lanes` batches run
 * concurrently.
 *
 * Unverified messages, those claimed alone, and those that were delivered again are looked for in
 * every run at least `besideEveryMs` after the last one that found none, and in every run after one
 * that did. On CloudBase a run that finds nothing costs one request, and each such look four more.
 */
export function processInbox(given: Ports, lanes = 1, besideEveryMs = 0): WorkerHandler {
  return signallingToken(given, 'processInbox', (ports) => {
    const elapsed = stopwatch(ports.clock);
    let lookAt = 0;
    return async (budget) => {
      const believedOnly = elapsed() < lookAt;
      const deps = { ...ports, settings: ports.config.inbox, lanes, believedOnly };
      const report = await processDue(deps, budget);
      if (!believedOnly) lookAt = report.beside > 0 ? 0 : elapsed() + besideEveryMs;
      return report;
    };
  });
}
