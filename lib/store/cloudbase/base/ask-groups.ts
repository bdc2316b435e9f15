import type { Instant } from '../../../values/instant';
import { instant } from '../../../values/instant';
import type { LatestAsks } from '../../ports/waits-port';

/** Items queried between `from` and `to` times, and the latest time of their next query. */
export interface AskGroup {
  readonly from: number;
  /** Null: any number from `from` on. */
  readonly to: number | null;
  readonly at: Instant;
}

/** The most groups, so that a query stays small however long the schedule is. */
const MOST_GROUPS = 8;

/**
 * The latest times in at most `MOST_GROUPS` groups of neighbouring numbers of queries. Neighbours
 * with equal times are one group. Where a schedule has more different times, those closest together
 * share the later one: a clock that was ahead may then be noticed late, but a time that a correct
 * clock set is never changed. Pure.
 */
export function askGroups(latest: LatestAsks): readonly AskGroup[] {
  const groups = latest.map((at, n): AskGroup => ({ from: n, to: n === latest.length - 1 ? null : n, at }));
  for (let next = closest(groups); next !== null; next = closest(groups)) {
    const [one, other] = [groups[next], groups[next + 1]];
    if (one === undefined || other === undefined) break;
    const at = instant(Math.max(one.at, other.at));
    groups.splice(next, 2, { from: one.from, to: other.to, at });
  }
  return groups;
}

/** The first of the two neighbours to merge next; null when no more need be merged. */
function closest(groups: readonly AskGroup[]): number | null {
  let best: { readonly n: number; readonly gap: number } | null = null;
  for (const [n, one] of groups.entries()) {
    const other = groups[n + 1];
    if (other === undefined) break;
    const gap = Math.abs(other.at - one.at);
    if (best === null || gap < best.gap) best = { n, gap };
  }
  return best !== null && (best.gap === 0 || groups.length > MOST_GROUPS) ? best.n : null;
}
