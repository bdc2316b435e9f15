import { dayOf, type BeijingDay } from '../../lib/values/day';
import { instant, type Instant } from '../../lib/values/instant';

const DAY_MS = 86_400_000;
/** Beijing is 8 hours ahead, all year. */
const AHEAD_MS = 8 * 3_600_000;

/** Beijing days, both included. Days are numbers: `dayNumber`. */
export interface DayRange {
  readonly from: number;
  readonly to: number;
}

/** A Beijing day as a number: formatting one per row took a third of the total time. */
export function dayNumber(at: Instant): number {
  return Math.floor((at + AHEAD_MS) / DAY_MS);
}

/** What the bills say about a day: one covers it, none does, or that cannot be known. */
export type Coverage = 'covered' | 'other_day' | 'no_bill_of_day' | 'day_unknown' | 'no_bill';

/** The days that the bills of one kind (of payments, or of refunds) cover. */
export interface BillDays {
  /** Begins a further bill of this kind. */
  nextBill(): void;
  /** A row of the current bill is of this instant. */
  add(at: Instant): void;
  /** The first and last day of the bills' rows, and each day with rows, in order. */
  list(): readonly BeijingDay[];
  /**
   * Whether an item of this instant must be in a bill. A bill covers all days from its first to its
   * last row, a day without any included: no row of it is evidence. Days between two bills are not
   * covered, and nor are those around a bill without rows, which does not say its day. With `asked`
   * the accountant has said which days the bills cover.
   */
  coverage(at: Instant, asked: DayRange | null): Coverage;
  /** True when no bill reaches the day of this instant: what follows it is in none. */
  endBefore(at: Instant, asked: DayRange | null): boolean;
  /** True when there is a bill of this kind. */
  hasBill(): boolean;
}

/** Creates the days of no bill. */
export function billDays(): BillDays {
  const bills: { from: number; to: number }[] = [];
  const days = new Set<number>();
  let current = { from: Infinity, to: -Infinity };
  let last = NaN;

  return {
    nextBill() {
      current = { from: Infinity, to: -Infinity };
      bills.push(current);
      last = NaN;
    },
    add(at) {
      const day = dayNumber(at);
      if (day === last) return;
      last = day;
      days.add(day);
      current.from = Math.min(current.from, day);
      current.to = Math.max(current.to, day);
    },
    list: () => [...days].sort((a, b) => a - b).map((day) => dayOf(instant(day * DAY_MS - AHEAD_MS))),
    endBefore: (at, asked) => {
      const day = dayNumber(at);
      if (asked !== null) return asked.to < day;
      return bills.every(({ from, to }) => from !== Infinity && to < day);
    },
    hasBill: () => bills.length > 0,
    coverage(at, asked) {
      const day = dayNumber(at);
      if (bills.length === 0) return 'no_bill';
      if (asked !== null) return asked.from <= day && day <= asked.to ? 'covered' : 'other_day';
      if (bills.some(({ from, to }) => from <= day && day <= to)) return 'covered';
      if (bills.some(({ from }) => from === Infinity)) return 'day_unknown';
      const between = bills.some(({ to }) => to < day) && bills.some(({ from }) => from > day);
      return between ? 'no_bill_of_day' : 'other_day';
    },
  };
}
