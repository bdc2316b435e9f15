import type { BeijingDay } from '../../values/day';
import { dayOf, daysFrom, daysLater, startOf } from '../../values/day';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { StatementReport } from '../../model/statement-run';
import type { StatementSettings } from './settings';

/**
 * What time makes of a statement, in Beijing. WeChat Pay begins to make the statement of a day at
 * 09:00 of the next and keeps it for three months (downloadBill: fetch after 10:00).
 */

const HOUR_MS = 3_600_000;

/** How many days back statements are asked for: what WeChat Pay keeps. */
const KEPT_DAYS = 90;

/** When the statement of a day is asked for first. */
export function askFrom(day: BeijingDay, { fromHour }: Pick<StatementSettings, 'fromHour'>): Instant {
  return later(startOf(daysLater(day, 1)), fromHour * HOUR_MS);
}

/** From when on "not available" means that there is no statement of this day. */
export function finalFrom(day: BeijingDay, { finalHour }: Pick<StatementSettings, 'finalHour'>): Instant {
  return later(startOf(daysLater(day, 1)), finalHour * HOUR_MS);
}

/** Until when what is absent from the statement of this day is carried over. */
export function carriedUntil(
  day: BeijingDay,
  { carryOverDays }: Pick<StatementSettings, 'carryOverDays'>,
): Instant {
  return startOf(daysLater(day, carryOverDays + 1));
}

/**
 * True while WeChat Pay keeps the statement of this day: only then does its absence say anything.
 */
export function isKept(day: BeijingDay, now: Instant): boolean {
  return day >= daysLater(dayOf(now), -KEPT_DAYS);
}

/**
 * The days to reconcile: from that of the first order, or as far back as statements are kept, to
 * yesterday.
 */
export function daysToReconcile(firstOrderAt: Instant, now: Instant): readonly BeijingDay[] {
  const today = dayOf(now);
  const [first, kept] = [dayOf(firstOrderAt), daysLater(today, -KEPT_DAYS)];
  return daysFrom(first > kept ? first : kept, today);
}

/** The instants of a day: from the first on, and before the second. */
export interface DaySpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** When a day begins and ends. */
export function spanOf(day: BeijingDay): DaySpan {
  return { from: startOf(day), to: startOf(daysLater(day, 1)) };
}

/**
 * True for a run that ended without a file that proves anything, and that is due to be tried again:
 * once a day, until what was carried over counts.
 *
 * Failure policy: fail closed. `none` is tried again too. WeChat Pay says "not made yet" and "no
 * trades" by one code, and a file that was late on a day of which we heard nothing would hide its
 * payments for good.
 */
export function isTriedAgain(
  day: BeijingDay,
  { outcome, finishedAt }: Pick<StatementReport, 'outcome' | 'finishedAt'>,
  settings: Pick<StatementSettings, 'fromHour' | 'carryOverDays'>,
  now: Instant,
): boolean {
  if (outcome === 'reconciled' || now >= carriedUntil(day, settings)) return false;
  const today = dayOf(now);
  return dayOf(finishedAt) < today && now >= later(startOf(today), settings.fromHour * HOUR_MS);
}
