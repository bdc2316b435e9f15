import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { Store } from '../../store/port';
import type { LatestAsks, LatestClaim, LatestWaits } from '../../store/waits-port';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';

/** How long anything can be put off or held at the longest, in ms. */
export interface LongestWaits {
  readonly messages: LongestClaim;
  readonly fulfilments: LongestClaim;
  readonly runs: LongestClaim;
  /** After having been asked about never, once, … The last holds for all further times. */
  readonly orderAsks: readonly [number, ...number[]];
  readonly refundAsks: readonly [number, ...number[]];
}

/** Of what is claimed: how long it can be put off, and how long a lease holds, in ms. */
export interface LongestClaim {
  readonly dueMs: number;
  readonly leaseMs: number;
}

/**
 * Brings near what waits for a time farther ahead than anything can be put off: it was written by a clock that was ahead of this one, and
 * would wait until this one has come as far, a day when it was a day (docs/decisions/0012-a-clock-that-is-set-back.md). Answers how many
 * times were changed, null when nobody knows. CloudBase: 8 requests.
 *
 * Failure policy: fail open. What cannot be brought near now is brought near by a later run.
 */
export async function pullForward(
  { store, log }: { readonly store: Pick<Store, 'waits'>; readonly log: Log },
  longest: LongestWaits,
  now: Instant,
): Promise<number | null> {
  try {
    const changed = await store.waits.pullForward(latestWaits(longest, now));
    if (changed > 0) log.warn('waits_brought_near', { outTradeNo: null, changed, fix: FIX });
    return changed;
  } catch (error) {
    log.error('watch_part_failed', { outTradeNo: null, part: 'waits', error: errorText(error) });
    return null;
  }
}

const FIX = 'a clock was ahead, or longer waits were configured before: keep the machines on network time';

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
