import type { SimulatedOrder } from '../order';
import type { SimulatedRefundState, SimulatedRefund } from '../refund/refund';

/** A refund's state in the words of API v3. */
export const STATUS_V3 = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  REFUNDCLOSE: 'CLOSED',
  CHANGE: 'ABNORMAL',
} as const satisfies Readonly<Record<SimulatedRefundState, string>>;

/** The amounts of a refund, and those of its payment, in fen. */
export function refundAmounts(order: SimulatedOrder | null, { asked, ...refund }: SimulatedRefund): object {
  const coupon = order?.payment?.coupon ?? null;
  return {
    total: asked.totalFee,
    refund: asked.refundFee,
    payer_total: asked.totalFee - (coupon?.fee ?? 0),
    payer_refund: asked.refundFee - refund.couponFee,
    settlement_total: asked.totalFee - (coupon?.type === 'NO_CASH' ? coupon.fee : 0),
    settlement_refund: refund.settlementFee,
    discount_refund: refund.couponFee,
    currency: 'CNY',
    refund_fee: 0,
    from: [],
  };
}
