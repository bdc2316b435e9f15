import type { Journal } from './journal';
import { paymentsOf, type SimulatedOrder } from './order';
import { SimulatorError } from './simulator-error';

/**
 * Every order the simulated WeChat Pay knows, kept in its journal. An order number is unique per
 * merchant.
 */
export interface OrderBook {
  get(subMchId: string, outTradeNo: string): SimulatedOrder | null;
  /**
   * The one order with this number, whoever's it is. Null when there is none; throws when two
   * merchants use it.
   */
  find(outTradeNo: string): SimulatedOrder | null;
  /** The order that was paid under this transaction number, or null. */
  paidAs(transactionId: string): SimulatedOrder | null;
  /** Keeps the order as it is now, in place of what was known of it. */
  put(order: SimulatedOrder): void;
  all(): readonly SimulatedOrder[];
  /** How many orders have been paid. */
  paidCount(): number;
}

/** Opens the book on what the journal remembers. */
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
          `several merchants have an order ${outTradeNo}: use numbers that differ`,
        );
      }
      const [key] = keys;
      return key === undefined ? null : (orders.get(key) ?? null);
    },
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
