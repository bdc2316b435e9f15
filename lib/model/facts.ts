import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/** Parameters the mini program passes unchanged to `wx.requestPayment`. */
export interface PaymentParameters {
  readonly appId?: string;
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: string;
  readonly paySign: string;
}

/** What a promotion applies to: the whole order, or single goods. */
export const PROMOTION_SCOPES = ['GLOBAL', 'SINGLE'] as const;

/**
 * Whether the merchant receives a promotion's money: `CASH` is paid to the merchant, `NOCASH`
 * lowers what is settled.
 */
export const PROMOTION_TYPES = ['CASH', 'NOCASH'] as const;

/**
 * One coupon or discount of a payment, as WeChat Pay states it. Null: not said, or not known. Plain
 * JSON, so it may become part of a discrepancy.
 */
export type Promotion = Readonly<{
  id: string;
  name: string | null;
  scope: (typeof PROMOTION_SCOPES)[number] | null;
  type: (typeof PROMOTION_TYPES)[number] | null;
  amount: Fen;
  /** Who bears how much of it. */
  borneBy: Readonly<{ wechat: Fen | null; merchant: Fen | null; other: Fen | null }>;
}>;

/** A payment as WeChat Pay states it, whatever the source. */
export interface PaymentDetails {
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
  readonly subMchId: SubMchId;
  /** The order amount (`totalFee`), coupons included. */
  readonly total: Fen;
  /** ISO 4217. `CNY` unless WeChat Pay says otherwise. */
  readonly currency: string;
  /** The time of payment according to WeChat Pay (`timeEnd`). */
  readonly paidAt: Instant;
  readonly payer: PayerId | null;
  /** What the payer paid in cash. With `coupon` it makes up the total. */
  readonly cash: Fen | null;
  /** The currency of the payer's cash (`cashFeeType`); absent where WeChat Pay did not say. */
  readonly cashFeeType?: string;
  /** The sum of all promotions. */
  readonly coupon: Fen | null;
  /** What is settled with the merchant. */
  readonly settlementTotal: Fen | null;
  /** Its promotions, one by one; absent where the channel does not say. At most 50. */
  readonly promotions?: readonly Promotion[];
  readonly bankType: string | null;
  readonly attach: string | null;
}

/** The refund states a fact may report. */
export const REFUND_FACT_STATES = [
  'succeeded',
  'processing',
  'closed',
  'abnormal',
  'declined',
  'unknown',
] as const;

/** Checks that outside text is a refund state of a fact. */
export function isRefundFactState(value: unknown): value is RefundDetails['state'] {
  return REFUND_FACT_STATES.some((one) => one === value);
}

/**
 * A refund as WeChat Pay states it, whatever the source. Refund notifications carry an undocumented
 * subset of this, so every field that does not identify the refund may be null.
 */
export interface RefundDetails {
  readonly outRefundNo: OutRefundNo;
  readonly outTradeNo: OutTradeNo | null;
  readonly transactionId: TransactionId | null;
  readonly subMchId: SubMchId | null;
  readonly refundId: string | null;
  /**
   * `unknown`: the fact names the refund without its state. `declined`: WeChat Pay did not accept
   * the request and knows no such refund, whereas `closed` is what it says of a refund it had
   * accepted.
   */
  readonly state: (typeof REFUND_FACT_STATES)[number];
  /** The order amount (`totalFee`). */
  readonly total: Fen | null;
  /** The requested amount (`refundFee`, 申请退款金额). */
  readonly refund: Fen | null;
  /** The part settled with the merchant (`settlementRefundFee`, 退款金额). */
  readonly settled: Fen | null;
  readonly succeededAt: Instant | null;
}
