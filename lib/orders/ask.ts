import type { InboxKey, NewMessage } from '../model/message';
import { hear } from '../inbox/hear';
import { processInbox } from '../inbox/process';
import { changedBy } from '../inbox/sequence';
import type { ProcessDeps } from '../inbox/process-deps';
import { budgetOf } from '../runtime/budget';
import type { Caller } from '../model/caller';
import type { Refusal, Reply } from '../runtime/reply';
import { refuse } from '../runtime/reply';
import type { Settlement, Store } from '../store/port';
import type { PayerId } from '../values/ids';
import { isOutTradeNo } from '../values/ids';
import { isRecord } from '../values/json';
import type { OrderAnswer } from '../wechat/port';
import { logAnswer } from './answer-log';
import { rememberRefundSaid } from '../inbox/refund-said';
import { concludeAnswer } from './conclude';
import type { Order, OrderSettlement } from '../model/order';
import type { OrderSettings } from './settings';
import type { OrderView } from './view';
import { viewOf } from './view';

/**
 * What querying an order needs: everything that processing the inbox needs, because answers go
 * through the inbox.
 */
export interface AskDeps extends ProcessDeps {
  readonly orderSettings: OrderSettings;
}

/** How long applying one answer may take, in ms. */
const APPLY_MS = 10_000;

/**
 * "Am I paid?" Event: `{outTradeNo}`. Answers from the order. While it is pending, WeChat Pay is
 * queried too, at most once per `askAgainMs` and order; its answer enters the inbox like a callback
 * and is applied before we answer.
 *
 * Another payer's order does not exist for the caller: ORDER_NOT_FOUND.
 */
export async function queryOrder(
  deps: AskDeps,
  event: unknown,
  caller: Caller,
): Promise<Reply<{ readonly order: OrderView }>> {
  const found = await orderOfCaller(deps, event, caller.payer);
  if (!found.ok) return found;
  const order = await withWhatIsHere(deps, found.order);
  if (order.payment.state !== 'pending' || !(await reserveQuery(deps, order)))
    return { ok: true, order: viewOf(order) };
  const answer = await deps.wechat.queryOrder({ subMchId: order.subMchId, outTradeNo: order.outTradeNo });
  return { ok: true, order: viewOf(await applyAnswer(deps, order, answer)) };
}

/**
 * Applies facts about a pending order that are in the inbox but not processed yet. A payer who asks
 * has often just paid, so the fact may be there and no query is needed. CloudBase: 1 request when
 * there is none.
 */
async function withWhatIsHere(deps: AskDeps, order: Order): Promise<Order> {
  if (order.payment.state !== 'pending') return order;
  const messages = await deps.store.inbox.ofOrder(order.outTradeNo);
  const waiting = messages.filter((one) => one.state === 'pending' && one.trust === 'platform');
  if (waiting.length === 0) return order;
  const keys = waiting.map(({ key }) => key);
  return applyNow(deps, order, keys);
}

/** Finds the order an event names, if it belongs to this payer. */
export async function orderOfCaller(
  deps: { readonly store: Pick<Store, 'orders'> },
  event: unknown,
  payer: PayerId | null,
): Promise<{ readonly ok: true; readonly order: Order } | Refusal> {
  const outTradeNo = isRecord(event) ? event['outTradeNo'] : undefined;
  if (!isOutTradeNo(outTradeNo)) return refuse('BAD_INPUT', 'send {outTradeNo} as createOrder gave it');
  if (payer === null)
    return refuse('NO_PAYER', 'call this function from the mini program: it needs the payer');
  const [order] = await deps.store.orders.find([outTradeNo]);
  if (order?.payer !== payer) return refuse('ORDER_NOT_FOUND', 'you have no order of this number');
  return { ok: true, order };
}

/**
 * Records what WeChat Pay answered about an order, and applies it. Returns the order as it is then.
 * An answer that proves nothing (see `concludeAnswer`) changes nothing: the schedule decides when
 * to query again and when to close.
 */
export async function applyAnswer(deps: AskDeps, order: Order, answer: OrderAnswer): Promise<Order> {
  logAnswer(deps.log, order, answer);
  await rememberRefundSaid(deps.store.orders, order, answer, deps.clock.now());
  const conclusion = concludeAnswer(order, answer, deps.clock.now());
  return conclusion.kind === 'record' ? recordAndApply(deps, order, conclusion.message) : reread(deps, order);
}

/** Records one message about an order and applies it: see `applyNow`. */
export async function recordAndApply(deps: AskDeps, order: Order, message: NewMessage): Promise<Order> {
  const { key } = await hear(deps, message);
  return applyNow(deps, order, [key]);
}

/**
 * Processes messages of an order at once, and returns the order as that left it. The worker
 * finishes what does not complete now.
 *
 * The change that was written says how the order is, because a read might miss it. Only where this
 * call changed nothing is the order read: another run may have applied the message.
 */
export async function applyNow(deps: ProcessDeps, order: Order, keys: readonly InboxKey[]): Promise<Order> {
  const changes: OrderSettlement[] = [];
  const onSettled = ({ change }: Settlement): void => {
    if (change?.outTradeNo === order.outTradeNo) changes.push(change);
  };
  await processInbox({ ...deps, onSettled }, budgetOf(deps.clock, APPLY_MS), keys);
  return changes.length === 0 ? reread(deps, order) : changes.reduce(changedBy, order);
}

/** The order as a read finds it now. */
export async function reread(deps: Pick<AskDeps, 'store'>, order: Order): Promise<Order> {
  const [current] = await deps.store.orders.find([order.outTradeNo]);
  return current ?? order;
}

/**
 * Reserves the query of this order on behalf of its payer. Of all callers within `askAgainMs`, only
 * one wins.
 */
export async function reserveQuery(deps: AskDeps, order: Order): Promise<boolean> {
  const now = deps.clock.now();
  // A time set by a clock far ahead of this one is ignored: waiting for it could take hours.
  if (order.lastAskedAt !== null && Math.abs(now - order.lastAskedAt) < deps.orderSettings.askAgainMs) {
    return false;
  }
  return deps.store.orders.note({
    outTradeNo: order.outTradeNo,
    expectedVersion: order.version,
    lastAskedAt: now,
  });
}
