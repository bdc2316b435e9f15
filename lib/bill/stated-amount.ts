import type { Fen } from '../values/fen';
import { wholeFen } from './amount';
import type { Header } from './columns';
import type { Amounts, TradeState } from './totals';

/**
 * What a row states, in fen: the order amount of a payment, the requested amount of a refund, and
 * what went back by any other row. Null when it is unreadable, or nothing is stated.
 */
export function statedAmountOf({ at }: Header, amounts: Readonly<Amounts>, state: TradeState): Fen | null {
  const milli = state === 'payment' ? paidOf(at, amounts) : wentBackOf(at, amounts);
  return milli === 0 ? null : wholeFen(milli);
}

function paidOf(at: Header['at'], { orderTotal, settled }: Readonly<Amounts>): number {
  return at.orderTotal >= 0 ? orderTotal : settled;
}

function wentBackOf(at: Header['at'], { refundAsked, refunded }: Readonly<Amounts>): number {
  return at.refundAsked >= 0 && refundAsked !== 0 ? refundAsked : refunded;
}
