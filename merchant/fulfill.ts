import type { FulfilmentResult } from '../lib/orders/fulfil';
import type { WholeOrder } from '../lib/model/order';
import type { FulfilmentKey } from '../lib/values/ids';

/**
 * The order is paid: fulfil it. Yours to edit. It may be called more than once for one order,
 * always with the same `key`: pass the key to the system you call (a shipment, a coupon, a course)
 * so that it acts once, or check first whether it already did.
 *
 * Throw `PermanentFulfilmentError` when trying again cannot help; any other error is retried with
 * backoff. A third parameter, `signal: AbortSignal`, is aborted when the time limit
 * (`fulfilment.timeoutSeconds`) is reached; a fourth, `db: MerchantDb`, looks things up in your own
 * data. The payer sees the receipt.
 *
 * Do not refund this order from here: while it is being fulfilled, a refund is answered
 * `ORDER_BUSY`. Throw `PermanentFulfilmentError`, and refund the order once it has failed.
 *
 * The demo has nothing to ship: it returns the key as the parcel number.
 */
export async function fulfill(_order: WholeOrder, key: FulfilmentKey): Promise<FulfilmentResult> {
  return { receipt: `parcel ${key.slice(-8)}` };
}
