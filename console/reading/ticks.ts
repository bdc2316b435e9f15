import { formatBeijing, instant } from '../../lib/values/instant';

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400] as const;

/** Beijing's offset from UTC in seconds, all year. */
const AHEAD = 8 * HOUR;

/** The possible steps of a time axis, in seconds, from a minute to ten days. */
export const TICK_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10].map((n) => n * DAY),
];

/**
 * The ticks of a time axis from `from` to `to`, in seconds since 1970: the multiples of `step` on a
 * Beijing clock. The chart library uses the browser's zone, whose ticks are wrong or missing at
 * clock changes.
 */
export function ticksBetween(from: number, to: number, step: number): number[] {
  const first = Math.ceil((from + AHEAD) / step) * step - AHEAD;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, n) => first + n * step);
}

/**
 * The label of a tick on an axis of `span` seconds: the time in 24 hours, and the date where a day
 * starts.
 */
export function tickText(tick: number, span: number): string {
  const at = instant(Math.round(tick * 1000));
  const time = formatBeijing(at, 'HH:mm');
  return time === '00:00' || span > 3 * DAY ? formatBeijing(at, 'MM-DD') : time;
}

/** A second, a minute, an hour and a day, by their logarithm in ms. */
const WIDE_TICKS = [1_000, 60_000, 3_600_000, 86_400_000].map(Math.log10);

/**
 * The span of an axis of times by their logarithm: from a second to ten minutes, and further where
 * values are. Without any value the chart says so by what is no number.
 */
export function wideRange(least: number, most: number): [number, number] {
  const values = [least, most].filter((value) => Number.isFinite(value));
  return [Math.min(...values, 3) - 0.3, Math.max(...values, Math.log10(600_000)) + 0.3];
}

/** The ticks of such an axis. One beyond its span would be drawn half outside the chart. */
export function wideTicks(from: number, to: number): number[] {
  return WIDE_TICKS.filter((tick) => from <= tick && tick <= to);
}
