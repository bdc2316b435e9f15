import type { NewMessage } from '../model/message';
import { hear } from '../inbox/hear';
import { processInbox } from '../inbox/process';
import type { ProcessDeps } from '../inbox/process-deps';
import { budgetOf } from '../runtime/budget';
import type { Caller } from '../runtime/caller';
import type { Refusal, Reply } from '../runtime/reply';
import { refuse } from '../runtime/reply';
import type { Store } from '../store/port';
import type { PayerId } from '../values/ids';
import { isOutTradeNo } from '../values/ids';
import { isRecord } from '../values/json';
import type { OrderAnswer } from '../wechat/port';
import { logAnswer } from './answer-log';
import { rememberRefundSaid } from '../inbox/refund-said';
import { concludeAnswer } from './conclude';
import type { Order } from '../model/order';
import type { OrderSettings } from './settings';
import type { OrderView } from './view';
import { viewOf } from './view';

/** What asking about an order needs: all that working off the inbox needs, because an answer goes through the inbox. */
export interface AskDeps extends ProcessDeps {
  readonly orderSettings: OrderSettings;
}

/** How long applying one answer may take, in ms. */
const APPLY_MS = 10_000;

/**
 * "Am I paid?" Event: `{outTradeNo}`. Answers from the order; while that is pending, WeChat Pay is asked too, at most once per
 * `askAgainMs` and order, and what it says enters the inbox like a callback and is applied before the answer.
 *
 * Another payer's order is as good as none: ORDER_NOT_FOUND.
 */
export async function queryOrder(
  deps: AskDeps,
  event: unknown,
  caller: Caller,
): Promise<Reply<{ readonly order: OrderView }>> {
  const found = await orderOfCaller(deps, event, caller.payer);
  if (!found.ok) return found;
  const order = await withWhatIsHere(deps, found.order);
  if (order.payment.state !== 'pending' || !(await takeTurn(deps, order)))
    return { ok: true, order: viewOf(order) };
  const answer = await deps.wechat.queryOrder({ subMchId: order.subMchId, outTradeNo: order.outTradeNo });
  await applyAnswer(deps, order, answer);
  return { ok: true, order: viewOf(await reread(deps, order)) };
}

/**
 * Applies what WeChat Pay has told about a pending order and nobody has applied yet. A payer who asks has often just paid: the answer may
 * lie in the inbox, and need not be asked for. CloudBase: 1 request when nothing is there.
 */
async function withWhatIsHere(deps: AskDeps, order: Order): Promise<Order> {
  if (order.payment.state !== 'pending') return order;
  const messages = await deps.store.inbox.ofOrder(order.outTradeNo);
  const waiting = messages.filter((one) => one.state === 'pending' && one.trust === 'platform');
  if (waiting.length === 0) return order;
  const keys = waiting.map(({ key }) => key);
  await processInbox(deps, budgetOf(deps.clock, APPLY_MS), keys);
  return reread(deps, order);
}

/** Finds the order that an event names, if it is this payer's. */
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
 * Puts what WeChat Pay says about an order into the inbox, and applies it. An answer that proves nothing (see `concludeAnswer`) changes
 * nothing: when to ask again, and when to close, is for the schedule to say.
 */
export async function applyAnswer(deps: AskDeps, order: Order, answer: OrderAnswer): Promise<void> {
  logAnswer(deps.log, order, answer);
  await rememberRefundSaid(deps.store.orders, order, answer, deps.clock.now());
  const conclusion = concludeAnswer(order, answer, deps.clock.now());
  if (conclusion.kind === 'record') await recordAndApply(deps, conclusion.message);
}

/** Puts one message into the inbox and works it off at once. What cannot be finished now is left to the worker. */
export async function recordAndApply(deps: AskDeps, message: NewMessage): Promise<void> {
  const { key } = await hear(deps, message);
  await processInbox(deps, budgetOf(deps.clock, APPLY_MS), [key]);
}

/** The order as it is now. */
export async function reread(deps: Pick<AskDeps, 'store'>, order: Order): Promise<Order> {
  const [current] = await deps.store.orders.find([order.outTradeNo]);
  return current ?? order;
}

/** Takes this order's turn to ask WeChat Pay for its payer. One caller wins it, for everybody who asks in the same `askAgainMs`. */
export async function takeTurn(deps: AskDeps, order: Order): Promise<boolean> {
  const now = deps.clock.now();
  // A turn taken by a clock that is far ahead of this one says nothing: waiting for it could take hours.
  if (order.lastAskedAt !== null && Math.abs(now - order.lastAskedAt) < deps.orderSettings.askAgainMs) {
    return false;
  }
  return deps.store.orders.note({
    outTradeNo: order.outTradeNo,
    expectedVersion: order.version,
    lastAskedAt: now,
  });
}
