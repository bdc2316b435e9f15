import type { WholeOrder } from '../model/order';
import type { FulfilmentKey } from '../values/ids';
import type { Instant } from '../values/instant';

/*
 * The bodies that the merchant's system receives: docs/fulfilment.md lists every field. Fields may
 * be added, but never removed or given another meaning.
 */

/** The fields of an order that the merchant needs. The rest is this service's own bookkeeping. */
const SENT = [
  'outTradeNo',
  'requestId',
  'subMchId',
  'payer',
  'total',
  'currency',
  'body',
  'attach',
  'cart',
  'createdAt',
  'expiresAt',
  'payment',
  'otherPayments',
  'refunds',
] as const satisfies readonly (keyof WholeOrder)[];

/** A paid order that is to be fulfilled. */
export function orderEvent(order: WholeOrder, idempotencyKey: FulfilmentKey, at: Instant): string {
  const sent = Object.fromEntries(SENT.map((field) => [field, order[field]]));
  return JSON.stringify({
    type: 'order.paid',
    timestamp: new Date(at).toISOString(),
    data: { idempotencyKey, order: sent },
  });
}

/** A call that tests the receiver: it is signed like any other, and names no order. */
export function testEvent(idempotencyKey: string, at: Instant): string {
  return JSON.stringify({ type: 'test', timestamp: new Date(at).toISOString(), data: { idempotencyKey } });
}
