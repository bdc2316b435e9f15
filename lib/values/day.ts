import type { Brand } from './brand';
import type { Instant } from './instant';
import { BEIJING_AHEAD_MS, beginningOf, beijingTime, formatBeijing, later } from './instant';

/** One day in Beijing, `yyyyMMdd`: the period of one bill. */
export type BeijingDay = Brand<string, 'BeijingDay'>;

const DAY_MS = 86_400_000;

/** Guards the text of a day that exists. */
export function isBeijingDay(value: unknown): value is BeijingDay {
  return typeof value === 'string' && /^\d{8}$/.test(value) && beijingTime(`${value}000000`) !== null;
}

/** The days that were asked about, by their number since 1970 in Beijing. */
const known = new Map<number, BeijingDay>();
const MOST_KNOWN = 1_000;

/** The Beijing day of an instant. Throws `RangeError` where the year does not have four digits. */
export function dayOf(at: Instant): BeijingDay {
  // Rows ask about the same few days again and again; formatting took 60 times as long.
  const number = Math.floor((at + BEIJING_AHEAD_MS) / DAY_MS);
  const found = known.get(number);
  if (found !== undefined) return found;
  const day: string = formatBeijing(at, 'YYYYMMDD');
  if (!hasEightDigits(day)) throw new RangeError('the year does not have four digits');
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(number, day);
  return day;
}

/** When a day begins: 00:00 in Beijing. It ends when the next one begins. */
export function startOf(day: BeijingDay): Instant {
  return beginningOf(day);
}

/**
 * The day `days` days later, or earlier when negative. China has no daylight saving: every day has
 * 24 hours.
 */
export function daysLater(day: BeijingDay, days: number): BeijingDay {
  return dayOf(later(startOf(day), days * DAY_MS));
}

/**
 * The days from `first`, before `end`; none when `end` is not later. The count is computed before
 * the list, so that this always terminates.
 */
export function daysFrom(first: BeijingDay, end: BeijingDay): readonly BeijingDay[] {
  const count = Math.max(0, Math.round((startOf(end) - startOf(first)) / DAY_MS));
  return Array.from({ length: count }, (_, n) => daysLater(first, n));
}

/**
 * A formatted day always exists. Parsing it again to be sure took four fifths of the time of
 * `dayOf`.
 */
function hasEightDigits(day: string): day is BeijingDay {
  return /^\d{8}$/.test(day);
}
