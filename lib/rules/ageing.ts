import type { Discrepancy } from '../model/discrepancy';
import { daysLater, dayOf } from '../values/day';
import { startOf } from '../values/day';
import { fen, isFen, type Fen } from '../values/fen';
import type { Instant } from '../values/instant';

/** How old an open item is, in Beijing days since the day it was first seen. */
export const AGE_BUCKETS = ['today', 'to_3', 'to_7', 'to_30', 'over_30'] as const;

/** One of `AGE_BUCKETS`. */
export type AgeBucket = (typeof AGE_BUCKETS)[number];

/** The oldest age of each bucket but the last, in days. */
const OLDEST = { today: 0, to_3: 3, to_7: 7, to_30: 30 } as const;

/**
 * The age of an item. Days count, not hours: what was seen yesterday evening is one day old this
 * morning. An item from after `now`, by a clock that is ahead, is of today. Pure.
 */
export function ageBucketOf({ firstSeenAt }: Pick<Discrepancy, 'firstSeenAt'>, now: Instant): AgeBucket {
  const today = dayOf(now);
  const younger = AGE_BUCKETS.find(
    (bucket) => bucket !== 'over_30' && firstSeenAt >= startOf(daysLater(today, -OLDEST[bucket])),
  );
  return younger ?? 'over_30';
}

/**
 * The money of an item: the difference where both sides state an amount, else the amount of the
 * side that has one; null for neither. Never below zero: it says how much is unclear, not whose it
 * is.
 */
export function unclearAmount({ ours, theirs }: Pick<Discrepancy, 'ours' | 'theirs'>): Fen | null {
  if (isFen(ours) && isFen(theirs)) return fen(Math.abs(theirs - ours));
  if (isFen(theirs)) return fen(Math.abs(theirs));
  return isFen(ours) ? fen(Math.abs(ours)) : null;
}
