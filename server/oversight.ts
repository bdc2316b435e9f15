import type { Config } from '../lib/config/config-schema';
import type { AlarmTarget } from '../lib/ops/watch/notice';
import type { Log } from '../lib/runtime/log';
import { systemTimers } from '../lib/runtime/timers';
import type { Clock } from '../lib/values/instant';
import type { OpenData } from './data';
import { keepLowWaterMark, type LowWaterKeeper } from './low-water';
import { openReadiness, type ReadinessCheck } from './readiness';
import { watchReadiness } from './readiness-alarm';

/** What watches that data stays durable, beside everything that uses it. */
export interface Oversight {
  /** Whether a notification could be made durable. */
  readonly readiness: ReadinessCheck;
  /** Notifies of an outage. Stop it first: an outage during a stop is none. */
  readonly alarm: { stop(): void };
  /** Stop it last, before the data is closed. */
  readonly mark: LowWaterKeeper;
}

/** Starts to watch `data`. Notices of an outage go to `targets`. */
export function openOversight(parts: {
  readonly data: OpenData;
  readonly targets: readonly AlarmTarget[];
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}): Oversight {
  const { data, targets, config, clock, log } = parts;
  const readiness = openReadiness({
    probe: data.store,
    timers: systemTimers,
    boundMs: config.inbox.ackBudgetMs,
    elapsed,
  });
  const mark = keepLowWaterMark({
    file: data.names.mark,
    standings: data.store.standings,
    timers: systemTimers,
    log,
  });
  const alarm = watchReadiness({
    check: () => readiness.check(),
    targets,
    speech: config.watchdog.speech,
    clock,
    timers: systemTimers,
    elapsed,
    log,
  });
  return { readiness, alarm, mark };
}

const elapsed = (): number => performance.now();
