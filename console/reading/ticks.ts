import { formatBeijing, instant } from '../../lib/values/instant';

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400] as const;

/** Beijing is so many seconds ahead, all year. */
const AHEAD = 8 * HOUR;

/** The steps a time axis may take, in seconds, from a minute to ten days. */
export const TICK_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10].map((n) => n * DAY),
];

/**
 * The ticks of a time axis from `from` to `to`, in seconds since 1970: the multiples of `step` on a clock in
 * Beijing. The chart's own go through the zone of the browser and are wrong, or missing, at its clock changes.
 */
export function ticksBetween(from: number, to: number, step: number): number[] {
  const first = Math.ceil((from + AHEAD) / step) * step - AHEAD;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, n) => first + n * step);
}

/** What a tick is called on an axis of `span` seconds: 24 hours a day, and the date where a day begins. */
export function tickText(tick: number, span: number): string {
  const at = instant(Math.round(tick * 1000));
  const time = formatBeijing(at, 'HH:mm');
  return time === '00:00' || span > 3 * DAY ? formatBeijing(at, 'MM-DD') : time;
}
