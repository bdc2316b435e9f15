import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import { isRefundedInFull } from './refunds/reservation';

/** Why an order is not fulfilled when all its money has gone back. */
export const REFUNDED_IN_FULL = 'refunded in full: nothing is owed for it';

/** Why an order is not fulfilled when nobody knows any more what was bought, and by whom. */
export const PERSONAL_DATA_ERASED = 'its personal data was erased: refund it';

/**
 * Why a paid order can never be fulfilled; null when it can. `refunds`: at least the order's own.
 * Pure.
 */
export function whyNotFulfillable(order: Order, refunds: readonly Refund[]): string | null {
  if (isRefundedInFull(order, refunds)) return REFUNDED_IN_FULL;
  return order.erasedAt === undefined ? null : PERSONAL_DATA_ERASED;
}
