import { isReservedInFull } from '../../rules/refunds/reservation';
import type { Store } from '../../store/port';

/** Orders whose fulfilment failed: those that need somebody, and those whose money went back. */
export interface FailedOrders {
  /** With the unreadable ones. */
  readonly open: number;
  /** Refunded, or being refunded, in full: nobody is to fulfil them. */
  readonly refunded: number;
}

/** No order's fulfilment failed. */
export const NONE_FAILED: FailedOrders = { open: 0, refunded: 0 };

/** A store hands out so many at a time; no threshold of an alarm is higher. */
const PAGE = 200;

/** More pages are not read. CloudBase: a request each. */
const PAGES = 5;

/**
 * Counts the newest 1,000 orders whose fulfilment failed. An abnormal refund keeps its money
 * reserved: it needs somebody as a refund. Rejects with a `StoreError`.
 */
export async function failedOrders({ orders }: Store): Promise<FailedOrders> {
  let found = NONE_FAILED;
  let after: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const { items, unreadable, next } = await orders.list({ fulfilment: 'dead', after, limit: PAGE });
    const refunded = items.filter(isReservedInFull).length;
    found = {
      open: found.open + items.length - refunded + unreadable.length,
      refunded: found.refunded + refunded,
    };
    if (next === null) break;
    after = next;
  }
  return found;
}
