import type { AlarmTarget } from '../../lib/ops/watch/notice';
import { watch } from '../../lib/ops/watch/watch';
import { stopwatch } from '../../lib/runtime/stopwatch';
import { longestWaits } from '../../lib/hosting/longest-waits';
import type { QuietPorts, WorkerHandler } from '../../lib/hosting/ports';

/** The pause before a failed notice is sent again, in ms. */
const RETRY_PAUSE_MS = 500;

/**
 * Records the figures for the operators' charts, checks every alarm condition, and sends notices to
 * `targets`. What a clock that was ahead has deferred is looked for in every run at least
 * `pullForwardEveryMs` after one that found nothing.
 */
export function watchdog(
  ports: QuietPorts,
  targets: readonly AlarmTarget[],
  pullForwardEveryMs = 0,
): WorkerHandler {
  const { config } = ports;
  const settings = config.watchdog;
  const deps = {
    ...ports,
    targets,
    settings,
    longestWaits: longestWaits(config),
    retryPauseMs: RETRY_PAUSE_MS,
  };
  const elapsed = stopwatch(ports.clock);
  let pullAt = 0;
  return async (budget) => {
    const pullsForward = elapsed() >= pullAt;
    const report = await watch(deps, budget, pullsForward);
    if (pullsForward) pullAt = report.pulledForward === 0 ? elapsed() + pullForwardEveryMs : 0;
    return report;
  };
}
