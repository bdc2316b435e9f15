import type { Discrepancy } from '../model/discrepancy';
import type { InboxMessage } from '../model/message';
import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import { hasSucceeded, leftOfEach } from './refunds/reservation';

/*
 * Which orders may lose their personal data. Pure. Payer and cart are needed until an order has
 * ended: to believe its payment, to fulfil it, and for what a person must still decide.
 */

/** Why the personal data of an order stays for now, as a stable code. */
export const ERASURE_HINDRANCES = [
  /** It can still be paid. */
  'awaiting_payment',
  /** It is paid, neither fulfilled nor given back. */
  'not_fulfilled',
  /** A discrepancy about it is not resolved. */
  'discrepancy_open',
  /** One of its messages is pending, or dead and not dismissed. */
  'message_open',
] as const;

/** One of `ERASURE_HINDRANCES`. */
export type ErasureHindrance = (typeof ERASURE_HINDRANCES)[number];

/** What else is stored about an order. */
export interface AboutOrder {
  readonly messages: readonly InboxMessage[];
  readonly refunds: readonly Refund[];
  readonly discrepancies: readonly Discrepancy[];
}

/** Why an order has not ended; null when it has. `refunds`: its own. */
function whyNotEnded(order: Order, refunds: readonly Refund[]): ErasureHindrance | null {
  if (order.payment.state === 'pending') return 'awaiting_payment';
  switch (order.fulfilment.state) {
    case 'none':
    case 'done':
      return null;
    case 'due':
    case 'held':
      return 'not_fulfilled';
    case 'dead':
      return hasGoneBack(order, refunds) ? null : 'not_fulfilled';
  }
}

/** A refund under way proves nothing: WeChat Pay may close it, and the goods are owed again. */
function hasGoneBack(order: Order, refunds: readonly Refund[]): boolean {
  const succeeded = order.refunds.filter((one) => hasSucceeded(one, refunds));
  return leftOfEach({ ...order, refunds: succeeded }).every(({ left }) => left === 0);
}

/** Why the personal data of an order stays for now, of everything that is stored about it. */
export function whyNotErasable(order: Order, about: AboutOrder): ErasureHindrance | null {
  const why = whyNotEnded(order, about.refunds);
  if (why !== null) return why;
  if (about.discrepancies.some(({ resolution }) => resolution === null)) return 'discrepancy_open';
  return about.messages.some(isOpen) ? 'message_open' : null;
}

function isOpen(message: InboxMessage): boolean {
  switch (message.state) {
    case 'pending':
      return true;
    case 'done':
      return false;
    case 'dead':
      return message.reason !== 'operator';
  }
}
