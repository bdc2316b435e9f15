import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/** Texts of a row that are never compared. As written; empty where the bill states nothing. */
export interface StatementTexts {
  readonly appId: string;
  readonly deviceInfo: string;
  readonly tradeType: string;
  readonly bankType: string;
  /** 商品名称 and 商户数据包: text that the merchant chose when creating the order. */
  readonly body: string;
  readonly attach: string;
  readonly rateNote: string;
}

/** What every row of a bill states. */
export interface StatementRowBase {
  /** The row's line in the file, from 1. */
  readonly line: number;
  /**
   * 交易时间: when it was paid. A refund row of an ALL bill states the time of the refund here, one of
   * a REFUND bill the time of the payment (observed in bills of both types).
   */
  readonly tradedAt: Instant;
  readonly transactionId: TransactionId;
  readonly outTradeNo: OutTradeNo;
  /** The merchant the money is paid to: 特约商户号, or 商户号 where that is `0` (a direct merchant). */
  readonly paidTo: SubMchId | null;
  /** 商户号: the merchant that traded; for merchants of a service provider, the provider. */
  readonly mchId: string;
  readonly payer: PayerId | null;
  readonly currency: string;
  /**
   * 手续费, negative where a fee is returned. Null without such a column, or for a fraction of a fen.
   */
  readonly fee: Fen | null;
  /** 费率 as written, such as `0.60%`; empty where the bill states none. */
  readonly rate: string;
  /**
   * Null unless requested: decoding texts takes a fifth of the time, and comparing does not need
   * them.
   */
  readonly texts: StatementTexts | null;
}

/** 交易状态 SUCCESS: money came in. */
export interface PaymentRow extends StatementRowBase {
  readonly kind: 'payment';
  /** The order amount: 订单金额, in bills from before 2018 总金额. */
  readonly total: Fen;
  /** 应结订单金额: `total` less the coupons that WeChat Pay does not settle. */
  readonly settled: Fen;
  /** 代金券金额. No total of the summary proves it. */
  readonly coupon: Fen | null;
}

/**
 * The state of a refund in a bill. A bill is a snapshot: it is not updated when the state changes.
 */
export type BilledRefundState = 'succeeded' | 'processing' | 'closed' | 'abnormal' | 'unknown';

/** 交易状态 REFUND: money went back. This is a separate row; the payment keeps its own. */
export interface RefundRow extends StatementRowBase {
  readonly kind: 'refund';
  readonly refundId: string;
  readonly outRefundNo: OutRefundNo;
  /** 申请退款金额: the amount the merchant requested; the same as `refunded` where a bill lacks it. */
  readonly asked: Fen;
  /** 退款金额: the part of it that was settled with the merchant. */
  readonly refunded: Fen;
  readonly couponRefunded: Fen | null;
  readonly refundType: string;
  readonly state: BilledRefundState;
  /** Present in REFUND bills only. */
  readonly requestedAt: Instant | null;
  readonly succeededAt: Instant | null;
}

/**
 * 交易状态 REVOKED: a payment was reversed as a whole. It has no refund numbers; the payment keeps its
 * own row.
 */
export interface RevokedRow extends StatementRowBase {
  readonly kind: 'revoked';
  readonly total: Fen;
  readonly refunded: Fen;
  readonly state: BilledRefundState;
}

/** A 交易状态 that WeChat Pay does not document. Nothing may be concluded from it. */
export interface OtherRow extends StatementRowBase {
  readonly kind: 'other';
  readonly tradeState: string;
  readonly total: Fen;
  readonly refunded: Fen;
}

/** One row of a trade bill, by its 交易状态. */
export type StatementRow = PaymentRow | RefundRow | RevokedRow | OtherRow;
