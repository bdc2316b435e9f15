import type { Fen } from '../values/fen';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Order } from '../model/order';

/** What a payer may see of their order. */
export interface OrderView {
  readonly outTradeNo: OutTradeNo;
  readonly total: Fen;
  readonly payment: Order['payment']['state'];
  readonly paidAt: Instant | null;
  readonly fulfilment: Order['fulfilment']['state'];
  /** The receipt of the merchant's fulfilment, once done. */
  readonly receipt: string | null;
  readonly expiresAt: Instant;
}

/** Shows an order to its payer. */
export function viewOf(order: Order): OrderView {
  return {
    outTradeNo: order.outTradeNo,
    total: order.total,
    payment: order.payment.state,
    paidAt: order.payment.state === 'paid' ? order.payment.paidAt : null,
    fulfilment: order.fulfilment.state,
    receipt: order.fulfilment.state === 'done' ? order.fulfilment.receipt : null,
    expiresAt: order.expiresAt,
  };
}
