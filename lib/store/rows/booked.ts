import type { MoneySum } from '../../model/operators/today';
import { fen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import type { BookedPart } from '../requests';
import type { Columns } from './columns';
import { reading } from './columns';
import { BEFORE_ALL, cursorText } from './cursor';

/** A part of what our books hold, from its two counts and sums. */
export function bookedPart(columns: Columns = [0, 0, 0, 0], reached: Instant | null): BookedPart {
  const row = reading(columns);
  const sum = (): MoneySum => ({ count: row.integer(), total: fen(row.integer()) });
  return {
    all: sum(),
    otherDays: sum(),
    next: reached === null ? null : cursorText({ at: reached, name: BEFORE_ALL }),
  };
}
