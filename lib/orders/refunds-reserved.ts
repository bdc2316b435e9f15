import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import type { Refunds } from '../store/ports/refunds-port';

/** The most numbers that one look-up takes. */
const NUMBERS = 1000;

/**
 * The refunds of these orders' reservations that exist and can be read. One that is missing holds
 * its order: its call may have broken off before it existed.
 *
 * CloudBase: 1 request per 1000 reservations, 0 for none. Rejects with a `StoreError`.
 */
export async function refundsReserved(
  { refunds }: { readonly refunds: Pick<Refunds, 'find'> },
  orders: readonly Pick<Order, 'refunds'>[],
): Promise<readonly Refund[]> {
  const numbers = orders.flatMap((order) => order.refunds.map(({ outRefundNo }) => outRefundNo));
  const found: Refund[] = [];
  for (let from = 0; from < numbers.length; from += NUMBERS) {
    found.push(...(await refunds.find(numbers.slice(from, from + NUMBERS))));
  }
  return found;
}
