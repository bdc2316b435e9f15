import { fen, type Fen } from '../../lib/values/fen';
import type { OrderBook } from './order-book';
import type { MoneyBack, RowRefundState } from './order-row';
import { BAD_AMOUNT, CONTRADICTED, MONEY_BACK, MONEY_BACK_IN_FULL, MONEY_BACK_IN_PART } from './order-store';
import type { RowReading } from './read-order-row';
import type { RefundBook } from './refund-book';

/** Money of an order that went back by the words of its rows, as far as no refund states it. */
export interface MoneyBackOrder {
  /** What no refund states; 0 when only a part went back, which the files do not state. */
  readonly amount: Fen;
  readonly isWhole: boolean;
}

/** The bits of an order whose row says this. */
const BITS: Readonly<Record<Exclude<MoneyBack, 'none'>, number>> = {
  full: MONEY_BACK | MONEY_BACK_IN_FULL,
  whole: MONEY_BACK,
  part: MONEY_BACK | MONEY_BACK_IN_PART,
};

/** States of a refund that do not bear out that money went back. */
const NOT_BACK: ReadonlySet<RowRefundState> = new Set(['requested', 'processing', 'closed', 'abnormal']);

/**
 * Marks the order of a row that says that money went back. A row with an amount under no usable
 * number is in doubt for that already.
 */
export function noteMoneyBack({ moneyBack: said, refund, ...row }: RowReading, orders: OrderBook): void {
  if (said === 'none' || (refund !== null && refund.kind !== 'refund')) return;
  const index =
    row.outTradeNo === null ? orders.findByTransaction(row.transactionId ?? '') : orders.find(row.outTradeNo);
  if (index < 0) return;
  orders.mark(index, BITS[said]);
}

/**
 * The orders whose rows say that money went back, and of which no refund in the files says so too,
 * by index. Any refund bears out a word without an amount; a word that says the whole amount needs
 * refunds of all of it. A refund whose amount is in doubt is so on its own account. Failure policy:
 * fail closed. Nothing says what to look for, so unless a bill shows that the whole order, or the
 * rest of it, went back, they are in doubt.
 */
export function moneyBack(orders: OrderBook, refunds: RefundBook): ReadonlyMap<number, MoneyBackOrder> {
  const found = new Map<number, MoneyBackOrder>();
  const byTransaction = new Map<string, number>();
  for (let index = 0; index < orders.size(); index += 1) {
    if (!orders.has(index, MONEY_BACK)) continue;
    // A refund's own row says a part; that all went back is said of the order.
    const isWhole = orders.has(index, MONEY_BACK_IN_FULL) || !orders.has(index, MONEY_BACK_IN_PART);
    const { transactionId, total } = orders.at(index);
    if (total === 0) continue;
    found.set(index, { amount: isWhole ? total : fen(0), isWhole });
    if (transactionId !== null) byTransaction.set(transactionId, index);
  }
  if (found.size === 0) return found;
  for (let refund = 0; refund < refunds.size(); refund += 1) {
    const { outTradeNo, transactionId, amount, state } = refunds.at(refund);
    if (NOT_BACK.has(state)) continue;
    const named = outTradeNo === '' ? -1 : orders.find(outTradeNo);
    const index = named >= 0 ? named : (byTransaction.get(transactionId ?? '') ?? -1);
    const said = found.get(index);
    if (said === undefined) continue;
    const needsAll = orders.has(index, MONEY_BACK_IN_FULL);
    if (needsAll && amount < said.amount && !refunds.has(refund, BAD_AMOUNT | CONTRADICTED)) {
      found.set(index, { ...said, amount: fen(said.amount - amount) });
    } else {
      found.delete(index);
    }
  }
  return found;
}
