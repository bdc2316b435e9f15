/**
 * The columns a trade statement may have, in our words. Statements of different type, age, merchant and language
 * have different columns in different places, so a column is known by its header's name and never by its position.
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

/** One of the columns of a trade statement. */
export type Column = (typeof COLUMNS)[number];

/** The statement types of `downloadBill`: all trades, payments only, refunds only, refunds of a merchant's top-ups. */
export type StatementType = 'ALL' | 'SUCCESS' | 'REFUND' | 'RECHARGE_REFUND';
