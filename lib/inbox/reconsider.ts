import type { OrderSettlement } from '../model/order';
import type { Settlement } from '../store/port';
import type { OutTradeNo } from '../values/ids';
import type { ProcessDeps } from './process-deps';

/** True for a settlement that closed a refund, which returns its money to the order. */
export function givesMoneyBack(
  settlement: Settlement,
): settlement is Settlement & { readonly change: OrderSettlement } {
  const { change, refund } = settlement;
  return change !== null && refund?.kind === 'change' && refund.progress.state === 'closed';
}

/**
 * A merchant-platform refund goes dead as a mismatch when, by our books, another refund reserves
 * the order's remaining money. Once that other refund is closed there is room, and the dead
 * message is replayed. Returns whether any was. CloudBase: 1 request per order, and 1 per message
 * replayed.
 *
 * A crash before this leaves the message dead and its discrepancy open, until a bill or an operator
 * revives it.
 */
export async function reconsiderRefunds(
  { store, clock }: Pick<ProcessDeps, 'store' | 'clock'>,
  orders: ReadonlySet<OutTradeNo>,
): Promise<boolean> {
  let broughtBack = false;
  for (const outTradeNo of orders) {
    const dead = (await store.inbox.ofOrder(outTradeNo)).flatMap((message) =>
      message.state === 'dead' && message.reason === 'mismatch' && message.content.kind === 'refund'
        ? [message.key]
        : [],
    );
    if (dead.length === 0) continue;
    const replayed = await store.inbox.replay(dead, 'money came back to the order', clock.now());
    broughtBack ||= replayed.includes(true);
  }
  return broughtBack;
}
