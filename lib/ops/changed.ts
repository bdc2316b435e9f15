import type { MessageState } from '../model/message';
import type { Order } from '../model/order';
import type { RefundState } from '../model/refund';
import type { Erasure } from '../retention/erase-payer';
import type { Said } from '../rules/last-answer';
import type { Fen } from '../values/fen';
import type { OutRefundNo } from '../values/ids';
import type { Instant } from '../values/instant';

/*
 * What an action changed. "Done" alone would be wrong where WeChat Pay decides: an order that was
 * to be closed may be pending still, and a refund that was requested has not gone back yet.
 *
 * The console's bundle carries the values of this file, so it imports types only.
 */

/**
 * A state before and after. Where the inbox applies WeChat Pay's answer, `after` is what is stored
 * once the action has ended, which another run may have changed, too.
 */
export interface Move<State> {
  readonly before: State;
  readonly after: State;
}

/** An order's states before and after. */
export interface OrderMove {
  readonly payment: Move<Order['payment']['state']>;
  readonly fulfilment: Move<Order['fulfilment']['state']>;
}

/** A refund after it was requested or found. Its amount counts as refunded once it succeeded. */
export interface RefundNow {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  readonly state: RefundState;
}

/** What an action that was carried out changed on one item. */
export type Done =
  | {
      readonly action: 'replay_message' | 'dismiss_message';
      readonly message: Move<MessageState>;
    }
  | { readonly action: 'retry_fulfilment' | 'release_hold'; readonly order: OrderMove }
  | {
      readonly action: 'ask_order' | 'close_order';
      readonly order: OrderMove;
      /** What WeChat Pay answered, in sequence. */
      readonly said: readonly Said[];
    }
  | {
      readonly action: 'accept_payment';
      readonly order: OrderMove;
      /** `proposed`: an approver has to accept it too. */
      readonly acceptance: 'proposed' | 'accepted';
    }
  | { readonly action: 'refund_order' | 'return_payment'; readonly refund: RefundNow }
  /** The query itself is made by the next run of `followRefunds`. */
  | { readonly action: 'ask_refund'; readonly refund: RefundNow }
  /** WeChat Pay has accepted it; the refund is as it was until WeChat Pay says more. */
  | { readonly action: 'pay_out_refund'; readonly refund: RefundNow }
  | { readonly action: 'resolve_discrepancy' }
  /** `round`: the day's new round, from 1. */
  | { readonly action: 'run_statement_again'; readonly round: number }
  /** `left`: the first orders that stay because they have not ended; `leftInAll`: how many do. */
  | ({ readonly action: 'erase_payer'; readonly leftInAll: number; readonly unreadable: number } & Erasure);

/** What one action changed on one item. */
export type Changed =
  | Done
  /** Nothing yet: another person must approve it until then. */
  | {
      readonly action: 'ask_approval';
      readonly of: Done['action'];
      readonly approval: { readonly id: string; readonly expiresAt: Instant };
    }
  /** A bulk action was approved and goes on; its items have their own outcomes. */
  | { readonly action: 'begin_bulk'; readonly of: Done['action']; readonly bulk: string };

/** The result for one item of a bulk action: what it changed, or why it was refused. */
export type ActResult =
  | { readonly name: string; readonly ok: true; readonly changed: Changed }
  | {
      readonly name: string;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** What WeChat Pay answered, in sequence; empty when it was not called. */
      readonly said: readonly Said[];
    };

/** What an order move is made of. */
export interface OrderStates {
  readonly payment: Pick<Order['payment'], 'state'>;
  readonly fulfilment: Pick<Order['fulfilment'], 'state'>;
}

/** An order's states before and after. Pure. */
export function orderMove(before: OrderStates, after: OrderStates): OrderMove {
  return {
    payment: { before: before.payment.state, after: after.payment.state },
    fulfilment: { before: before.fulfilment.state, after: after.fulfilment.state },
  };
}

/**
 * True when the item is as it was: a close request or a query that left the order's states alone,
 * or an action that waits for an approver. Pure.
 */
export function isUnchanged(changed: Changed): boolean {
  switch (changed.action) {
    case 'ask_order':
    case 'close_order': {
      const { payment, fulfilment } = changed.order;
      return payment.before === payment.after && fulfilment.before === fulfilment.after;
    }
    case 'ask_approval':
    case 'pay_out_refund':
      return true;
    case 'begin_bulk':
      return false;
    case 'replay_message':
    case 'dismiss_message':
    case 'retry_fulfilment':
    case 'release_hold':
    case 'accept_payment':
    case 'refund_order':
    case 'return_payment':
    case 'ask_refund':
    case 'resolve_discrepancy':
    case 'run_statement_again':
      return false;
    case 'erase_payer':
      return changed.orders === 0;
  }
}
