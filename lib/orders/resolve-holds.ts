import type { DiscrepancyId } from '../model/discrepancy';
import type { Order } from '../model/order';
import type { Discrepancies } from '../store/ports/discrepancies-port';
import type { Clock, Instant } from '../values/instant';

/** What resolving the discrepancies of holds needs. */
export interface ResolveHoldsDeps {
  readonly store: { readonly discrepancies: Pick<Discrepancies, 'ofOrder' | 'resolve'> };
  readonly clock: Clock;
}

/**
 * Resolves the `fulfilment_held` discrepancies of an order whose hold has ended: its own, those of
 * earlier holds, and that of a hold that was named and then not written. `named` is the hold that
 * the order is under now, and stays open. So does whatever was first seen after `until`: another
 * run may hold the order again meanwhile.
 *
 * CloudBase: 1 request, and 1 more if any is open. Rejects with a `StoreError`; doing it again is
 * safe.
 */
export async function resolveHolds(
  { store, clock }: ResolveHoldsDeps,
  { outTradeNo }: Pick<Order, 'outTradeNo'>,
  reason: string,
  { until, named }: { readonly until?: Instant; readonly named?: DiscrepancyId } = {},
): Promise<void> {
  const ids = (await store.discrepancies.ofOrder(outTradeNo)).flatMap((one) => {
    const isOver = one.id !== named && (until === undefined || one.firstSeenAt <= until);
    return one.class === 'fulfilment_held' && one.resolution === null && isOver ? [one.id] : [];
  });
  if (ids.length === 0) return;
  await store.discrepancies.resolve(ids, { by: 'auto', who: 'fulfillOrders', reason, at: clock.now() });
}
