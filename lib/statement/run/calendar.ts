import type { BeijingDay } from '../../values/day';
import { dayOf, daysFrom, daysLater, startOf } from '../../values/day';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { StatementReport } from '../../model/statement/statement-run';
import type { StatementSettings } from './settings';

/**
 * The timetable of bills, in Beijing time. WeChat Pay starts to create the bill of a day at 09:00
 * of the next day and keeps it for three months (downloadBill: fetch after 10:00).
 */

const HOUR_MS = 3_600_000;

/** How many days back bills are downloaded: as long as WeChat Pay keeps them. */
const KEPT_DAYS = 90;

/** When the bill of a day is requested first. */
export function askFrom(day: BeijingDay, { fromHour }: Pick<StatementSettings, 'fromHour'>): Instant {
  return later(startOf(daysLater(day, 1)), fromHour * HOUR_MS);
}

/** When "not available" starts to mean that there is no bill of this day. */
export function finalFrom(day: BeijingDay, { finalHour }: Pick<StatementSettings, 'finalHour'>): Instant {
  return later(startOf(daysLater(day, 1)), finalHour * HOUR_MS);
}

/** The end of the carry-over for records that are absent from the bill of this day. */
export function carriedUntil(
  day: BeijingDay,
  { carryOverDays }: Pick<StatementSettings, 'carryOverDays'>,
): Instant {
  return startOf(daysLater(day, carryOverDays + 1));
}

/** True while WeChat Pay keeps the bill of this day. After that, its absence means nothing. */
export function isKept(day: BeijingDay, now: Instant): boolean {
  return day >= daysLater(dayOf(now), -KEPT_DAYS);
}

/**
 * The days to reconcile: from that of the first order, or from the oldest day that WeChat Pay
 * keeps, to yesterday.
 */
export function daysToReconcile(firstOrderAt: Instant, now: Instant): readonly BeijingDay[] {
  const today = dayOf(now);
  const [first, kept] = [dayOf(firstOrderAt), daysLater(today, -KEPT_DAYS)];
  return daysFrom(first > kept ? first : kept, today);
}

/** The instants of a day: from `from`, before `to`. */
export interface DaySpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** Start and end of a day. */
export function spanOf(day: BeijingDay): DaySpan {
  return { from: startOf(day), to: startOf(daysLater(day, 1)) };
}

/**
 * True for a run that ended without a valid bill and is due for another try: once a day, until the
 * end of the carry-over.
 *
 * Failure policy: fail closed. `none` is tried again too. WeChat Pay uses one code for "not created
 * yet" and "no trades"; without another try, a late bill of a day without callbacks would never
 * reveal its payments.
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
