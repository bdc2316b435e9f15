import type { Config } from '../../lib/config/config-schema';
import type { AlarmTarget } from '../../lib/ops/watch/notice';
import type { Log } from '../../lib/runtime/log';
import { systemTimers } from '../../lib/runtime/timers';
import type { Clock } from '../../lib/values/instant';
import { keepLowWaterMark, type LowWaterKeeper } from '../data/low-water';
import { openReadiness, type ReadinessCheck } from './readiness';
import { watchReadiness } from './readiness-alarm';
import type { SystemData } from '../data/system-data';

/** What watches that data stays durable, beside everything that uses it. */
export interface Oversight {
  /** Whether a notification could be made durable. */
  readonly readiness: ReadinessCheck;
  /** Notifies of an outage. Stop it first: an outage during a stop is none. */
  readonly alarm: { stop(): void };
  /** Stop it last, before the data is closed. */
  readonly mark: Pick<LowWaterKeeper, 'stop'>;
}

/** Starts to watch `data`. Notices of an outage go to `targets`. */
export function openOversight(parts: {
  readonly data: Pick<SystemData, 'probe' | 'lowWater' | 'speaker'>;
  readonly targets: readonly AlarmTarget[];
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}): Oversight {
  const { data, targets, config, clock, log } = parts;
  const readiness = openReadiness({
    probe: data.probe,
    timers: systemTimers,
    boundMs: config.inbox.ackBudgetMs,
    elapsed,
  });
  const mark =
    data.lowWater === null
      ? { stop: () => Promise.resolve() }
      : keepLowWaterMark({ ...data.lowWater, timers: systemTimers, log });
  const alarm = watchReadiness({
    check: () => readiness.check(),
    speaker: data.speaker,
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
