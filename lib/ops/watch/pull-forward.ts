import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { Store } from '../../store/port';
import type { LatestAsks, LatestClaim, LatestWaits } from '../../store/ports/waits-port';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';

/** The longest that anything can be deferred or leased, in ms. */
export interface LongestWaits {
  readonly messages: LongestClaim;
  readonly fulfilments: LongestClaim;
  readonly runs: LongestClaim;
  /** The longest deferral after 0, 1, … queries. The last entry applies to all further ones. */
  readonly orderAsks: readonly [number, ...number[]];
  readonly refundAsks: readonly [number, ...number[]];
}

/** For items that are claimed: the longest deferral and the longest lease, in ms. */
export interface LongestClaim {
  readonly dueMs: number;
  readonly leaseMs: number;
}

/**
 * Makes due now whatever waits for a time farther ahead than anything can be deferred. A clock
 * ahead of this one wrote that time, and the item would wait until this clock catches up, perhaps
 * for a day (docs/decisions/0012-a-clock-that-is-set-back.md). Returns how many times were changed,
 * null when unknown. CloudBase: 8 requests, 1 with `onlyOrderAsks`, for a shop in which nothing
 * else waits.
 *
 * Failure policy: fail open. A time that cannot be changed now is left to a later run.
 */
export async function pullForward(
  { store, log }: { readonly store: Pick<Store, 'waits'>; readonly log: Log },
  longest: LongestWaits,
  now: Instant,
  onlyOrderAsks = false,
): Promise<number | null> {
  try {
    const changed = await store.waits.pullForward(latestWaits(longest, now), onlyOrderAsks);
    if (changed > 0) log.warn('waits_pulled_forward', { outTradeNo: null, changed, fix: FIX });
    return changed;
  } catch (error) {
    log.error('watch_part_failed', { outTradeNo: null, part: 'waits', error: errorText(error) });
    return null;
  }
}

const FIX =
  'a clock was ahead, or longer waits were configured before: keep the machines’ clocks synchronised';

function latestWaits(longest: LongestWaits, now: Instant): LatestWaits {
  const claim = ({ dueMs, leaseMs }: LongestClaim): LatestClaim => ({
    dueBy: later(now, dueMs),
    leaseUntil: later(now, leaseMs),
  });
  const asks = ([first, ...rest]: readonly [number, ...number[]]): LatestAsks => [
    later(now, first),
    ...rest.map((ms) => later(now, ms)),
  ];
  return {
    now,
    messages: claim(longest.messages),
    fulfilments: claim(longest.fulfilments),
    runs: claim(longest.runs),
    orderAsks: asks(longest.orderAsks),
    refundAsks: asks(longest.refundAsks),
  };
}
