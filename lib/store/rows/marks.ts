import type { StatementMark } from '../../model/statement/statement-mark';
import type { BeijingDay } from '../../values/day';
import { StoreError } from '../errors';
import type { AbsentQuery } from '../requests';
import type { ColumnReader } from './columns';
import type { Bindable } from './columns';

/** A day as it is stored: the number of its eight digits. */
export function dayNumber(day: BeijingDay): number {
  return Number(day);
}

/**
 * A day this adapter stored; its existence was checked then. Throws `StoreError` `invalid` on
 * another number.
 */
export function storedDay(value: number): BeijingDay {
  const text: string = String(value);
  if (!hasEightDigits(text)) throw new StoreError('invalid', 'a stored day does not have eight digits');
  return text;
}

function hasEightDigits(text: string): text is BeijingDay {
  return /^\d{8}$/.test(text);
}

/** The columns `readMark` reads, in order. */
export const MARK_COLUMNS = 'day, round, chunk';

/** The values of `MARK_COLUMNS`. */
export function markValues(mark: StatementMark | null): readonly Bindable[] {
  return mark === null ? [null, null, null] : [dayNumber(mark.day), mark.round, mark.chunk];
}

/** A mark from `MARK_COLUMNS`, or null without one. */
export function readMark(row: ColumnReader): StatementMark | null {
  const day = row.integerOrNull();
  if (day === null) {
    row.skip(2);
    return null;
  }
  return { day: storedDay(day), round: row.integer(), chunk: row.integer() };
}

/**
 * SQL that is true for a row without a mark, or with one of an earlier round over the same day.
 * Binds `?5` to the day and `?6` to the round.
 */
export const NOT_MARKED = '(day IS NULL OR (day = ?5 AND round < ?6))';

/** The values of `NOT_MARKED`. */
export function notMarkedValues({ day, round }: AbsentQuery): readonly [number, number] {
  return [dayNumber(day), round];
}
