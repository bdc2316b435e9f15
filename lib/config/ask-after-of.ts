import type { AskAfterMinutes } from './ask-after';
import { derivedAskAfter } from './ask-after';
import type { WrittenConfig } from './written';

/**
 * Ages at which an order is queried: as configured, or derived from its payment deadline. Minutes.
 * Pure.
 */
export function askAfterOf({ orders, reconcileOrders }: WrittenConfig): AskAfterMinutes {
  return reconcileOrders.askAfterMinutes ?? derivedAskAfter(orders.payableMinutes);
}
