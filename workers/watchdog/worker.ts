import type { AlarmTarget } from '../../lib/ops/watch/notice';
import { watchMemory } from '../../lib/ops/watch/memory';
import { watch } from '../../lib/ops/watch/watch';
import { stopwatch } from '../../lib/runtime/stopwatch';
import { longestWaits } from '../../lib/hosting/longest-waits';
import type { QuietPorts, WorkerHandler } from '../../lib/hosting/ports';

/** The pause before a failed notice is sent again, in ms. */
const RETRY_PAUSE_MS = 500;

/** How a runtime runs the watchdog in which each request costs a call. */
export interface ThriftyWatch {
  /**
   * After a run that found nothing deferred by a clock that was ahead, none looks for it for this
   * long, in ms.
   */
  readonly pullForwardEveryMs: number;
}

/**
 * Records the figures for the operators' charts, checks every alarm condition, and sends notices to
 * `targets`. With `thrifty`, what was quiet is not looked at in every run (see `WatchMemory`).
 */
export function watchdog(
  ports: QuietPorts,
  targets: readonly AlarmTarget[],
  thrifty: ThriftyWatch | null = null,
): WorkerHandler {
  const { config } = ports;
  const settings = config.watchdog;
  const deps = {
    ...ports,
    targets,
    settings,
    longestWaits: longestWaits(config),
    retryPauseMs: RETRY_PAUSE_MS,
    ...(thrifty === null ? {} : { memory: watchMemory(ports.clock) }),
  };
  const pullForwardEveryMs = thrifty?.pullForwardEveryMs ?? 0;
  const elapsed = stopwatch(ports.clock);
  let pullAt = 0;
  return async (budget) => {
    const pullsForward = elapsed() >= pullAt;
    const report = await watch(deps, budget, pullsForward);
    if (pullsForward) pullAt = report.pulledForward === 0 ? elapsed() + pullForwardEveryMs : 0;
    return report;
  };
}

/**
 * How often waits that a clock ahead has set are looked for, in ms. The look costs 8 requests, 1 in
 * an idle shop, and a payment must be known within 10 minutes on any clock.
 */
const PULL_FORWARD_EVERY_MS = 600_000;

/** The same where each request is a call that costs. */
export function watchdogInCloud(ports: QuietPorts, targets: readonly AlarmTarget[]): WorkerHandler {
  return watchdog(ports, targets, { pullForwardEveryMs: PULL_FORWARD_EVERY_MS });
}
