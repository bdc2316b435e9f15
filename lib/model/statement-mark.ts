import type { BeijingDay } from '../values/day';

/**
 * Says in which statement a payment or refund was found. A run marks a whole chunk of rows by one write, so the mark names
 * the chunk and not the row.
 *
 * A row whose mark names an earlier chunk of the same day and round was in the statement before: it stands there twice.
 */
export interface StatementMark {
  readonly day: BeijingDay;
  /** Which run over that day, from 1: a day that is run again makes its own marks. */
  readonly round: number;
  /** The line of the chunk's first row; `NAMED_ONLY` when no row could be compared, but one names the order. */
  readonly chunk: number;
}

/**
 * The chunk of a mark that only says: the statement names this order in a row that is unreadable or must not be matched. Nobody may
 * call it absent then. No row stands on line 0, and later marks of the same day and round leave this one as it is.
 */
export const NAMED_ONLY = 0;
