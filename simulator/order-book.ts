import type { Journal } from './journal';
import { paymentsOf, type SimulatedOrder } from './order';
import { SimulatorError } from './simulator-error';

/**
 * Every order of the simulated WeChat Pay, stored in its journal. An order number is unique per
 * merchant.
 */
export interface OrderBook {
  get(subMchId: string, outTradeNo: string): SimulatedOrder | null;
  /**
   * The order with this number, of any merchant. Null when there is none; throws when two merchants
   * use the number.
   */
  find(outTradeNo: string): SimulatedOrder | null;
  /** Every order with this number, of whichever merchant. */
  called(outTradeNo: string): readonly SimulatedOrder[];
  /** The order paid by this transaction, or null. */
  paidAs(transactionId: string): SimulatedOrder | null;
  /** Stores the order in place of its previous state. */
  put(order: SimulatedOrder): void;
  all(): readonly SimulatedOrder[];
  /** How many orders have been paid. */
  paidCount(): number;
}

/** Opens the book from the journal. */
export function openOrderBook(journal: Journal): OrderBook {
  const orders = new Map<string, SimulatedOrder>();
  const byNumber = new Map<string, Set<string>>();
  const byTransaction = new Map<string, string>();

  function keep(order: SimulatedOrder): void {
    const { subMchId, outTradeNo } = order.asked;
    const key = keyOf(subMchId, outTradeNo);
    orders.set(key, order);
    byNumber.set(outTradeNo, (byNumber.get(outTradeNo) ?? new Set()).add(key));
    for (const { transactionId } of paymentsOf(order)) byTransaction.set(transactionId, key);
  }
  for (const entry of journal.read()) if (entry.kind === 'order') keep(entry.order);

  return {
    get: (subMchId, outTradeNo) => orders.get(keyOf(subMchId, outTradeNo)) ?? null,
    find(outTradeNo) {
      const keys = [...(byNumber.get(outTradeNo) ?? [])];
      if (keys.length > 1) {
        throw new SimulatorError(
          'ambiguous_order',
          `several merchants have an order ${outTradeNo}: use different numbers`,
        );
      }
      const [key] = keys;
      return key === undefined ? null : (orders.get(key) ?? null);
    },
    called: (outTradeNo) => [...(byNumber.get(outTradeNo) ?? [])].flatMap((key) => orders.get(key) ?? []),
    paidAs(transactionId) {
      const key = byTransaction.get(transactionId);
      return key === undefined ? null : (orders.get(key) ?? null);
    },
    put(order) {
      journal.append({ kind: 'order', order });
      keep(order);
    },
    all: () => [...orders.values()],
    paidCount: () => byTransaction.size,
  };
}

function keyOf(subMchId: string, outTradeNo: string): string {
  return `${subMchId}:${outTradeNo}`;
}
