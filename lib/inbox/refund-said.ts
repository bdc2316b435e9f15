import type { Order } from '../model/order';
import type { Orders } from '../store/ports/orders-port';
import type { Instant } from '../values/instant';
import type { OrderAnswer } from '../wechat/port';

/**
 * Records on the order that WeChat Pay answered REFUND: money went back, and it does not say how
 * much. Called before the payment of the same answer is recorded, so that it cannot be fulfilled
 * meanwhile.
 * The order is not fulfilled until a refund on our books gives the amount. Does nothing for any
 * other answer, or when it is recorded already. Rejects with a `StoreError`. CloudBase: 1 request.
 */
export async function rememberRefundSaid(
  orders: Pick<Orders, 'noteRefundSaid'>,
  { outTradeNo, refundSaidAt }: Pick<Order, 'outTradeNo' | 'refundSaidAt'>,
  answer: OrderAnswer,
  now: Instant,
): Promise<void> {
  if (answer.kind !== 'paid_then_refunded' || refundSaidAt !== undefined) return;
  await orders.noteRefundSaid([outTradeNo], now);
}
