import { limitsFor } from '../../refunds/limits';
import {
  leftOfPayment,
  refundableOf,
  refundNoOfRequest,
  reservationOf,
} from '../../rules/refunds/reservation';
import { refundNeedsSecondPerson } from '../../rules/second-person';
import type { Order } from '../../model/order';
import type { Person } from '../../model/operators/principal';
import type { Fen } from '../../values/fen';
import { isOutRefundNo, isOutTradeNo } from '../../values/ids';
import type { Json } from '../../values/json';
import type { ActionRequest } from '../act';
import type { OpsAction } from '../actions';
import { refundActions } from '../allowed-actions';
import type { OpsDeps } from '../deps';
import { overSingle } from '../payments/pay-out';
import { knownPayment, paymentNamed } from '../payments/payments';
import { isLargeErasure } from '../personal';

/** One item of an action, as far as it matters for a second person. */
export interface AskedState {
  /** The state its asker saw: a request is carried out only while this is the same. */
  readonly seen: Json;
  /** The money it moves, in fen; null for none. */
  readonly amount: Fen | null;
  /** Whether this item needs a second person by itself. */
  readonly isAbove: boolean;
}

/** An item without money, or one that will be refused anyway. */
const PLAIN: AskedState = { seen: null, amount: null, isAbove: false };

/**
 * The state of each item of an action that `by` asks for, by name. The orders to refund are read at
 * once; a payment that is accepted or returned is looked up by itself.
 */
export async function askedStates(
  deps: OpsDeps,
  by: Person,
  action: OpsAction,
  names: readonly string[],
  part: ActionRequest['part'],
): Promise<ReadonlyMap<string, AskedState>> {
  const states = new Map<string, AskedState>();
  if (action === 'refund_order' || action === 'release_hold') {
    const orders = await deps.store.orders.findWithoutCarts(names.filter(isOutTradeNo));
    const named = new Map<string, Order>(orders.map((order) => [order.outTradeNo, order]));
    for (const name of names) {
      const order = named.get(name);
      states.set(name, action === 'release_hold' ? releaseAsked(order) : refundAsked(deps, by, order, part));
    }
    return states;
  }
  for (const name of names) states.set(name, await askedState(deps, by, action, name));
  return states;
}

/** A release is of one hold: the order may be held anew since, for another reason. */
function releaseAsked(order: Order | undefined): AskedState {
  if (order === undefined) return PLAIN;
  const { payment, fulfilment } = order;
  const hold = fulfilment.state === 'held' ? { reason: fulfilment.reason, heldAt: fulfilment.heldAt } : null;
  return { ...PLAIN, seen: { payment: payment.state, fulfilment: fulfilment.state, hold } };
}

function refundAsked(
  deps: OpsDeps,
  by: Person,
  order: Order | undefined,
  part: ActionRequest['part'],
): AskedState {
  if (order === undefined) return PLAIN;
  const left = refundableOf(order);
  const wanted = part?.amount ?? left;
  const state = refundState(deps, by, order, { seen: seenOf(order, left), left, wanted });
  // One that was begun before under this name needs nobody: the call made again is that refund.
  return part !== null && hasBegun(order, part.requestId) ? { ...state, isAbove: false } : state;
}

/** The state of one item of an action that `by` asks for, other than of an order read above. */
async function askedState(
  deps: OpsDeps,
  by: Person,
  action: Exclude<OpsAction, 'refund_order' | 'release_hold'>,
  name: string,
): Promise<AskedState> {
  switch (action) {
    case 'return_payment':
    case 'accept_payment': {
      const named = paymentNamed(name);
      const known = named === null ? null : await knownPayment(deps, named);
      if (known === null) return PLAIN;
      const { order, payment } = known;
      const { transactionId, total } = payment;
      if (action === 'return_payment') {
        const isBooked = order.otherPayments.some((one) => one.transactionId === transactionId);
        const left = isBooked ? leftOfPayment(order, transactionId) : total;
        return refundState(deps, by, order, { seen: seenOf(order, left), left, wanted: left });
      }
      const noted = order.otherPayments.find((one) => one.transactionId === transactionId);
      // An acceptance that is proposed already waits on the order for its second person.
      const isProposed = noted?.acceptance?.state === 'proposed';
      const above = deps.secondPersonAbove;
      const isAbove = above !== null && Math.max(order.total, total) > above && !isProposed;
      return { seen: seenOf(order, total), amount: total, isAbove };
    }
    case 'pay_out_refund': {
      const [refund] = isOutRefundNo(name) ? await deps.store.refunds.find([name]) : [];
      if (refund === undefined) return PLAIN;
      const { amount, progress } = refund;
      const above = deps.secondPerson.refundAbove;
      // Not possible now: it is refused without asking anybody else.
      const isPossible =
        refundActions(refund, by, deps.payOutMerchants).includes(action) &&
        overSingle(deps, by, refund) === null;
      return {
        seen: { state: progress.state, amount },
        amount,
        isAbove: isPossible && above !== null && amount > above,
      };
    }
    case 'erase_payer':
      return { ...PLAIN, isAbove: await isLargeErasure(deps, name) };
    case 'replay_message':
    case 'dismiss_message':
    case 'retry_fulfilment':
    case 'ask_order':
    case 'close_order':
    case 'ask_refund':
    case 'resolve_discrepancy':
    case 'run_statement_again':
      return PLAIN;
  }
}

function refundState(
  deps: OpsDeps,
  by: Person,
  order: Order,
  { seen, left, wanted }: { readonly seen: Json; readonly left: Fen; readonly wanted: Fen },
): AskedState {
  const single = limitsFor(deps.refundSettings, by).single;
  const isPossible = wanted > 0 && wanted <= left && (single === null || wanted <= single);
  const above = deps.secondPerson.refundAbove;
  return {
    seen,
    amount: wanted,
    isAbove: isPossible && refundNeedsSecondPerson(above, order, wanted),
  };
}

function seenOf(order: Order, amount: Fen): Json {
  return {
    payment: order.payment.state,
    fulfilment: order.fulfilment.state,
    refunds: order.refunds.length,
    amount,
  };
}

/** True when the refund of this request has its money reserved: it was begun before. */
export async function isBegun(deps: OpsDeps, name: string, requestId: string): Promise<boolean> {
  if (!isOutTradeNo(name)) return false;
  const [order] = await deps.store.orders.find([name]);
  return order !== undefined && hasBegun(order, requestId);
}

function hasBegun(order: Order, requestId: string): boolean {
  return reservationOf(order, refundNoOfRequest(order.outTradeNo, requestId)) !== null;
}
