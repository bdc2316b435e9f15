import type { Discrepancy } from '../model/discrepancy';
import type { InboxMessage, MessageState } from '../model/message';
import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import { isRefundedInFull, refundableOf } from '../rules/reservation';
import type { RunWork } from '../model/statement-run';
import type { Instant } from '../values/instant';
import type { Operator, OpsAction } from './api';

/*
 * What an operator may do to an item as it stands. The server says it on every item it shows, and asks itself again before it does it.
 */

/**
 * What may be done to a message at `now`. One that died may be buried too: somebody has dealt with its cause elsewhere, and it is called
 * for no longer. One that a worker holds is left alone: its turn ends by itself. A list does not know who holds
 * what, or what it died of; there the item is asked again before anything is done.
 */
export function messageActions(
  message: { readonly state: MessageState } & Partial<
    Pick<Extract<InboxMessage, { state: 'pending' }>, 'lease'>
  > &
    Partial<Pick<Extract<InboxMessage, { state: 'dead' }>, 'reason'>>,
  by: Operator,
  now: Instant,
): readonly OpsAction[] {
  if (by.role !== 'act') return [];
  switch (message.state) {
    case 'dead':
      return message.reason === 'operator' ? ['replay_message'] : ['replay_message', 'bury_message'];
    case 'pending':
      return message.lease !== undefined && message.lease !== null && message.lease.until > now
        ? []
        : ['bury_message'];
    case 'done':
      return [];
  }
}

/** What may be done to an order. */
export function orderActions(order: Order, by: Operator): readonly OpsAction[] {
  if (by.role !== 'act') return [];
  const actions: OpsAction[] = [];
  if (order.payment.state === 'pending') actions.push('ask_order', 'close_order');
  // What is refunded in full would only be buried again.
  if (order.fulfilment.state === 'dead' && !isRefundedInFull(order)) actions.push('retry_fulfilment');
  if (order.fulfilment.state === 'held') actions.push('release_hold');
  if (refundableOf(order) > 0) actions.push('refund_order');
  return actions;
}

/** What may be done to a refund. */
export function refundActions(refund: Refund, by: Operator): readonly OpsAction[] {
  const { state } = refund.progress;
  const isOpen = state === 'requested' || state === 'processing' || state === 'abnormal';
  return by.role === 'act' && isOpen ? ['ask_refund'] : [];
}

/** What may be done to a discrepancy, carried over or open. */
export function discrepancyActions(of: Discrepancy, by: Operator): readonly OpsAction[] {
  return by.role === 'act' && of.resolution === null ? ['resolve_discrepancy'] : [];
}

/** What may be done to a statement run. */
export function runActions(work: Pick<RunWork, 'state'>, by: Operator): readonly OpsAction[] {
  return by.role === 'act' && work.state === 'done' ? ['run_statement_again'] : [];
}
