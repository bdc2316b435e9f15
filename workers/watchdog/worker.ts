import type { AlarmTarget } from '../../lib/ops/watch/notice';
import { watch } from '../../lib/ops/watch/watch';
import { longestWaits } from '../../lib/hosting/longest-waits';
import type { QuietPorts, WorkerHandler } from '../../lib/hosting/ports';

/** The pause before a failed notice is sent again, in ms. */
const RETRY_PAUSE_MS = 500;

/**
 * Records the figures for the operators' charts, checks every alarm condition, and sends notices to
 * `targets`.
 */
export function watchdog(ports: QuietPorts, targets: readonly AlarmTarget[]): WorkerHandler {
  const { config } = ports;
  const settings = config.watchdog;
  const deps = {
    ...ports,
    targets,
    settings,
    longestWaits: longestWaits(config),
    retryPauseMs: RETRY_PAUSE_MS,
  };
  return (budget) => watch(deps, budget);
}
