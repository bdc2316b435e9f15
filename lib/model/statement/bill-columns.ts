/**
 * The columns a trade bill may have, in our words. Bills of different type, age, merchant and
 * language have different columns in different places, so a column is found by its header and never
 * by its position.
 */
export const COLUMNS = [
  'tradedAt',
  'appId',
  'mchId',
  'subMchId',
  'deviceInfo',
  'transactionId',
  'outTradeNo',
  'payer',
  'tradeType',
  'tradeState',
  'bankType',
  'currency',
  'settled',
  'coupon',
  'refundRequestedAt',
  'refundSucceededAt',
  'refundId',
  'outRefundNo',
  'refunded',
  'couponRefunded',
  'refundType',
  'refundState',
  'body',
  'attach',
  'fee',
  'feeReturned',
  'rate',
  'orderTotal',
  'refundAsked',
  'rateNote',
] as const;

/** One of the columns of a trade bill. */
export type Column = (typeof COLUMNS)[number];

/**
 * The bill types of `downloadBill`: all trades, payments only, refunds only, refunds of top-ups.
 */
export const STATEMENT_TYPES = ['ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND'] as const;

/** One of `STATEMENT_TYPES`. */
export type StatementType = (typeof STATEMENT_TYPES)[number];
