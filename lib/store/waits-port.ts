import type { Instant } from '../values/instant';

/** The latest times, seen from `now`, that anybody whose clock is right can have set. */
export interface LatestWaits {
  readonly now: Instant;
  readonly messages: LatestClaim;
  readonly fulfilments: LatestClaim;
  /** `dueBy`: of runs that were taken up before. When one is due for the first time is said by its day and by no clock. */
  readonly runs: LatestClaim;
  readonly orderAsks: LatestAsks;
  readonly refundAsks: LatestAsks;
}

/** Of what is claimed: when it can be due at the latest, and until when a lease taken now would hold. */
export interface LatestClaim {
  readonly dueBy: Instant;
  readonly leaseUntil: Instant;
}

/** When something can be due to be asked about at the latest that was asked about never, once, … The last holds for all further ones. */
export type LatestAsks = readonly [Instant, ...Instant[]];

/** What waits for a time that a clock must have set which was ahead of ours. */
export interface Waits {
  /**
   * Brings near what waits for a time later than these: what is due then is due at `now`, and a lease that ends then ends at `leaseUntil`,
   * so that whoever holds it and is alive has the time of a whole lease left. Answers how many times were changed. Nothing else changes:
   * tokens stay, and with them the fence. CloudBase: 8 requests.
   */
  pullForward(latest: LatestWaits): Promise<number>;
}
