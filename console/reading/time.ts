import type { BeijingMonth } from '../../lib/values/month';
import { beijingTime, formatBeijing, type Instant } from '../../lib/values/instant';
import { startOf, type BeijingDay } from '../../lib/values/day';

/** An instant as Beijing wall time, to the second. */
export function moment(at: Instant): string {
  return formatBeijing(at, 'YYYY-MM-DD HH:mm:ss');
}

/** The same, shorter: without today's date, and without this year. */
export function shortMoment(at: Instant, now: Instant): string {
  if (formatBeijing(at, 'YYYYMMDD') === formatBeijing(now, 'YYYYMMDD')) return formatBeijing(at, 'HH:mm:ss');
  const year = formatBeijing(at, 'YYYY') === formatBeijing(now, 'YYYY');
  return formatBeijing(at, year ? 'MM-DD HH:mm' : 'YYYY-MM-DD HH:mm');
}

/** A day as text: `2026-03-01`. */
export function dayText(day: BeijingDay): string {
  return formatBeijing(startOf(day), 'YYYY-MM-DD');
}

/** A month as people write it: `2026-03`. */
export function monthText(month: BeijingMonth): string {
  return `${month.slice(0, 4)}-${month.slice(4)}`;
}

/** An instant as the value of a Beijing time field: `2026-03-01T10:00`. */
export function fieldText(at: Instant): string {
  return formatBeijing(at, 'YYYY-MM-DDTHH:mm');
}

/** The value of such a field as an instant; null for anything else. */
export function fieldInstant(text: string): Instant | null {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) ? beijingTime(`${text.replace('T', ' ')}:00`) : null;
}

/** The names of time units. */
export interface Units {
  readonly ms: string;
  readonly second: string;
  readonly minute: string;
  readonly hour: string;
  readonly day: string;
}

/**
 * A span of time with at most two units: `850 ms`, `4.2 s`, `3 min 10 s`, `2 h 5 min`, `3 d 4 h`.
 */
export function span(ms: number, units: Units): string {
  const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000] as const;
  const two = (big: number, bigName: string, small: number, smallName: string): string => {
    const [whole, rest] = [Math.trunc(ms / big), Math.trunc((ms % big) / small)];
    return rest === 0 ? `${whole} ${bigName}` : `${whole} ${bigName} ${rest} ${smallName}`;
  };
  if (ms < second) return `${Math.round(ms)} ${units.ms}`;
  if (ms < 10 * second) return `${(Math.trunc(ms / 100) / 10).toFixed(1)} ${units.second}`;
  if (ms < minute) return `${Math.trunc(ms / second)} ${units.second}`;
  if (ms < hour) return two(minute, units.minute, second, units.second);
  if (ms < day) return two(hour, units.hour, minute, units.minute);
  return two(day, units.day, hour, units.hour);
}
