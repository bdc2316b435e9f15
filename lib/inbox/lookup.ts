import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import { isOfOrder } from '../rules/hold';
import { refundNoOfLateMoney, transactionsOf } from '../rules/refunds/reservation';
import type { OutRefundNo, OutTradeNo, TransactionId } from '../values/ids';
import type { ClaimedMessage, OpenRefund } from '../model/message';
import type { ProcessDeps } from './process-deps';

/** What we know about the order and refund of a message. */
export interface Known {
  readonly order: Order | null;
  /**
   * The refund that a refund message names; for a late payment, the refund by which the policy
   * returns it.
   */
  readonly refund: Refund | null;
  /**
   * For a payment that its order does not have yet: the order's refund messages that are not
   * applied.
   */
  readonly openRefunds: readonly OpenRefund[];
  /** True once the store found that another order has the payment's transaction. */
  readonly isTransactionTaken: boolean;
}

/**
 * Looks up the orders and refunds of a batch. 1 request for the orders, 1 more when a message is
 * about a refund, 1 more when a late payment may have to be refunded, and 1 more for refund
 * messages of orders about to get a payment.
 */
export async function lookUp(
  deps: Pick<ProcessDeps, 'store' | 'settings'>,
  messages: readonly ClaimedMessage[],
): Promise<(message: ClaimedMessage) => Known> {
  const refunds = await findRefunds(deps, messages.flatMap(refundNamed));
  const paying = paymentsAmong(messages);
  const orderNumberOf = (message: ClaimedMessage): OutTradeNo | null => {
    const transactionId = transactionOnly(message, refunds);
    return transactionId === null ? orderNamed(message, refunds) : (paying.get(transactionId) ?? null);
  };
  const orders = await findOrders(
    deps,
    messages.flatMap((message) => orderNumberOf(message) ?? []),
  );
  const paidBy = await ordersPaidBy(
    deps,
    messages.flatMap((message) => transactionOnly(message, refunds) ?? []),
  );
  const orderOf = (message: ClaimedMessage): Order | null => {
    const transactionId = transactionOnly(message, refunds);
    const paid = transactionId === null ? undefined : paidBy.get(transactionId);
    // A payment at hand that names the transaction of another order is refused.
    if (paid !== undefined) return paid;
    const outTradeNo = orderNumberOf(message);
    return outTradeNo === null ? null : (orders.get(outTradeNo) ?? null);
  };
  const returning =
    deps.settings.lateMoney === 'refund'
      ? await findRefunds(
          deps,
          messages.flatMap((message) => lateRefundOf(message, orderOf(message))),
        )
      : refunds;
  const toBePaid = messages.flatMap((message) => orderBeingPaid(message, orderOf(message)));
  const open = toBePaid.length === 0 ? [] : await deps.store.inbox.openRefunds([...new Set(toBePaid)]);
  return (message) => {
    const order = orderOf(message);
    const [named] = [...refundNamed(message), ...lateRefundOf(message, order)];
    const refund = named === undefined ? null : (refunds.get(named) ?? returning.get(named) ?? null);
    return { order, refund, openRefunds: openOf(message, order, open), isTransactionTaken: false };
  };
}

function refundNamed({ content }: ClaimedMessage): readonly OutRefundNo[] {
  return content.kind === 'refund' ? [content.refund.outRefundNo] : [];
}

/**
 * The orders that the payments at hand are for. A refund that names only its transaction may be
 * decided together with its payment, before any order has that transaction.
 */
function paymentsAmong(messages: readonly ClaimedMessage[]): ReadonlyMap<TransactionId, OutTradeNo> {
  return new Map(
    messages.flatMap(({ content }) =>
      content.kind === 'payment'
        ? [[content.payment.transactionId, content.payment.outTradeNo] as const]
        : [],
    ),
  );
}

/** A refund notification may omit its order; a refund that exists here knows it. */
function orderNamed(message: ClaimedMessage, refunds: ReadonlyMap<OutRefundNo, Refund>): OutTradeNo | null {
  const [named] = refundNamed(message);
  const refund = named === undefined ? undefined : refunds.get(named);
  return refund?.outTradeNo ?? message.outTradeNo;
}

/**
 * The transaction of a refund message that names no order and no known refund: the payment it
 * refunds.
 */
function transactionOnly(
  message: ClaimedMessage,
  refunds: ReadonlyMap<OutRefundNo, Refund>,
): TransactionId | null {
  const { content } = message;
  if (content.kind !== 'refund' || orderNamed(message, refunds) !== null) return null;
  return content.refund.transactionId;
}

function openOf(
  { content }: ClaimedMessage,
  order: Order | null,
  open: readonly OpenRefund[],
): readonly OpenRefund[] {
  if (content.kind !== 'payment' || order === null) return [];
  const transactions = [content.payment.transactionId, ...transactionsOf(order)];
  return open.filter((one) => isOfOrder(one, order, transactions));
}

/** Only orders about to get a payment: a refund message may have arrived before it. */
function orderBeingPaid({ content }: ClaimedMessage, order: Order | null): readonly OutTradeNo[] {
  if (content.kind !== 'payment' || order === null) return [];
  const isNew =
    order.payment.state !== 'paid' || !transactionsOf(order).includes(content.payment.transactionId);
  return isNew ? [order.outTradeNo] : [];
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

/** 1 request per transaction: notifications that omit their order are rare. */
async function ordersPaidBy(
  { store }: Pick<ProcessDeps, 'store'>,
  transactions: readonly TransactionId[],
): Promise<ReadonlyMap<TransactionId, Order>> {
  const found = new Map<TransactionId, Order>();
  for (const transactionId of new Set(transactions)) {
    const order = await store.orders.ofTransaction(transactionId);
    if (order !== null) found.set(transactionId, order);
  }
  return found;
}

async function findOrders(
  { store }: Pick<ProcessDeps, 'store'>,
  numbers: readonly OutTradeNo[],
): Promise<ReadonlyMap<OutTradeNo, Order>> {
  if (numbers.length === 0) return new Map();
  const found = await store.orders.findWithoutCarts([...new Set(numbers)]);
  return new Map(found.map((order) => [order.outTradeNo, order]));
}
