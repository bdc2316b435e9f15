import type { Discrepancy } from '../model/discrepancy';
import type { InboxMessage, MessageState } from '../model/message';
import type { Order } from '../model/order';
import type { Refund } from '../model/refund';
import { isRefundedInFull, refundableOf } from '../rules/refunds/reservation';
import type { RunWork } from '../model/statement/statement-run';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { OpsAction } from './actions';
import { ACTION_RULES } from './actions';
import type { Person } from '../model/operators/principal';
import { may } from '../model/operators/principal';

/*
 * The actions an item's state and its reader's role allow. The server lists them on every item it
 * shows, and checks again before it acts.
 */

/** Those of these actions that this person may take. */
export function permitted(by: Person, actions: readonly OpsAction[]): readonly OpsAction[] {
  return actions.filter((action) => may(by, ACTION_RULES[action].needs));
}

/**
 * Actions allowed on a message at `now`. A dead message may be dismissed: its cause was dealt with
 * elsewhere, and it no longer raises the alarm. A message under a lease is left alone, since its
 * worker will finish. A list shows neither leases nor causes of death, so the item is read again
 * before an action.
 */
export function messageActions(
  message: { readonly state: MessageState } & Partial<
    Pick<Extract<InboxMessage, { state: 'pending' }>, 'lease'>
  > &
    Partial<Pick<Extract<InboxMessage, { state: 'dead' }>, 'reason'>>,
  by: Person,
  now: Instant,
): readonly OpsAction[] {
  switch (message.state) {
    case 'dead':
      return permitted(
        by,
        message.reason === 'operator' ? ['replay_message'] : ['replay_message', 'dismiss_message'],
      );
    case 'pending': {
      const isLeased = message.lease !== undefined && message.lease !== null && message.lease.until > now;
      return permitted(by, isLeased ? [] : ['dismiss_message']);
    }
    case 'done':
      return [];
  }
}

/** Actions allowed on an order. `refunds`: at least those of the order. */
export function orderActions(order: Order, by: Person, refunds: readonly Refund[]): readonly OpsAction[] {
  const actions: OpsAction[] = [];
  if (order.payment.state === 'pending') actions.push('ask_order', 'close_order');
  // An order refunded in full must not be fulfilled, so a retry would fail again.
  const isBack = isRefundedInFull(order, refunds);
  if (order.fulfilment.state === 'dead' && !isBack) actions.push('retry_fulfilment');
  if (order.fulfilment.state === 'held') actions.push('release_hold');
  if (refundableOf(order) > 0) actions.push('refund_order');
  return permitted(by, actions);
}

/** Actions allowed on a refund. `payOutMerchants`: those whose channel can pay one out. */
export function refundActions(
  { subMchId, progress: { state } }: Refund,
  by: Person,
  payOutMerchants: readonly SubMchId[],
): readonly OpsAction[] {
  const isOpen = state === 'requested' || state === 'processing' || state === 'abnormal';
  const canPayOut = state === 'abnormal' && payOutMerchants.includes(subMchId);
  const actions: readonly OpsAction[] = canPayOut ? ['ask_refund', 'pay_out_refund'] : ['ask_refund'];
  return permitted(by, isOpen ? actions : []);
}

/** Actions allowed on a discrepancy, carried over or open. */
export function discrepancyActions(discrepancy: Discrepancy, by: Person): readonly OpsAction[] {
  return permitted(by, discrepancy.resolution === null ? ['resolve_discrepancy'] : []);
}

/** Actions allowed on a statement run. */
export function runActions(work: Pick<RunWork, 'state'>, by: Person): readonly OpsAction[] {
  return permitted(by, work.state === 'done' ? ['run_statement_again'] : []);
}
