import type { WholeOrder } from '../model/order';
import type { LeaseToken } from '../model/lease';
import type { Instant } from '../values/instant';

/** A claimed order, the token it is claimed under, and until when. */
export interface ClaimedOrder {
  readonly order: WholeOrder;
  readonly token: LeaseToken;
  readonly until: Instant;
}

/** Where the lanes of a run get their orders. */
export interface OrderSource {
  /**
   * The next order; null when none is due or the run may begin no more. Rejects when claiming does.
   */
  next(): Promise<ClaimedOrder | null>;
  /** This order was returned untouched, so that it is due at once. */
  returned(order: WholeOrder): void;
  /** More became due: a source that has ended claims again, and so does one whose claim failed. */
  refill(): void;
}

/**
 * Hands out one claimed order at a time. It claims for all lanes at once, and again before the last
 * of them has none, so that no lane waits for a claim while orders are due.
 *
 * It ends with a claim that is empty, because a short one may have lost the rest to another run,
 * and with one of which this run has returned every order before: it would claim and return them
 * for as long as it may go on.
 *
 * Orders that a claim brings after the lanes may begin no more are handed out all the same, for the
 * run to return them.
 */
export function orderSource(
  mayBegin: () => boolean,
  limit: number,
  claim: () => Promise<readonly ClaimedOrder[]>,
): OrderSource {
  const stock: ClaimedOrder[] = [];
  const returned = new Set<string>();
  let refill: Promise<void> | null = null;
  let ended = false;
  /** How often more became due. A claim that began before proves nothing about it. */
  let refills = 0;
  let failure: { readonly error: unknown } | null = null;
  const claimMore = async (): Promise<void> => {
    const before = refills;
    try {
      const claimed = await claim();
      ended = before === refills && claimed.every(({ order }) => returned.has(order.outTradeNo));
      stock.push(...claimed);
    } catch (error) {
      ended = true;
      failure = { error };
    } finally {
      refill = null;
    }
  };
  return {
    async next() {
      while (stock.length === 0) {
        if (refill === null && (ended || !mayBegin())) break;
        await (refill ??= claimMore());
      }
      const claimed = stock.shift() ?? null;
      if (claimed === null && failure !== null) throw failure.error;
      if (stock.length < Math.floor(limit / 2) && !ended && mayBegin()) refill ??= claimMore();
      return claimed;
    },
    returned({ outTradeNo }) {
      returned.add(outTradeNo);
    },
    refill() {
      refills += 1;
      ended = false;
      failure = null;
    },
  };
}
