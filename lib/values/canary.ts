import type { OutTradeNo } from './ids';

/**
 * The start of a canary's order number. The number is the mark: it is in our books, in WeChat Pay's
 * bill and in every export. No other order has it, because `orders.numberPrefix` may not begin so.
 */
export const CANARY_PREFIX = 'canary-';

/** True for the order number of a canary: a payment of one fen that an operator makes as a test. */
export function isCanary(outTradeNo: OutTradeNo): boolean {
  return outTradeNo.startsWith(CANARY_PREFIX);
}
