import type { Instant } from '../../values/instant';
import type { Alarm, AlarmCause, AlarmDelivery } from '../../model/alarm';
import { levelOf } from './causes';
import type { CauseSettings } from './settings';

/** What is known of one cause now. */
export interface CauseReading {
  readonly cause: AlarmCause;
  /** Null: nobody knows. */
  readonly value: number | null;
  readonly now: Instant;
}

/** How a cause is dealt with. */
export interface CauseRules extends CauseSettings {
  readonly calmMs: number;
  /** The robots and webhooks, by name. */
  readonly targets: readonly string[];
}

/** What becomes of an alarm: to be stored over the version before, and what to tell with it. */
export interface AlarmChange {
  readonly alarm: Alarm;
  /** The targets that are to be told now what `alarm` says was told: each has been counted one attempt more. */
  readonly owed: readonly string[];
}

/** What a delivery says while it is under way. Whoever finds it so after `RETRY_AFTER_MS` tries again. */
export const UNDER_WAY = 'under way';

/** A run is over by then: the platform ends a function after 60 s at the latest. In ms. */
export const RETRY_AFTER_MS = 120_000;

/** With a timer of five minutes, about two hours. What nobody took by then is of no use any more. */
export const MOST_ATTEMPTS = 24;

/**
 * What becomes of the alarm of one cause. Pure. Null: nothing to write.
 *
 *   over ── half of the threshold is reached: told ──▶ on ── a higher level than the one told, ──▶ on, told
 *     ▲                                                │ ▲      or the window ends: told
 *     │                                                ▼ │ reached again: not told, unless as above
 *     └── quiet for `calmMs`: the all-clear is told ── calm
 *
 * So between two tells of the same level lies a window, or an all-clear; and an all-clear comes only after `calmMs` of quiet, so
 * that what flutters does not ring all night. Who was not reached is told again at later runs, until something newer is told.
 */
export function nextAlarm(
  before: Alarm | null,
  reading: CauseReading,
  rules: CauseRules,
): AlarmChange | null {
  const held = before ?? nothingYet(reading, rules);
  const moved = reading.value === null ? held : move(held, reading.value, reading.now, rules);
  const isNews = moved.told !== held.told || moved.toldAt !== held.toldAt;
  const owed = isNews ? rules.targets : toTryAgain(moved, reading.now, rules.targets);
  const deliveries = attempted(moved, owed, reading.now, rules.targets, isNews);
  const alarm = { ...moved, deliveries, version: (before?.version ?? 0) + 1 };
  const isSame = moved === held && owed.length === 0;
  return isSame ? null : { alarm, owed };
}

function nothingYet({ cause }: CauseReading, { threshold }: CauseRules): Alarm {
  return {
    cause,
    level: 0,
    value: 0,
    threshold: threshold ?? 0,
    since: null,
    calmSince: null,
    told: 0,
    toldAt: null,
    deliveries: [],
    version: 0,
  };
}

/** The alarm as it stands with this value; the same object when nothing changed. */
function move(held: Alarm, value: number, now: Instant, rules: CauseRules): Alarm {
  const level = levelOf(value, rules.threshold);
  const threshold = rules.threshold ?? held.threshold;
  if (level === 0) return calm(held, { value, threshold }, now, rules);
  const isDue = level > held.told || held.toldAt === null || now - held.toldAt >= rules.windowMs;
  const on = { ...held, level, value, threshold, since: held.since ?? now, calmSince: null };
  if (isDue) return { ...on, told: level, toldAt: now };
  const isSame =
    held.level === level && held.value === value && held.threshold === threshold && held.calmSince === null;
  return isSame ? held : on;
}

function calm(
  held: Alarm,
  figures: Pick<Alarm, 'value' | 'threshold'>,
  now: Instant,
  { calmMs }: CauseRules,
): Alarm {
  if (held.since === null) return held;
  const calmSince = held.calmSince ?? now;
  if (now - calmSince < calmMs) {
    return held.calmSince === null ? { ...held, ...figures, level: 0, calmSince } : held;
  }
  return { ...held, ...figures, level: 0, since: null, calmSince: null, told: 0, toldAt: now };
}

/** Who was not reached with what was told last, and may be tried again. */
function toTryAgain({ deliveries }: Alarm, now: Instant, targets: readonly string[]): readonly string[] {
  return deliveries
    .filter(
      ({ target, error, attempts, at }) =>
        error !== null && attempts < MOST_ATTEMPTS && now - at >= RETRY_AFTER_MS && targets.includes(target),
    )
    .map(({ target }) => target);
}

/** The deliveries with one attempt more for each that is owed. Written before anything is sent, so that no two watchdogs send the same. */
function attempted(
  { told, deliveries }: Alarm,
  owed: readonly string[],
  now: Instant,
  targets: readonly string[],
  isNews: boolean,
): readonly AlarmDelivery[] {
  const kept = isNews ? [] : deliveries.filter(({ target }) => targets.includes(target));
  const begun = owed.map((target) => ({
    target,
    told,
    at: now,
    attempts: (kept.find((one) => one.target === target)?.attempts ?? 0) + 1,
    error: kept.find((one) => one.target === target)?.error ?? UNDER_WAY,
  }));
  return [...kept.filter(({ target }) => !owed.includes(target)), ...begun];
}
