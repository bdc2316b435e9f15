import { PageMarkError, StoreError } from '../errors';
import type { Page } from '../requests';

/**
 * The start of a page: after this row, in a list sorted by a number (nearly always a time) and then
 * by name.
 */
export interface Cursor {
  readonly at: number;
  readonly name: string;
}

const FORMAT = /^(-?\d{1,15}) (.+)$/s;

/** The start of a list sorted descending. */
const LATEST: Cursor = { at: Number.MAX_SAFE_INTEGER, name: '' };

/**
 * Reads a cursor made by `pageOf`; null is the start of the list. Throws `StoreError` `invalid`.
 */
export function readCursor(after: string | null, beginning: Cursor = LATEST): Cursor {
  if (after === null) return beginning;
  const match = FORMAT.exec(after);
  if (match?.[2] === undefined) {
    throw new PageMarkError('invalid page mark: use the one of the last page');
  }
  return { at: Number(match[1]), name: match[2] };
}

/** Makes a page of up to `limit` rows from a result with at most one more. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  cursorOf: (item: Item) => Cursor,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, next: null };
  return { items, next: cursorText(cursorOf(last)) };
}

/** A cursor as a list returns it. */
export function cursorText({ at, name }: Cursor): string {
  return `${String(at)} ${name}`;
}

/** The limit of a page or claim. Throws `StoreError` `invalid` unless it is 1 to 1000. */
export function checkedLimit(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000) {
    throw new StoreError('invalid', 'a limit is a whole number from 1 to 1000');
  }
  return limit;
}

/** Sorts before every order number. */
export const BEFORE_ALL = ' ';
