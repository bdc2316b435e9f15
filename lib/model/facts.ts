import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/** What the mini program hands unchanged to `wx.requestPayment`. */
export interface PaymentParameters {
  readonly appId?: string;
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: string;
  readonly paySign: string;
}

/** A payment as WeChat Pay tells it, by whichever path. */
export interface PaymentDetails {
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
  readonly subMchId: SubMchId;
  /** What the order cost (`totalFee`), whatever part of it coupons covered. */
  readonly total: Fen;
  /** ISO 4217, `CNY` unless WeChat Pay said otherwise. */
  readonly currency: string;
  /** When WeChat Pay says it was paid (`timeEnd`). */
  readonly paidAt: Instant;
  readonly payer: PayerId | null;
  readonly cash: Fen | null;
  /** In which currency the payer paid the cash (`cashFeeType`); absent where WeChat Pay did not say. */
  readonly cashFeeType?: string;
  readonly coupon: Fen | null;
  readonly settlementTotal: Fen | null;
  readonly bankType: string | null;
  readonly attach: string | null;
}

/** What a fact may say of a refund. */
export const REFUND_FACT_STATES = [
  'succeeded',
  'processing',
  'closed',
  'abnormal',
  'declined',
  'unknown',
] as const;

/** Guards text that came from outside as what a fact says of a refund. */
export function isRefundFactState(value: unknown): value is RefundDetails['state'] {
  return REFUND_FACT_STATES.some((one) => one === value);
}

/**
 * A refund as WeChat Pay tells it, by whichever path. Refund notifications carry an undocumented part of this, so
 * whatever is not needed to know which refund it is may be null.
 */
export interface RefundDetails {
  readonly outRefundNo: OutRefundNo;
  readonly outTradeNo: OutTradeNo | null;
  readonly transactionId: TransactionId | null;
  readonly subMchId: SubMchId | null;
  readonly refundId: string | null;
  /**
   * `unknown`: it speaks of the refund and does not say how it stands. `declined`: WeChat Pay did not take it when it was asked for, and
   * knows no such refund; it is told from `closed`, which WeChat Pay says of one it took.
   */
  readonly state: (typeof REFUND_FACT_STATES)[number];
  /** What the order cost (`totalFee`). */
  readonly total: Fen | null;
  /** What was asked to be refunded (`refundFee`, 申请退款金额). */
  readonly refund: Fen | null;
  /** What of it was settled with the merchant (`settlementRefundFee`, 退款金额). */
  readonly settled: Fen | null;
  readonly succeededAt: Instant | null;
}
