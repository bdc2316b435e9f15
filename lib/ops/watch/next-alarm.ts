import type { Instant } from '../../values/instant';
import type { Alarm, AlarmCause, AlarmDelivery } from '../../model/alarm';
import type { Mute } from '../../model/operators/issue';
import { levelOf } from './causes';
import type { CauseSettings } from './settings';

/** The current reading of one cause. */
export interface CauseReading {
  readonly cause: AlarmCause;
  /** Null: unknown. */
  readonly value: number | null;
  readonly now: Instant;
}

/** The settings that apply to a cause. */
export interface CauseRules extends CauseSettings {
  readonly calmMs: number;
  /** What an operator muted, also if it has ended; null: nothing. */
  readonly mute: Mute | null;
  /** The robots and webhooks, by name. */
  readonly targets: readonly string[];
}

/**
 * The next state of an alarm, to be stored over the version before, and the notices it requires.
 */
export interface AlarmChange {
  readonly alarm: Alarm;
  /**
   * The targets to notify now of the level in `alarm`. One more attempt is already counted for
   * each.
   */
  readonly owed: readonly string[];
}

/**
 * The error text of a delivery in progress. After `RETRY_AFTER_MS` any watchdog that finds it tries
 * again.
 */
export const UNDER_WAY = 'under way';

/** A run has ended by then, in ms: the platform ends a function after 60 s. */
export const RETRY_AFTER_MS = 120_000;

/** With a timer of five minutes, about two hours. A notice that was not sent by then is useless. */
export const MOST_ATTEMPTS = 24;

/**
 * The next state of the alarm of one cause; null: nothing to write. Pure.
 *
 *   over ── half of the threshold: notice ──▶ on ── a higher level than notified, ──▶ on, notice
 *     ▲                                       │ ▲      or the window ends: notice
 *     │                                       ▼ │ reached again: no notice, except as above
 *     └── quiet for `calmMs`: all-clear ────── calm
 *
 * So between two notices of the same level lies a window or an all-clear. An all-clear is sent only
 * after `calmMs` of quiet, so a flapping alarm does not notify all night. What an operator muted is
 * notified when it gets worse than it was then, and when the mute has ended and it is still on. A
 * target that was not reached is notified again by later runs, until a newer notice replaces this
 * one.
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

/** The alarm with this value; the same object when nothing changed. */
function move(held: Alarm, value: number, now: Instant, rules: CauseRules): Alarm {
  const level = levelOf(value, rules.threshold);
  const threshold = rules.threshold ?? held.threshold;
  if (level === 0) return calm(held, { value, threshold }, now, rules);
  const muted = mutedAt(rules.mute, { level, value }, now);
  const isDue =
    muted !== 'muted' &&
    (level > held.told ||
      held.toldAt === null ||
      now - held.toldAt >= rules.windowMs ||
      (muted === 'worse' && held.toldAt < (rules.mute?.since ?? 0)) ||
      hasEndedSince(rules.mute, held.toldAt, now));
  const on = { ...held, level, value, threshold, since: held.since ?? now, calmSince: null };
  if (isDue) return { ...on, told: level, toldAt: now };
  const isSame =
    held.level === level && held.value === value && held.threshold === threshold && held.calmSince === null;
  return isSame ? held : on;
}

/** `worse`: it is muted, but has become worse than it was then, so notices are sent. */
function mutedAt(
  mute: Mute | null,
  { level, value }: Pick<Alarm, 'level' | 'value'>,
  now: Instant,
): 'no' | 'muted' | 'worse' {
  if (mute === null || now >= mute.until) return 'no';
  const isTwice = mute.value > 0 && value >= 2 * mute.value;
  return level > mute.level || isTwice ? 'worse' : 'muted';
}

/** Whether a mute has ended since the last notice: nobody has been reminded yet. */
function hasEndedSince(mute: Mute | null, toldAt: Instant, now: Instant): boolean {
  return mute !== null && mute.until <= now && toldAt < mute.until;
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
  // What was muted from its start gets no all-clear: nobody was notified.
  const toldAt = held.told === 0 ? held.toldAt : now;
  return { ...held, ...figures, level: 0, since: null, calmSince: null, told: 0, toldAt };
}

/** Targets that the last notice did not reach and that may be tried again. */
function toTryAgain({ deliveries }: Alarm, now: Instant, targets: readonly string[]): readonly string[] {
  return deliveries
    .filter(
      ({ target, error, attempts, at }) =>
        error !== null && attempts < MOST_ATTEMPTS && now - at >= RETRY_AFTER_MS && targets.includes(target),
    )
    .map(({ target }) => target);
}

/**
 * The deliveries with one more attempt for each target to notify. Stored before anything is sent,
 * so that two watchdogs never send the same.
 */
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
