import { dayOf, type BeijingDay } from '../lib/values/day';
import { instant, type Instant } from '../lib/values/instant';

const DAY_MS = 86_400_000;
/** Beijing is 8 hours ahead, all year. */
const AHEAD_MS = 8 * 3_600_000;

/**
 * A set of Beijing days. A day is a number until it is listed: formatting one per row took a third
 * of the total time.
 */
export interface DaySet {
  add(at: Instant): void;
  has(at: Instant): boolean;
  /** The days in order. */
  list(): readonly BeijingDay[];
}

/** Creates an empty set. */
export function daySet(): DaySet {
  const days = new Set<number>();
  let last = NaN;
  const numberOf = (at: Instant): number => Math.floor((at + AHEAD_MS) / DAY_MS);
  return {
    add(at) {
      const day = numberOf(at);
      if (day === last) return;
      last = day;
      days.add(day);
    },
    has: (at) => days.has(numberOf(at)),
    list: () => [...days].sort((a, b) => a - b).map((day) => dayOf(instant(day * DAY_MS - AHEAD_MS))),
  };
}
