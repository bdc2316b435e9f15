import type { DiscrepancyClass } from '../../model/discrepancy';
import { isDiscrepancyClass } from '../../model/discrepancy';
import type { RefundState } from '../../model/refund';
import { REFUND_STATES } from '../../model/refund';
import { recordOf } from '../../values/record-of';
import type { Columns } from './columns';
import { reading } from './columns';

/** The refunds of each state, from rows of a state and its count. */
export function refundsByState(rows: readonly Columns[]): Readonly<Record<RefundState, number>> {
  const found = new Map<string, number>();
  for (const columns of rows) {
    const row = reading(columns);
    found.set(row.text(), row.integer());
  }
  return recordOf(REFUND_STATES, (state) => found.get(state) ?? 0);
}

/** The discrepancies of each class that has any, from rows of a class and its count. */
export function discrepanciesByClass(
  rows: readonly Columns[],
): Readonly<Partial<Record<DiscrepancyClass, number>>> {
  const counts: Partial<Record<DiscrepancyClass, number>> = {};
  for (const columns of rows) {
    const row = reading(columns);
    counts[row.as(isDiscrepancyClass)] = row.integer();
  }
  return counts;
}
