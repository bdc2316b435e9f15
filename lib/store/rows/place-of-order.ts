import type { LateQuery, OpenSpan } from '../requests';
import type { Columns } from './columns';
import { readCursor } from './cursor';
import { placeOf } from './unreadable';

/** A span without ends. */
export const ALWAYS: OpenSpan = { from: null, to: null };

/** Which end of a list by time comes first. */
export type First = 'newest' | 'oldest';

/**
 * Where a page of a list by time begins, and the other end of its span. Both ends of the span are
 * bounds of the index: the page begins at one, and `bound` is the other.
 */
export function startOfPage(
  after: string | null,
  first: First,
  { from, to }: OpenSpan,
): { readonly at: number; readonly name: string; readonly bound: number } {
  const [earliest, latest] = [from ?? 0, to ?? Number.MAX_SAFE_INTEGER];
  return first === 'newest'
    ? { ...readCursor(after, { at: latest, name: '' }), bound: earliest }
    : { ...readCursor(after, { at: earliest, name: '' }), bound: latest };
}

/**
 * The conditions of such a page: `?1` and `?2` are its beginning, `?4` is its bound, `?3` how many.
 * Both halves of the first are needed: only by the simple one an index finds the beginning.
 */
export const PAGE_BY_TIME = {
  newest: {
    beyond: 'created_at <= ?1 AND (created_at, out_trade_no) < (?1, ?2) AND created_at >= ?4',
    sorted: 'ORDER BY created_at DESC, out_trade_no DESC LIMIT ?3',
  },
  oldest: {
    beyond: 'created_at >= ?1 AND (created_at, out_trade_no) > (?1, ?2) AND created_at < ?4',
    sorted: 'ORDER BY created_at, out_trade_no LIMIT ?3',
  },
} as const;

/** The same for a page by amount: `?1` and `?2` and `?4` are the last amount, time and number. */
export const PAGE_BY_AMOUNT = {
  largest: {
    beyond: 'total <= ?1 AND (total, created_at, out_trade_no) < (?1, ?2, ?4)',
    sorted: 'ORDER BY total DESC, created_at DESC, out_trade_no DESC LIMIT ?3',
    beginning: { at: Number.MAX_SAFE_INTEGER, name: '' },
  },
  smallest: {
    beyond: 'total >= ?1 AND (total, created_at, out_trade_no) > (?1, ?2, ?4)',
    sorted: 'ORDER BY total, created_at, out_trade_no LIMIT ?3',
    beginning: { at: -1, name: '' },
  },
} as const;

/** The states of orders that are paid and not fulfilled in time, each with the end of its span. */
export function unfulfilledBefore({
  unfulfilledCreatedBefore,
}: LateQuery): readonly (readonly ['due' | 'held' | 'dead', number])[] {
  return [
    ['due', unfulfilledCreatedBefore],
    ['held', unfulfilledCreatedBefore],
    ['dead', Number.MAX_SAFE_INTEGER],
  ];
}

/** After every number that begins so: no order number has a character behind it. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}~`;
}

/** Rows of several ranges in the order of a list by time. */
export function inOrder(rows: readonly Columns[], first: First): readonly Columns[] {
  const sign = first === 'newest' ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [placeOf(one), placeOf(other)];
    return sign * (a.at - b.at || (a.name < b.name ? -1 : 1));
  });
}
