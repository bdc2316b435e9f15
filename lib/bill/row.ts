import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, PayerId, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';

/**
 * What a row says beside the money: nothing is matched by it. As written, empty where the statement
 * says nothing.
 */
export interface StatementTexts {
  readonly appId: string;
  readonly deviceInfo: string;
  readonly tradeType: string;
  readonly bankType: string;
  /** 商品名称 and 商户数据包: text the merchant chose when the order was made. */
  readonly body: string;
  readonly attach: string;
  readonly rate: string;
  readonly rateNote: string;
}

/** What every row of a statement says. */
export interface StatementRowBase {
  /** The row's line in the file, from 1. */
  readonly line: number;
  /**
   * 交易时间: when it was paid. A refund row of an ALL statement gives the time of the refund here, one
   * of a REFUND statement still gives the time of the payment (observed in statements of both
   * types).
   */
  readonly tradedAt: Instant;
  readonly transactionId: TransactionId;
  readonly outTradeNo: OutTradeNo;
  /** The merchant the money is paid to: 特约商户号, or 商户号 where that is `0` (a direct merchant). */
  readonly paidTo: SubMchId | null;
  /** 商户号: who made the trade, for the merchants of a service provider the provider. */
  readonly mchId: string;
  readonly payer: PayerId | null;
  readonly currency: string;
  /**
   * 手续费, negative where a fee is given back; null without such a column, or for a fraction of a
   * fen.
   */
  readonly fee: Fen | null;
  /** Null unless asked for: decoding them takes a fifth of the time, and matching does without. */
  readonly texts: StatementTexts | null;
}

/** 交易状态 SUCCESS: money came in. */
export interface PaymentRow extends StatementRowBase {
  readonly kind: 'payment';
  /** What the order cost: 订单金额, in statements from before 2018 总金额. */
  readonly total: Fen;
  /** 应结订单金额: `total` less the coupons WeChat Pay does not settle. */
  readonly settled: Fen;
  /** 代金券金额. No total of the summary proves it. */
  readonly coupon: Fen | null;
}

/**
 * What a statement says of a refund. The statement is a snapshot: it is not updated when the state
 * changes.
 */
export type RefundState = 'succeeded' | 'processing' | 'closed' | 'abnormal' | 'unknown';

/** 交易状态 REFUND: money went back. A row of its own: the payment keeps its row. */
export interface RefundRow extends StatementRowBase {
  readonly kind: 'refund';
  readonly refundId: string;
  readonly outRefundNo: OutRefundNo;
  /**
   * 申请退款金额: what the merchant asked to refund; where a statement lacks it, the same as `refunded`.
   */
  readonly asked: Fen;
  /** 退款金额: what of it was settled with the merchant. */
  readonly refunded: Fen;
  readonly couponRefunded: Fen | null;
  readonly refundType: string;
  readonly state: RefundState;
  /** Given by REFUND statements only. */
  readonly requestedAt: Instant | null;
  readonly succeededAt: Instant | null;
}

/**
 * 交易状态 REVOKED: a payment was taken back as a whole. It has no refund numbers; its payment keeps
 * its row.
 */
export interface RevokedRow extends StatementRowBase {
  readonly kind: 'revoked';
  readonly total: Fen;
  readonly refunded: Fen;
  readonly state: RefundState;
}

/** A 交易状态 that WeChat Pay has not documented. Nothing may be concluded from it. */
export interface OtherRow extends StatementRowBase {
  readonly kind: 'other';
  readonly tradeState: string;
  readonly total: Fen;
  readonly refunded: Fen;
}

/** One row of a trade statement, by its 交易状态. */
export type StatementRow = PaymentRow | RefundRow | RevokedRow | OtherRow;
