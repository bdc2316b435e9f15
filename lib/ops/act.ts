import { isDiscrepancyId } from '../model/discrepancy';
import { isInboxKey } from '../model/message';
import { applyAnswer } from '../orders/ask';
import { closeAtWeChatPay } from '../orders/close';
import { saidOf } from '../rules/last-answer';
import type { Said } from '../rules/last-answer';
import type { ActResult, Changed, OrderStates } from './changed';
import { orderMove } from './changed';
import type { Order } from '../model/order';
import { refundsReserved } from '../orders/refunds-reserved';
import { isStatementRunId } from '../model/statement/statement-run-id';
import { requestRefund } from '../refunds/request';
import type { Fen } from '../values/fen';
import { heldDiscrepancy } from '../rules/hold';
import type { Instant } from '../values/instant';
import type { Json } from '../values/json';
import { isOutRefundNo, isOutTradeNo } from '../values/ids';
import type { OpsAction } from './actions';
import { ACTION_RULES } from './actions';
import type { Person } from '../model/operators/principal';
import { may, refundsAs } from '../model/operators/principal';
import type { OpsDeps } from './deps';
import {
  discrepancyActions,
  messageActions,
  orderActions,
  refundActions,
  runActions,
} from './allowed-actions';
import { NOT_OFFERED, payOut } from './payments/pay-out';
import { acceptAs, paymentNamed, returnPayment, withRefund } from './payments/payments';
import { unlock } from './books/sign-off';
import { eraseAs } from './personal';
import type { ActionOutcome } from './record';
import { recorded } from './record';

/** What to do to each item, and why. */
export interface ActionRequest {
  readonly action: OpsAction;
  readonly reason: string | null;
  /** For refunds: a partial amount and the id of this request; null for everything left. */
  readonly part: { readonly amount: Fen; readonly requestId: string } | null;
  /** The second person who approved it; absent: none did. */
  readonly approver?: Person;
}

/**
 * Applies one action to each item in turn, and records each. An item that is refused or fails stops
 * no other: each has its own result. From `until` on, items after the first are not started and
 * answered as such, because a function that is killed would answer for none.
 */
export async function actOnEach(
  deps: OpsDeps,
  by: Person,
  names: readonly string[],
  request: ActionRequest,
  until: Instant,
): Promise<readonly ActResult[]> {
  const results: ActResult[] = [];
  for (const name of new Set(names)) {
    if (results.length > 0 && deps.clock.now() >= until) {
      results.push(notBegun(name));
      continue;
    }
    // An action on a payment belongs to the history of its order.
    const kind = ACTION_RULES[request.action].subject;
    // A message key names a payment, too: both are recorded under the payment's order.
    const subject = { kind, name: kind === 'order' ? (paymentNamed(name)?.outTradeNo ?? name) : name };
    const result = await recorded(deps, by, request.action, subject, request.reason, () =>
      outcomeOf(deps, by, name, request),
    );
    results.push({ name, ...result });
  }
  return results;
}

/** The result of an item that was not started, because the time of its call was used up. */
export function notBegun(name: string): ActResult {
  return { name, ok: false, ...NOT_BEGUN, said: [] };
}

function outcomeOf(
  deps: OpsDeps,
  by: Person,
  name: string,
  request: ActionRequest,
): Promise<ActionOutcome<Changed>> {
  const { action } = request;
  switch (action) {
    case 'replay_message':
    case 'dismiss_message':
      return onMessage(deps, by, name, { ...request, action });
    case 'retry_fulfilment':
    case 'release_hold':
    case 'ask_order':
    case 'close_order':
    case 'refund_order':
      return onOrder(deps, by, name, { ...request, action });
    case 'accept_payment':
    case 'return_payment': {
      const payment = paymentNamed(name);
      if (payment === null) return Promise.resolve(missing());
      const reason = request.reason ?? '';
      return action === 'accept_payment'
        ? acceptAs(deps, by, payment, reason, request.approver)
        : returnPayment(deps, refundsAs(by, request.approver), payment, reason);
    }
    case 'ask_refund':
    case 'pay_out_refund':
      return onRefund(deps, by, name, action);
    case 'resolve_discrepancy':
      return onDiscrepancy(deps, by, name, request);
    case 'run_statement_again':
      return onRun(deps, by, name, request);
    case 'erase_payer':
      return may(by, ACTION_RULES[action].needs) ? eraseAs(deps, name) : Promise.resolve(notNow(null));
  }
}

async function onMessage(
  deps: OpsDeps,
  by: Person,
  name: string,
  { action, reason }: ActionRequest & { readonly action: 'replay_message' | 'dismiss_message' },
): Promise<ActionOutcome<Changed>> {
  const message = isInboxKey(name) ? await deps.store.inbox.find(name) : null;
  if (message === null) return missing();
  const before = { state: message.state };
  const { key } = message;
  const now = deps.clock.now();
  if (!messageActions(message, by, now).includes(action)) return notNow(before);
  const [changed] =
    action === 'replay_message'
      ? await deps.store.inbox.replay([key], by.name, now)
      : await deps.store.inbox.dismiss([key], by.name, reason ?? '', now);
  if (changed !== true) return notNow(before);
  // What the conditional write did. A read might be behind it, or show what another run did since.
  const after = action === 'replay_message' ? 'pending' : 'dead';
  const moved = { before: message.state, after } as const;
  return { ok: true, before, after: { state: after }, changed: { action, message: moved } };
}

async function onOrder(
  deps: OpsDeps,
  by: Person,
  name: string,
  request: OrderActionRequest,
): Promise<ActionOutcome<Changed>> {
  const order = await orderOf(deps, name);
  if (order === null) {
    return isOutTradeNo(name) && (await deps.store.orders.raw(name)) !== null ? unreadable() : missing();
  }
  const before = standing(order);
  // A repeated refund request is that refund, whether or not anything is left by now;
  // `requestRefund` recognises it.
  const isLegal =
    request.action === 'refund_order' ||
    orderActions(order, by, await refundsReserved(deps.store, [order])).includes(request.action);
  if (!may(by, ACTION_RULES[request.action].needs) || !isLegal) return notNow(before);
  const change = await changeOrder(deps, by, order, request);
  if (!change.ok) return { ...change, before };
  const { changed } = change;
  const after = standing(change.after);
  // WeChat Pay's answer is recorded even when it changes nothing.
  return 'said' in changed
    ? { ok: true, before, after: { ...after, said: changed.said }, changed }
    : { ok: true, before, after, changed };
}

interface Why {
  readonly code: string;
  readonly message: string;
}

type OrderActionRequest = ActionRequest & {
  readonly action: Extract<
    OpsAction,
    'retry_fulfilment' | 'release_hold' | 'ask_order' | 'close_order' | 'refund_order'
  >;
};

/**
 * `after`: the order as the action's own writes left it, because a read might be behind them, or
 * show what another run did since.
 */
type Change =
  | { readonly ok: true; readonly after: Standing; readonly changed: Changed }
  | ({ readonly ok: false; readonly said?: readonly Said[] } & Why);

async function changeOrder(
  deps: OpsDeps,
  by: Person,
  order: Order,
  request: OrderActionRequest,
): Promise<Change> {
  const { outTradeNo, subMchId } = order;
  const { action } = request;
  switch (action) {
    case 'retry_fulfilment':
      return (await deps.store.orders.retryFulfilment(outTradeNo, by.name, deps.clock.now()))
        ? madeDue(order, action)
        : { ok: false, ...NOT_NOW };
    case 'release_hold':
      return releaseHold(deps, by, order, request.reason ?? '');
    case 'ask_order': {
      const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo });
      const after = await applyAnswer(deps, order, answer);
      const said = [saidOf(answer)];
      if (answer.kind === 'unknown') {
        return {
          ok: false,
          code: 'WECHAT_PAY_UNKNOWN',
          message: `WeChat Pay did not answer (${answer.reason}): try again`,
          said,
        };
      }
      return { ok: true, after, changed: { action, order: orderMove(order, after), said } };
    }
    case 'close_order': {
      const closing = await closeAtWeChatPay(deps, order);
      const { said } = closing;
      if (!closing.ok) return { ...closing.refusal, said };
      const { order: after } = closing;
      return { ok: true, after, changed: { action, order: orderMove(order, after), said } };
    }
    case 'refund_order': {
      const refunded = await requestRefund(
        deps,
        {
          outTradeNo,
          transactionId: null,
          amount: request.part?.amount ?? null,
          name:
            request.part === null ? { kind: 'rest' } : { kind: 'request', requestId: request.part.requestId },
          reason: request.reason,
        },
        refundsAs(by, request.approver),
      );
      if (!refunded.ok) return refunded;
      const { outRefundNo, amount, state } = refunded.refund;
      const after = await withRefund(deps, order, { outRefundNo, amount });
      return { ok: true, after, changed: { action, refund: { outRefundNo, amount, state } } };
    }
  }
}

/** Releases a held order. Its hold's discrepancy is resolved with the operator's reason. */
async function releaseHold(deps: OpsDeps, by: Person, order: Order, why: string): Promise<Change> {
  const { outTradeNo, fulfilment } = order;
  const at = deps.clock.now();
  if (fulfilment.state !== 'held') return { ok: false, ...NOT_NOW };
  if (!(await deps.store.orders.releaseHold(outTradeNo, by.name, why, at))) return { ok: false, ...NOT_NOW };
  const named = heldDiscrepancy(order, fulfilment, at);
  if (named !== null) {
    const resolution = { by: 'operator', who: by.name, reason: why, at } as const;
    await deps.store.discrepancies.resolve([named.id], resolution);
  }
  return madeDue(order, 'release_hold');
}

/** An order whose fulfilment the action made due again. */
function madeDue(order: Order, action: 'retry_fulfilment' | 'release_hold'): Change {
  const after: Standing = { ...order, fulfilment: { state: 'due' } };
  return { ok: true, after, changed: { action, order: orderMove(order, after) } };
}

async function orderOf(deps: OpsDeps, name: string): Promise<Order | null> {
  if (!isOutTradeNo(name)) return null;
  const [order] = await deps.store.orders.find([name]);
  return order ?? null;
}

type Standing = OrderStates & Pick<Order, 'refunds'>;

function standing(order: Standing) {
  return { payment: order.payment.state, fulfilment: order.fulfilment.state, refunds: order.refunds.length };
}

/** The query is made by the next run of `followRefunds`, which a payout leaves to it too. */
async function onRefund(
  deps: OpsDeps,
  by: Person,
  name: string,
  action: 'ask_refund' | 'pay_out_refund',
): Promise<ActionOutcome<Changed>> {
  const [refund] = isOutRefundNo(name) ? await deps.store.refunds.find([name]) : [];
  if (refund === undefined) {
    return isOutRefundNo(name) && (await deps.store.refunds.raw(name)) !== null ? unreadable() : missing();
  }
  const before = { state: refund.progress.state, nextAskAt: refund.nextAskAt };
  if (action === 'pay_out_refund' && !deps.payOutMerchants.includes(refund.subMchId)) {
    return { ok: false, ...NOT_OFFERED, before };
  }
  if (!refundActions(refund, by, deps.payOutMerchants).includes(action)) return notNow(before);
  const nextAskAt = deps.clock.now();
  const { outRefundNo, amount, version: expectedVersion } = refund;
  if (action === 'pay_out_refund') {
    const why = await payOut(deps, by, refund);
    if (why !== null) return { ok: false, ...why, before };
  } else if (!(await deps.store.refunds.note({ outRefundNo, expectedVersion, nextAskAt }))) {
    return notNow(before);
  }
  const changed = {
    action,
    refund: { outRefundNo, amount, state: before.state },
  } as const;
  return { ok: true, before, after: { ...before, nextAskAt }, changed };
}

async function onDiscrepancy(
  deps: OpsDeps,
  by: Person,
  name: string,
  { action, reason }: ActionRequest,
): Promise<ActionOutcome<Changed>> {
  const found = isDiscrepancyId(name) ? await deps.store.discrepancies.find(name) : null;
  if (found === null) return missing();
  const before = { resolved: found.resolution !== null };
  if (!discrepancyActions(found, by).includes('resolve_discrepancy')) return notNow(before);
  if (found.statementRun !== null) {
    const unlocked = await unlock(deps, by, found.statementRun, { action, item: name, reason });
    if (!unlocked.ok) return { ...unlocked, before };
  }
  const resolution = { by: 'operator', who: by.name, reason: reason ?? '', at: deps.clock.now() } as const;
  const resolved = await deps.store.discrepancies.resolve([found.id], resolution);
  const changed = { action: 'resolve_discrepancy' } as const;
  return resolved === 1 ? { ok: true, before, after: { resolved: true }, changed } : notNow(before);
}

async function onRun(
  deps: OpsDeps,
  by: Person,
  name: string,
  { action, reason }: ActionRequest,
): Promise<ActionOutcome<Changed>> {
  const run = isStatementRunId(name) ? await deps.store.statementRuns.find(name) : null;
  if (run === null) return missing();
  const before = { state: run.work.state, round: run.round };
  if (!runActions(run.work, by).includes('run_statement_again')) return notNow(before);
  const unlocked = await unlock(deps, by, run.id, { action, item: name, reason });
  if (!unlocked.ok) return { ...unlocked, before };
  const round = await deps.store.statementRuns.again(run.id, by.name, deps.clock.now());
  if (round === null) return notNow(before);
  const changed = { action: 'run_statement_again', round } as const;
  return { ok: true, before, after: { state: 'waiting', round }, changed };
}

const NOT_BEGUN: Why = {
  code: 'NOT_BEGUN',
  message: 'there was no time left for this item: try it again',
};

const NOT_NOW: Why = {
  code: 'NOT_NOW',
  message: 'the item’s current state does not allow this: reload it and check',
};

function notNow(before: Json): ActionOutcome<never> {
  return { ok: false, ...NOT_NOW, before };
}

/** It exists, so nobody should look for it elsewhere, but nothing can be decided about it. */
function unreadable(): ActionOutcome<never> {
  return {
    ok: false,
    code: 'ITEM_UNREADABLE',
    message: 'it is stored, but cannot be read: look at it, and repair it in the database',
    before: null,
  };
}

function missing(): ActionOutcome<never> {
  return { ok: false, code: 'NOT_FOUND', message: 'there is no such item', before: null };
}
