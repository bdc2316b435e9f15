import type { Fen } from './fen';
import type { OutTradeNo } from './ids';

/**
 * The start of a canary's order number: `orders.numberPrefix` may not begin so. In a bill anybody
 * may have such a number, so it is a mark only of an order in our books.
 */
export const CANARY_PREFIX = 'canary-';

/** What a canary costs, in fen. */
export const CANARY_FEN = 1;

/**
 * True for an order or a refund of our books that is a canary's: a payment of one fen that an
 * operator makes as a test. `total` is what the order cost, also for a refund. Never ask it about a
 * row of a bill.
 */
export function isCanary(recorded: { readonly outTradeNo: OutTradeNo; readonly total: Fen }): boolean {
  return mayBeCanary(recorded.outTradeNo) && recorded.total === CANARY_FEN;
}

/** True for a number that a canary could have; whether it is one, our books say. */
export function mayBeCanary(outTradeNo: OutTradeNo): boolean {
  return outTradeNo.startsWith(CANARY_PREFIX);
}
