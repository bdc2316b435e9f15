import type { Budget } from '../../runtime/budget';
import { errorText } from '../../runtime/error-text';
import type { Mute } from '../../model/operators/issue';
import { handledIssues } from '../../store/issues';
import type { AlarmsStanding } from '../../store/ports/ops-port';
import { PAUSES_KEY, pausesOf } from '../../store/pauses';
import type { Store } from '../../store/port';
import type { Instant } from '../../values/instant';
import type { Alarm } from '../../model/alarm';
import { ALARM_CAUSES } from '../../model/alarm';
import type { LongestWaits } from './pull-forward';
import { pullForward } from './pull-forward';
import { causeValues, isFresh, levelOf } from './causes';
import { keepFigures } from './keep-figures';
import type { AlarmChange } from './next-alarm';
import { nextAlarm } from './next-alarm';
import type { WatchMemory } from './memory';
import { noMemory } from './memory';
import type { Observation } from './observe';
import { observe, pausedObservation } from './observe';
import type { WatchSettings } from './settings';
import type { TellDeps } from './tell';
import { tell } from './tell';

/** What the watchdog needs. */
export interface WatchDeps extends TellDeps {
  readonly store: Store;
  readonly settings: WatchSettings;
  readonly longestWaits: LongestWaits;
  /** What earlier runs of this process found quiet; absent: everything is read in each run. */
  readonly memory?: WatchMemory;
}

/** What one run did. */
export interface WatchReport {
  /** The end of the span whose figures were stored; null when they could not be. */
  readonly measuredAt: Instant | null;
  /** Times set by a clock that was ahead and now made due; null when that failed. */
  readonly pulledForward: number | null;
  /** Causes that are on, including calm ones that are not over yet. */
  readonly on: readonly Alarm['cause'][];
  /** Notices that were due, at all targets together: accepted and not accepted. */
  readonly delivered: number;
  readonly failed: number;
}

/**
 * Makes due what a clock that was ahead has deferred, reads what alarms depend on, stores the
 * figures of the last span, evaluates all alarms, and notifies robots and webhooks.
 *
 *   waits ──▶ observe ──▶ figures ──▶ per cause: value ──▶ next alarm ──▶ stored over its version
 *         ──▶ sent ──▶ result stored
 *
 * Several watchdogs at once are safe: one that fails to store the next alarm sends nothing. One
 * that crashes between storing and sending leaves its deliveries "under way", and a later run sends
 * them.
 *
 * Failure policy: fail open. Whatever part fails is logged and the rest is done, because alarms
 * matter most when things fail. Rejects with a `StoreError` only when the alarms themselves cannot
 * be read.
 *
 * `pullsForward` false leaves out the first step. While the watchdog itself is paused, it only
 * sends the reminder of what is paused: a pause that nobody is reminded of would last.
 *
 * CloudBase: 5 requests in an idle shop, with a memory; up to 35 otherwise, 8 of them for the first
 * step, and 2 for each alarm that changes.
 */
export async function watch(deps: WatchDeps, budget: Budget, pullsForward = true): Promise<WatchReport> {
  const { store, clock, settings } = deps;
  const now = clock.now();
  const memory = deps.memory ?? noMemory();
  const standing = await standingNow(deps, now);
  const pauses = standing === null ? null : pausesOf(deps.log, standing.shared, now);
  const isPaused = pauses?.isPaused('watchdog') === true;
  // First, so that items which wait for no reason do not count as waiting.
  const pulledForward =
    pullsForward && !isPaused ? await pullForward(deps, deps.longestWaits, now, memory.isIdle) : 0;
  const signals = standing?.signals ?? null;
  const seen = isPaused
    ? pausedObservation(now, pauses)
    : await observe({ ...deps, memory }, settings, now, { pauses, signals });
  const measuredAt = isPaused ? null : await measured(deps, now, seen);
  const alarms = standing?.alarms ?? (await store.alarms.all());
  const before = new Map(alarms.map((alarm) => [alarm.cause, alarm]));
  const values = causeValues(seen, settings);
  const isQuiet = ALARM_CAUSES.every((cause) => {
    const level = levelOf(values[cause] ?? 0, settings.causes[cause].threshold);
    return level === 0 && (before.get(cause)?.since ?? null) === null;
  });
  const mutes = isQuiet ? NOTHING_MUTED : await mutesNow(deps);
  const stored = await Promise.all(
    ALARM_CAUSES.map((cause) =>
      changed(
        deps,
        before.get(cause) ?? null,
        { value: values[cause], mute: mutes.get(cause) ?? null },
        now,
        cause,
      ),
    ),
  );
  const changes = stored.filter((change) => change !== null);
  for (const { alarm } of changes) {
    before.set(alarm.cause, alarm);
    logTold(deps, alarm, now);
  }
  const told = await tell(deps, changes, settings.speech, budget);
  await forgetSignals(deps, seen);
  const on = [...before.values()].filter(({ since }) => since !== null).map(({ cause }) => cause);
  const report = { measuredAt, pulledForward, on, ...told };
  deps.log.info('watch_run', { outTradeNo: null, ...report, on: on.join(' ') });
  return report;
}

async function standingNow({ store, log }: WatchDeps, now: Instant): Promise<AlarmsStanding | null> {
  try {
    return await store.alarms.standing(PAUSES_KEY, now);
  } catch (error) {
    log.error('watch_part_failed', { outTradeNo: null, part: 'standing', error: errorText(error) });
    return null;
  }
}

const NOTHING_MUTED: ReadonlyMap<Alarm['cause'], Mute> = new Map();

/**
 * What operators muted; asked for only while anything is on.
 *
 * Failure policy: fail open. While it is unknown what is muted, nothing is.
 */
async function mutesNow(deps: WatchDeps): Promise<ReadonlyMap<Alarm['cause'], Mute>> {
  try {
    const handled = await handledIssues(deps);
    return new Map(handled.flatMap(({ cause, mute }) => (mute === null ? [] : [[cause, mute] as const])));
  } catch (error) {
    deps.log.error('watch_part_failed', { outTradeNo: null, part: 'mutes', error: errorText(error) });
    return NOTHING_MUTED;
  }
}

async function measured(
  { store, log }: WatchDeps,
  now: Instant,
  { standing }: Observation,
): Promise<Instant | null> {
  try {
    return (await keepFigures(store, now, standing)).at;
  } catch (error) {
    log.error('watch_part_failed', { outTradeNo: null, part: 'figures', error: errorText(error) });
    return null;
  }
}

/**
 * Stores the next alarm of a cause. Returns it, or null when there is nothing to send: nothing
 * changed, or it was not stored.
 */
async function changed(
  { store, log, settings, targets }: WatchDeps,
  before: Alarm | null,
  { value, mute }: { readonly value: number | null; readonly mute: Mute | null },
  now: Instant,
  cause: Alarm['cause'],
): Promise<AlarmChange | null> {
  const { causes, calmMs } = settings;
  const names = targets.map(({ name }) => name);
  const rules = { ...causes[cause], calmMs, mute, targets: names };
  const change = nextAlarm(before, { cause, value, now }, rules);
  if (change === null) return null;
  try {
    // Another watchdog was faster and sends the notice.
    return (await store.alarms.save(change.alarm)) ? change : null;
  } catch (error) {
    // It is unknown whether it was stored. If so, its deliveries are under way, and the next run
    // finds them.
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

/** Removes signals that were not repeated for a day. */
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
