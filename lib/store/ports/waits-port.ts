import type { Instant } from '../../values/instant';

/** The latest times, seen from `now`, that a correct clock can have set. */
export interface LatestWaits {
  readonly now: Instant;
  readonly messages: LatestClaim;
  readonly fulfilments: LatestClaim;
  /**
   * `dueBy`: for runs that were claimed before. A run's first due time follows from its day and
   * from no clock.
   */
  readonly runs: LatestClaim;
  readonly orderAsks: LatestAsks;
  readonly refundAsks: LatestAsks;
}

/**
 * For items that are claimed: the latest time they can be due, and the end of a lease taken now.
 */
export interface LatestClaim {
  readonly dueBy: Instant;
  readonly leaseUntil: Instant;
}

/**
 * The latest time of the next query, after 0, 1, … queries. The last entry applies to all further
 * ones.
 */
export type LatestAsks = readonly [Instant, ...Instant[]];

/** Items that wait for a time which only a clock ahead of ours can have set. */
export interface Waits {
  /**
   * Pulls forward items that wait for a time later than these: they become due at `now`. A lease
   * that ends later then ends at `leaseUntil`, so that a live holder keeps the time of a whole
   * lease. Returns how many times were changed. Nothing else changes: tokens stay, and so does the
   * fencing. CloudBase: 8 requests; 1 with `onlyOrderAsks`, which leaves out all but the queries
   * about orders. Other stores may do all.
   */
  pullForward(latest: LatestWaits, onlyOrderAsks?: boolean): Promise<number>;
}
