import type { SimulatedOrder } from './order';
import type { SimulatedRefund } from './refund/refund';

/** The state of an order in queryOrder. */
export type TradeState = SimulatedOrder['state'] | 'REFUND';

/**
 * A paid order is REFUND from its first refund, whole or partial (v2 order query: 转入退款), unless
 * every refund was closed.
 */
export function tradeState(order: SimulatedOrder, refunds: readonly SimulatedRefund[]): TradeState {
  return order.state === 'SUCCESS' && refunds.some(({ state }) => state !== 'REFUNDCLOSE')
    ? 'REFUND'
    : order.state;
}
