import type { Order } from '../model/order';
import type { Orders } from '../store/port';
import type { Instant } from '../values/instant';
import type { OrderAnswer } from '../wechat/port';

/**
 * Remembers on the order that WeChat Pay answered REFUND: money went back, and nobody said how much. Until a refund on our books says
 * so, the order is not handed over. Nothing happens on any other answer, or when it is known. Rejects with a `StoreError`.
 * CloudBase: 1 request.
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
