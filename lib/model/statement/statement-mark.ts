import type { BeijingDay } from '../../values/day';

/**
 * The bill in which a payment or refund was found. A run marks a whole chunk of rows with one
 * write, so the mark names the chunk and not the row.
 *
 * When a row's mark names an earlier chunk of the same day and round, the bill contains the row
 * twice.
 */
export interface StatementMark {
  readonly day: BeijingDay;
  /** Which run over that day, from 1. A rerun makes its own marks. */
  readonly round: number;
  /**
   * The line of the chunk's first row; `NAMED_ONLY` when the bill names the order but no row could
   * be compared.
   */
  readonly chunk: number;
}

/**
 * The chunk of a mark that only records that the bill names this order, in a row that is unreadable
 * or must not be matched. The order is then not absent. No row is on line 0, and later marks of the
 * same day and round leave this one unchanged.
 */
export const NAMED_ONLY = 0;
