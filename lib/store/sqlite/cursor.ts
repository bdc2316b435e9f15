import { StoreError } from '../errors';
import type { Instant } from '../../values/instant';
import { instant } from '../../values/instant';
import type { Page } from '../port';

/** Where a page begins: behind this row, in a list sorted by time and then by name, both descending. */
export interface Cursor {
  readonly at: Instant;
  readonly name: string;
}

const FORMAT = /^(-?\d{1,15}) (.+)$/s;

/** Reads a cursor made by `pageOf`. The beginning of the list when null. Throws `StoreError` `invalid`. */
export function readCursor(after: string | null): Cursor {
  if (after === null) return { at: instant(Number.MAX_SAFE_INTEGER), name: '' };
  const match = FORMAT.exec(after);
  if (match?.[2] === undefined) {
    throw new StoreError('invalid', 'this is no cursor of a list: use the one that came with the last page');
  }
  return { at: instant(Number(match[1])), name: match[2] };
}

/** Makes a page of up to `limit` from rows of which one more was read than fits. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => Cursor,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, next: null };
  const { at, name } = cursorOf(last);
  return { items, next: `${String(at)} ${name}` };
}

/** The limit of a page or claim. Throws `StoreError` `invalid` unless it is 1 to 1000. */
export function checkedLimit(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000) {
    throw new StoreError('invalid', 'a limit is a whole number from 1 to 1000');
  }
  return limit;
}
