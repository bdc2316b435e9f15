import type { OpenRefund } from '../model/message';
import type { OrderSettlement } from '../model/order';
import type { Inbox, Settlement } from '../store/port';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import type { ProcessDeps } from './process-deps';

/** True for a settlement that closed a refund, so that its money is with the order again. */
export function givesMoneyBack(
  settlement: Settlement,
): settlement is Settlement & { readonly change: OrderSettlement } {
  const { change, refund } = settlement;
  return change !== null && refund?.kind === 'change' && refund.progress.state === 'closed';
}

/**
 * A refund made in the merchant platform is buried, as a mismatch, when the order has no money left for it by our books: another refund
 * holds that money, and could not be asked for. Once that one is closed there is room, and what was buried is decided again.
 * Answers whether anything was. CloudBase: 1 request per order, and 1 per message brought back.
 *
 * A crash before this leaves the message dead and its discrepancy open, for the statement or an operator to bring back.
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

/**
 * Brings back those of these refund messages that are dead: they may have died only because nothing was paid, and the order is paid by
 * now. One that died of something else is buried again. CloudBase: 1 request per dead message.
 */
export async function reviveRefunds(
  inbox: Pick<Inbox, 'replay'>,
  refunds: readonly OpenRefund[],
  now: Instant,
): Promise<void> {
  const dead = refunds.flatMap(({ key, diedAt }) => (diedAt === null ? [] : [key]));
  if (dead.length > 0) await inbox.replay(dead, 'the order was paid', now);
}
