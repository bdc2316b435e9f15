import type { Brand } from './brand';
import type { BeijingDay } from './day';
import { daysFrom, isBeijingDay } from './day';

/** One month in Beijing, `yyyyMM`: the period of a merchant's books. */
export type BeijingMonth = Brand<string, 'BeijingMonth'>;

/** Guards the text of a month that exists. */
export function isBeijingMonth(value: unknown): value is BeijingMonth {
  return typeof value === 'string' && /^\d{6}$/.test(value) && isBeijingDay(`${value}01`);
}

/** The month of a day. */
export function monthOf(day: BeijingDay): BeijingMonth {
  const month: string = day.slice(0, 6);
  if (!isBeijingMonth(month)) throw new RangeError('a day lies in a month');
  return month;
}

/** The first day of a month. */
export function firstDayOf(month: BeijingMonth): BeijingDay {
  const day: string = `${month}01`;
  if (!isBeijingDay(day)) throw new RangeError('a month begins with a day');
  return day;
}

/** The month `months` later, or earlier when negative. */
export function monthsLater(month: BeijingMonth, months: number): BeijingMonth {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(4)) - 1 + months;
  const text: string = `${String(Math.floor(count / 12)).padStart(4, '0')}${String((count % 12) + 1).padStart(2, '0')}`;
  if (!isBeijingMonth(text)) throw new RangeError('the year does not have four digits');
  return text;
}

/** The days of a month, in order. */
export function daysOf(month: BeijingMonth): readonly BeijingDay[] {
  return daysFrom(firstDayOf(month), firstDayOf(monthsLater(month, 1)));
}
