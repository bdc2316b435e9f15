/** The fields of a 7-field cron expression that say when on a day it comes. */
const RANGES = { second: 60, minute: 60, hour: 24 } as const;

const DAY_SECONDS = 86_400;

/**
 * When on a Beijing day a timer comes, in seconds since midnight, rising. Null for one that does not come every day: its day,
 * month, weekday or year is limited. Pure; the expression has 7 fields (`second minute hour day month weekday year`).
 */
export function timesOfDay(cron: string): readonly number[] | null {
  const [second = '', minute = '', hour = '', ...days] = cron.trim().split(/\s+/);
  if (days.some((field) => field !== '*' && field !== '?')) return null;
  const seconds = valuesOf(second, RANGES.second);
  const minutes = valuesOf(minute, RANGES.minute);
  const times = valuesOf(hour, RANGES.hour).flatMap((h) =>
    minutes.flatMap((m) => seconds.map((s) => h * 3600 + m * 60 + s)),
  );
  return times.length === 0 ? null : times;
}

/** The longest time between two comings of a timer, in seconds; Infinity for one that does not come every day. Pure. */
export function longestGap(cron: string): number {
  const times = timesOfDay(cron);
  if (times === null) return Number.POSITIVE_INFINITY;
  return times.reduce((longest, at, n) => {
    const next = times[n + 1] ?? (times[0] ?? 0) + DAY_SECONDS;
    return Math.max(longest, next - at);
  }, 0);
}

/** The values of one field: `*`, `a`, `a-b`, each with `/step`, and lists of them. */
function valuesOf(field: string, size: number): readonly number[] {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|\?|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) continue;
    const [, from, to, step] = match;
    const first = from === undefined ? 0 : Number(from);
    const isOne = from !== undefined && to === undefined && step === undefined;
    const last = isOne ? first : to === undefined ? size - 1 : Number(to);
    for (let value = first; value <= Math.min(last, size - 1); value += Math.max(1, Number(step ?? 1))) {
      values.add(value);
    }
  }
  return [...values].sort((a, b) => a - b);
}
