import type { Fen } from '../values/fen';
import { wholeFen } from './amount';
import type { Header } from './columns';
import type { Amounts, TradeState } from './totals';

/**
 * What a row states, in fen: the order amount of a payment, the requested amount of a refund, and
 * what went back by any other row. Null when it is unreadable, or nothing is stated.
 */
export function statedAmountOf({ at }: Header, amounts: Readonly<Amounts>, state: TradeState): Fen | null {
  const asked = at.refundAsked >= 0 ? amounts.refundAsked : amounts.refunded;
  const milli =
    state === 'payment'
      ? at.orderTotal >= 0
        ? amounts.orderTotal
        : amounts.settled
      : asked || amounts.refunded;
  return milli === 0 ? null : wholeFen(milli);
}
