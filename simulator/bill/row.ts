import { fen, type Fen } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { openidAtProvider } from '../event';
import { feeOf, type FeeRate } from '../fee';
import type { AskedOrder, SimulatedOrder, SimulatedPayment } from '../order';
import { stateAt, succeededAt, type SimulatedRefund } from '../refund/refund';

/** Everything a bill row can contain; the bill type decides what is written. */
export interface BillRow {
  readonly kind: 'payment' | 'refund';
  readonly subMchId: string;
  readonly transactionId: string;
  readonly outTradeNo: string;
  /** The payer by the appid of the bill's owner. */
  readonly payer: string;
  readonly currency: string;
  readonly body: string;
  readonly attach: string;
  readonly paidAt: Instant;
  /** 订单金额, 应结订单金额 and 代金券金额: zero in the row of a refund. */
  readonly total: Fen;
  readonly settled: Fen;
  readonly coupon: Fen;
  /** Negative where it is returned. */
  readonly fee: Fen;
  readonly feeRate: FeeRate;
  /** Null in the row of a payment. */
  readonly refund: BillRefund | null;
  /** How many trailing fields are omitted: 0 unless the row is to be damaged. */
  readonly fieldsLacking: number;
}

/** The refund part of a row. */
export interface BillRefund {
  readonly refundId: string;
  readonly outRefundNo: string;
  readonly requestedAt: Instant;
  readonly succeededAt: Instant | null;
  /** 申请退款金额: the requested amount. */
  readonly asked: Fen;
  /** 退款金额: the part that leaves the merchant's settlement. */
  readonly refunded: Fen;
  /** 充值券退款金额: the part that goes back to a prepaid coupon. */
  readonly couponRefunded: Fen;
  /** 退款状态, in the bill's own words. */
  readonly state: 'SUCCESS' | 'PROCESSING' | 'FAIL' | 'CHANGE';
  /** Whether it was paid from the merchant's topped-up balance. */
  readonly fromRecharge: boolean;
}

/**
 * The payer as the bill's owner knows it: of a merchant with its own number, by its own appid;
 * under a provider, by the provider's.
 */
function payerInBill({ v3, subOpenid }: AskedOrder): string {
  return v3 === null || v3.payerOf === 'sub' ? openidAtProvider(subOpenid) : subOpenid;
}

/** The row of a payment. */
export function paymentRow({ asked }: SimulatedOrder, payment: SimulatedPayment): BillRow {
  const { totalFee, coupon, feeRate, paidAt, transactionId } = payment;
  // Only a coupon that the merchant did not prepay lowers the settlement amount.
  const settled = fen(totalFee - (coupon?.type === 'NO_CASH' ? coupon.fee : 0));
  return {
    kind: 'payment',
    subMchId: asked.subMchId,
    transactionId,
    outTradeNo: asked.outTradeNo,
    payer: payerInBill(asked),
    currency: asked.feeType,
    body: asked.body,
    attach: asked.attach ?? '',
    paidAt,
    total: totalFee,
    settled,
    coupon: coupon?.fee ?? fen(0),
    fee: feeOf(settled, feeRate),
    feeRate,
    refund: null,
    fieldsLacking: 0,
  };
}

/**
 * The row of a refund in its state at `asOf`: a bill is a snapshot that is never updated. A refund
 * closed by then returns no fee; what WeChat Pay does there is undocumented.
 */
export function refundRow(
  order: SimulatedOrder,
  payment: SimulatedPayment,
  refund: SimulatedRefund,
  asOf: Instant,
): BillRow {
  const stood = stateAt(refund, asOf);
  const given = stood === 'REFUNDCLOSE' ? fen(0) : feeOf(refund.settlementFee, payment.feeRate);
  return {
    ...refundOf(paymentRow(order, payment), given),
    refund: {
      refundId: refund.refundId,
      outRefundNo: refund.asked.outRefundNo,
      requestedAt: refund.acceptedAt,
      succeededAt: stood === 'SUCCESS' ? succeededAt(refund) : null,
      asked: refund.asked.refundFee,
      refunded: refund.settlementFee,
      couponRefunded: payment.coupon?.type === 'CASH' ? refund.couponFee : fen(0),
      state: stood === 'REFUNDCLOSE' ? 'FAIL' : stood,
      fromRecharge: refund.asked.account === 'REFUND_SOURCE_RECHARGE_FUNDS',
    },
  };
}

/** The basis of refund rows: the payment's row without the sale, with the fee returned. */
export function refundOf(payment: BillRow, feeGivenBack: Fen): BillRow {
  return {
    ...payment,
    kind: 'refund',
    total: fen(0),
    settled: fen(0),
    coupon: fen(0),
    fee: fen(0 - feeGivenBack),
  };
}
