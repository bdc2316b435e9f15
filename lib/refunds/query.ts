import { orderOfCaller } from '../orders/ask';
import type { Caller } from '../model/caller';
import type { Refusal, Reply } from '../runtime/reply';
import { refuse } from '../runtime/reply';
import type { Order } from '../model/order';
import type { Store } from '../store/port';
import type { Fen } from '../values/fen';
import { isOutTradeNo } from '../values/ids';
import { isRecord } from '../values/json';
import { leftOf } from '../rules/refunds/reservation';
import type { OperatorRefundView, RefundView, UnfinishedRefund } from './view';
import { operatorViewOf, unfinishedOf, viewOf } from './view';

/** What reading refunds needs. */
export interface QueryRefundDeps {
  readonly store: Pick<Store, 'orders' | 'refunds'>;
}

/**
 * An order's refunds in the order of their requests. Callers who may refund also see what is left,
 * and reservations whose refund was never created.
 */
export type QueryRefundReply = Reply<
  | { readonly refunds: readonly RefundView[] }
  | {
      readonly refunds: readonly OperatorRefundView[];
      readonly left: Fen;
      readonly unfinished: readonly UnfinishedRefund[];
    }
>;

/**
 * "Is my money back?" Event: `{outTradeNo}`. For the order's payer, for operators and for the
 * merchant's own code. Answers from our own records: refunds are followed by schedule, and an extra
 * query seldom tells more.
 *
 * Another payer's order does not exist for the caller: ORDER_NOT_FOUND.
 */
export async function queryRefund(
  deps: QueryRefundDeps,
  event: unknown,
  caller: Caller,
): Promise<QueryRefundReply> {
  const authorised = caller.by.kind !== 'nobody';
  const found = authorised ? await anyOrder(deps, event) : await orderOfCaller(deps, event, caller.payer);
  if (!found.ok) return found;
  const { order } = found;
  const refunds = await deps.store.refunds.ofOrder(order.outTradeNo);
  if (!authorised) return { ok: true, refunds: refunds.map(viewOf) };
  return {
    ok: true,
    refunds: refunds.map(operatorViewOf),
    left: leftOf(order),
    unfinished: unfinishedOf(order, refunds),
  };
}

async function anyOrder(
  { store }: QueryRefundDeps,
  event: unknown,
): Promise<{ readonly ok: true; readonly order: Order } | Refusal> {
  const outTradeNo = isRecord(event) ? event['outTradeNo'] : undefined;
  if (!isOutTradeNo(outTradeNo)) return refuse('BAD_INPUT', 'send {outTradeNo}');
  const [order] = await store.orders.find([outTradeNo]);
  return order ? { ok: true, order } : refuse('ORDER_NOT_FOUND', 'there is no order of this number');
}
