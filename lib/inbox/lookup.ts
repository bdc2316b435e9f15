import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import { refundNoOfLateMoney } from '../rules/reservation';
import type { OutRefundNo, OutTradeNo } from '../values/ids';
import type { ClaimedMessage } from '../model/message';
import type { ProcessDeps } from './process-deps';

/** What is here of the things a message speaks of. */
export interface Known {
  readonly order: Order | null;
  /** The refund a refund's message names; for a payment that came late, the refund that the policy gives it back by. */
  readonly refund: Refund | null;
}

/**
 * Looks up what a batch of messages speaks of. 1 request for the orders, 1 more if any speaks of a refund, and 1 more if money
 * that came late may have to go back.
 */
export async function lookUp(
  deps: Pick<ProcessDeps, 'store' | 'settings'>,
  messages: readonly ClaimedMessage[],
): Promise<(message: ClaimedMessage) => Known> {
  const refunds = await findRefunds(deps, messages.flatMap(refundNamed));
  const orders = await findOrders(
    deps,
    messages.flatMap((message) => orderNamed(message, refunds) ?? []),
  );
  const orderOf = (message: ClaimedMessage): Order | null => {
    const outTradeNo = orderNamed(message, refunds);
    return outTradeNo === null ? null : (orders.get(outTradeNo) ?? null);
  };
  const returning =
    deps.settings.lateMoney === 'refund'
      ? await findRefunds(
          deps,
          messages.flatMap((message) => lateRefundOf(message, orderOf(message))),
        )
      : refunds;
  return (message) => {
    const order = orderOf(message);
    const [named] = [...refundNamed(message), ...lateRefundOf(message, order)];
    const refund = named === undefined ? null : (refunds.get(named) ?? returning.get(named) ?? null);
    return { order, refund };
  };
}

function refundNamed({ content }: ClaimedMessage): readonly OutRefundNo[] {
  return content.kind === 'refund' ? [content.refund.outRefundNo] : [];
}

/** A refund notification may leave out its order; a refund that is here knows its own. */
function orderNamed(message: ClaimedMessage, refunds: ReadonlyMap<OutRefundNo, Refund>): OutTradeNo | null {
  const [named] = refundNamed(message);
  const refund = named === undefined ? undefined : refunds.get(named);
  return refund?.outTradeNo ?? message.outTradeNo;
}

function lateRefundOf({ content }: ClaimedMessage, order: Order | null): readonly OutRefundNo[] {
  if (content.kind !== 'payment' || order === null) return [];
  const { state } = order.payment;
  if (state !== 'closed' && state !== 'failed') return [];
  return [refundNoOfLateMoney(order.outTradeNo, content.payment.transactionId)];
}

async function findRefunds(
  { store }: Pick<ProcessDeps, 'store'>,
  numbers: readonly OutRefundNo[],
): Promise<ReadonlyMap<OutRefundNo, Refund>> {
  if (numbers.length === 0) return new Map();
  const found = await store.refunds.find([...new Set(numbers)]);
  return new Map(found.map((refund) => [refund.outRefundNo, refund]));
}

async function findOrders(
  { store }: Pick<ProcessDeps, 'store'>,
  numbers: readonly OutTradeNo[],
): Promise<ReadonlyMap<OutTradeNo, Order>> {
  if (numbers.length === 0) return new Map();
  const found = await store.orders.find([...new Set(numbers)]);
  return new Map(found.map((order) => [order.outTradeNo, order]));
}
