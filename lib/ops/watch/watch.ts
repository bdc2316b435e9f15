import type { Budget } from '../../runtime/budget';
import { errorText } from '../../runtime/error-text';
import type { Store } from '../../store/port';
import type { Instant } from '../../values/instant';
import type { Alarm } from '../../model/alarm';
import { ALARM_CAUSES } from '../../model/alarm';
import type { LongestWaits } from './pull-forward';
import { pullForward } from './pull-forward';
import type { CauseValues } from './causes';
import { causeValues, isFresh } from './causes';
import { keepFigures } from './keep-figures';
import type { AlarmChange } from './next-alarm';
import { nextAlarm } from './next-alarm';
import type { Observation } from './observe';
import { observe } from './observe';
import type { WatchSettings } from './settings';
import type { TellDeps } from './tell';
import { tell } from './tell';

/** What the watchdog works with. */
export interface WatchDeps extends TellDeps {
  readonly store: Store;
  readonly settings: WatchSettings;
  readonly longestWaits: LongestWaits;
}

/** What one run did. */
export interface WatchReport {
  /** The end of the span whose figures were kept; null when they could not be. */
  readonly measuredAt: Instant | null;
  /** Times that a clock had set which was ahead, and that were brought near; null when that failed. */
  readonly broughtNear: number | null;
  /** Causes that are on now, calm ones that are not over yet among them. */
  readonly on: readonly Alarm['cause'][];
  /** Notices that were due, at all targets together: taken and not taken. */
  readonly delivered: number;
  readonly failed: number;
}

/**
 * Brings near what a clock that was ahead has put off, keeps the figures of the span that ended, looks at everything an operator is called for, and tells the robots and webhooks.
 *
 *   waits ──▶ figures ──▶ observe ──▶ per cause: value ──▶ next alarm ──▶ stored over its version ──▶ told ──▶ what came of it, stored
 *
 * Several watchdogs at once are safe: who does not get to store the next alarm tells nothing. One that dies between storing and telling
 * leaves its deliveries "under way", and a later run tells them.
 *
 * Failure policy: fail open. Whatever of this fails is logged, and the rest is done: alarms are of most use when things fail. Rejects with
 * a `StoreError` only when the alarms themselves cannot be read.
 *
 * CloudBase: about 70 requests, and 2 for each alarm that changes.
 */
export async function watch(deps: WatchDeps, budget: Budget): Promise<WatchReport> {
  const { store, clock, settings } = deps;
  const now = clock.now();
  // First: what waits for no reason should not be counted as waiting.
  const broughtNear = await pullForward(deps, deps.longestWaits, now);
  const measuredAt = await measured(deps, now);
  const seen = await observe(deps, settings, now);
  const before = new Map((await store.alarms.all()).map((alarm) => [alarm.cause, alarm]));
  const values = causeValues(seen, settings);
  const stored = await Promise.all(
    ALARM_CAUSES.map((cause) => changed(deps, before.get(cause) ?? null, values, now, cause)),
  );
  const changes = stored.filter((change) => change !== null);
  for (const { alarm } of changes) {
    before.set(alarm.cause, alarm);
    logTold(deps, alarm, now);
  }
  const told = await tell(deps, changes, settings.speech, budget);
  await forgetSignals(deps, seen);
  const on = [...before.values()].filter(({ since }) => since !== null).map(({ cause }) => cause);
  const report = { measuredAt, broughtNear, on, ...told };
  deps.log.info('watch_run', { outTradeNo: null, ...report, on: on.join(' ') });
  return report;
}

async function measured({ store, log }: WatchDeps, now: Instant): Promise<Instant | null> {
  try {
    return (await keepFigures(store, now)).at;
  } catch (error) {
    log.error('watch_part_failed', { outTradeNo: null, part: 'figures', error: errorText(error) });
    return null;
  }
}

/** Stores what becomes of a cause's alarm. Answers it, or null when nothing is to be told here: nothing changed, or it was not stored. */
async function changed(
  { store, log, settings, targets }: WatchDeps,
  before: Alarm | null,
  values: CauseValues,
  now: Instant,
  cause: Alarm['cause'],
): Promise<AlarmChange | null> {
  const { causes, calmMs } = settings;
  const names = targets.map(({ name }) => name);
  const rules = { ...causes[cause], calmMs, targets: names };
  const change = nextAlarm(before, { cause, value: values[cause], now }, rules);
  if (change === null) return null;
  try {
    // Another watchdog was quicker: it tells.
    return (await store.alarms.save(change.alarm)) ? change : null;
  } catch (error) {
    // Whether it was stored is not known. If so, its deliveries are under way, and the next run finds them.
    log.error('watch_part_failed', { outTradeNo: null, part: cause, error: errorText(error) });
    return null;
  }
}

function logTold({ log }: WatchDeps, { cause, told, toldAt, value, threshold }: Alarm, now: Instant): void {
  if (toldAt !== now) return;
  const fields = { outTradeNo: null, cause, level: told, value, threshold };
  if (told === 0) log.info('alarm_over', fields);
  else log.error('alarm_on', fields);
}

/** Takes back signals that nobody repeated for a day. */
async function forgetSignals({ store, log }: WatchDeps, { signals, now }: Observation): Promise<void> {
  for (const signal of signals ?? []) {
    if (isFresh(signal, now)) continue;
    try {
      await store.alarms.lower(signal.cause, signal.detail);
    } catch (error) {
      log.warn('watch_part_failed', { outTradeNo: null, part: 'signals', error: errorText(error) });
    }
  }
}
