import { StoreError } from '../errors';
import type { Columns } from './columns';
import type { Cursor } from './cursor';

/**
 * Reads each row by itself. Failure policy: fail open. A row that cannot be read is left out and
 * makes no page or batch reject.
 */
export function readEach<Item>(rows: readonly Columns[], read: (row: Columns) => Item): readonly Item[] {
  return rows.flatMap((row) => readOne(row, read, () => undefined));
}

/** The item of a row, or none, and then `report` gets what is wrong with the row. */
export function readOne<Item>(
  row: Columns,
  read: (row: Columns) => Item,
  report: (problem: StoreError) => void,
): readonly Item[] {
  try {
    return [read(row)];
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    report(error);
    return [];
  }
}

/** The last columns of a list that shows unreadable rows: where a row stands in it. */
export function placeColumns(name: 'out_trade_no' | 'out_refund_no'): string {
  return `created_at, ${name}`;
}

/** Where a row stands in a list, from its `placeColumns`. */
export function placeOf(row: Columns): Cursor {
  return { at: Number(row.at(-2)), name: String(row.at(-1)) };
}
