import type { Brand } from './brand';
import type { Instant } from './instant';
import { beginningOf, beijingTime, formatBeijing, later } from './instant';

/** One day in Beijing, `yyyyMMdd`: what WeChat Pay makes a statement of. */
export type BeijingDay = Brand<string, 'BeijingDay'>;

const DAY_MS = 86_400_000;

/** Guards the text of a day that exists. */
export function isBeijingDay(value: unknown): value is BeijingDay {
  return typeof value === 'string' && /^\d{8}$/.test(value) && beijingTime(`${value}000000`) !== null;
}

/** The Beijing day of an instant. */
export function dayOf(at: Instant): BeijingDay {
  const day: string = formatBeijing(at, 'YYYYMMDD');
  if (!hasEightDigits(day)) throw new RangeError('no day of four-digit years');
  return day;
}

/** When a day begins: 00:00 in Beijing. It ends where the next one begins. */
export function startOf(day: BeijingDay): Instant {
  return beginningOf(day);
}

/**
 * The day so many days later, or earlier when negative. China has no daylight saving: every day has
 * 24 hours.
 */
export function daysLater(day: BeijingDay, days: number): BeijingDay {
  return dayOf(later(startOf(day), days * DAY_MS));
}

/**
 * The days from `first` on and before `end`; none when `end` is not later. Their number is known
 * before the first is made, so that this ends whatever becomes of the arithmetic of days.
 */
export function daysFrom(first: BeijingDay, end: BeijingDay): readonly BeijingDay[] {
  const count = Math.max(0, Math.round((startOf(end) - startOf(first)) / DAY_MS));
  return Array.from({ length: count }, (_, n) => daysLater(first, n));
}

/** What was written as a day exists. Reading it again to be sure cost four fifths of `dayOf`. */
function hasEightDigits(day: string): day is BeijingDay {
  return /^\d{8}$/.test(day);
}
