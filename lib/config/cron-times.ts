/** The fields of a 7-field cron expression that give the time of day. */
const RANGES = { second: 60, minute: 60, hour: 24 } as const;

const DAY_SECONDS = 86_400;

/**
 * The times of a Beijing day at which a timer runs, in seconds since midnight, ascending. Null when
 * it does not run every day, because its day, month, weekday or year is limited. The expression has
 * 7 fields (`second minute hour day month weekday year`). Pure.
 */
export function timesOfDay(cron: string): readonly number[] | null {
  const fields = fieldsOf(cron);
  if (fields === null) return null;
  const { hours, minutes, seconds } = fields;
  return hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => h * 3600 + m * 60 + s)));
}

/**
 * The longest time between two runs of a timer, in seconds; Infinity when it does not run every
 * day. Pure.
 *
 * The gap is between two seconds of a minute, between the last second of a minute and the first of
 * the timer's next minute, or likewise between two hours. It therefore follows from the fields
 * alone: listing the times would take long, since a timer of every second has 86,400 a day and
 * every start checks all timers.
 */
export function longestGap(cron: string): number {
  const fields = fieldsOf(cron);
  if (fields === null) return Number.POSITIVE_INFINITY;
  const { hours, minutes, seconds } = fields;
  const withinMinute = spread(seconds);
  const withinHour = spread(minutes) * 60 + withinMinute;
  const acrossDays = (hours[0] ?? 0) * 3600 + DAY_SECONDS - (hours.at(-1) ?? 0) * 3600;
  return Math.max(
    widest(seconds),
    widest(minutes) * 60 - withinMinute,
    widest(hours) * 3600 - withinHour,
    acrossDays - withinHour,
  );
}

/**
 * The shortest time between two runs of a timer, in seconds, at most an hour. 60 for an expression
 * that cannot be read. Pure.
 */
export function shortestGap(cron: string): number {
  const [second = '', minute = ''] = cron.trim().split(/\s+/);
  const seconds = valuesOf(second, RANGES.second);
  const minutes = valuesOf(minute, RANGES.minute);
  if (seconds.length === 0 || minutes.length === 0) return 60;
  if (seconds.length > 1) return narrowest(seconds, RANGES.second);
  return minutes.length > 1 ? 60 * narrowest(minutes, RANGES.minute) : 3_600;
}

/** The narrowest gap between neighbours of several ascending values on a circle. */
function narrowest(values: readonly number[], size: number): number {
  const last = values.at(-1) ?? 0;
  return values.reduce(
    (least, value, n) => Math.min(least, n === 0 ? value + size - last : value - (values[n - 1] ?? 0)),
    size,
  );
}

/** The values of the fields of a timer that comes every day; null for any other. */
function fieldsOf(cron: string) {
  const [second = '', minute = '', hour = '', ...days] = cron.trim().split(/\s+/);
  if (days.some((field) => field !== '*' && field !== '?')) return null;
  const fields = {
    seconds: valuesOf(second, RANGES.second),
    minutes: valuesOf(minute, RANGES.minute),
    hours: valuesOf(hour, RANGES.hour),
  };
  return Object.values(fields).some((values) => values.length === 0) ? null : fields;
}

/** From the first of rising values to the last. */
function spread(values: readonly number[]): number {
  return (values.at(-1) ?? 0) - (values[0] ?? 0);
}

/** The widest gap between neighbours of ascending values; -Infinity for a single value. */
function widest(values: readonly number[]): number {
  return values.reduce(
    (most, value, n) => Math.max(most, value - (values[n - 1] ?? Number.POSITIVE_INFINITY)),
    Number.NEGATIVE_INFINITY,
  );
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
