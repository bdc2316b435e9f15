import type { InboxMessage } from '../../../lib/model/message';
import type { OrderSettlement } from '../../../lib/model/order';
import type { RefundSettlement } from '../../../lib/model/refund';
import type { Instant } from '../../../lib/values/instant';
import { StoreError } from '../../../lib/store/errors';
import { turnEntry } from '../../../lib/store/history';
import type { LeaseToken } from '../../../lib/model/lease';
import type { Finish, Settlement, SettleResult } from '../../../lib/store/port';
import { resolve, see } from './discrepancies';
import type { ModelMessage, ModelState, Step } from './state';
import { lastingPartOf, withLine } from './state';

/**
 * Settles as weakly as the port allows: each write of each settlement is a separate step, others
 * come in between, and any may fail before or after its effect. The token and key identify what a
 * settlement has written.
 */
export async function modelSettle(
  state: ModelState,
  step: Step,
  token: LeaseToken,
  now: Instant,
  settlements: readonly Settlement[],
): Promise<readonly SettleResult[]> {
  if (settlements.length === 0) return [];
  const standing = await step('settle.standings', () =>
    settlements.map(({ key }) => standingOf(state.messages.get(key), token, now)),
  );
  const results: SettleResult[] = [];
  const broken = new Set<string>();
  for (const [index, settlement] of settlements.entries()) {
    const stands = standing[index] ?? 'lease_lost';
    const outTradeNo = settlement.change?.outTradeNo ?? '';
    const isBroken = stands === 'held' && broken.has(outTradeNo);
    const result = isBroken
      ? 'stale'
      : stands === 'held'
        ? await settleOne(state, step, token, now, settlement)
        : stands;
    if (result !== 'settled' && outTradeNo !== '') broken.add(outTradeNo);
    results.push(result);
  }
  return results;
}

type Standing = 'held' | 'settled' | 'lease_lost';

function standingOf(found: ModelMessage | undefined, token: LeaseToken, now: Instant): Standing {
  if (found === undefined) return 'lease_lost';
  const { message, finishedUnder } = found;
  if (message.state === 'pending' && message.lease?.token === token && message.lease.until > now)
    return 'held';
  return finishedUnder === token ? 'settled' : 'lease_lost';
}

async function settleOne(
  state: ModelState,
  step: Step,
  token: LeaseToken,
  now: Instant,
  settlement: Settlement,
): Promise<SettleResult> {
  const { key, change, refund, discrepancies, resolves, finish } = settlement;
  const mark = `${token} ${key}`;
  try {
    if (change !== null && !(await step('settle.transaction', () => takeTransaction(state, change))))
      return 'transaction_taken';
    if (change !== null && !(await step('settle.order', () => changeOrder(state, change, mark))))
      return 'stale';
    if (refund !== null && !(await step('settle.refund', () => changeRefund(state, refund, mark))))
      return 'stale';
    for (const found of discrepancies) await step('settle.discrepancy', () => see(state, [found]));
    if (resolves !== null)
      await step('settle.resolve', () => resolve(state, resolves.ids, resolves.resolution));
    return await step('settle.message', () => finishMessage(state, token, now, settlement, finish));
  } catch (error) {
    if (error instanceof StoreError) return 'failed';
    throw error;
  }
}

function takeTransaction(state: ModelState, { takes, outTradeNo }: OrderSettlement): boolean {
  if (takes === undefined) return true;
  const owner = state.transactions.get(takes) ?? outTradeNo;
  state.transactions.set(takes, owner);
  return owner === outTradeNo;
}

function changeOrder(state: ModelState, change: OrderSettlement, mark: string): boolean {
  const found = state.orders.get(change.outTradeNo);
  if (found === undefined) return false;
  // A message that decided anew under its claim may change its order a second time.
  if (found.order.version !== change.expectedVersion) return found.marks.includes(mark);
  const { payment, fulfilment, otherPayments, refunds, entry } = change;
  const { prepayBody, ...kept } = found.order;
  const body = prepayBody === undefined || payment.state !== 'pending' ? {} : { prepayBody };
  state.orders.set(change.outTradeNo, {
    marks: [...found.marks, mark],
    order: {
      ...kept,
      ...body,
      version: found.order.version + 1,
      payment,
      fulfilment,
      otherPayments,
      refunds,
      history: [...found.order.history, entry],
    },
  });
  return true;
}

function changeRefund(state: ModelState, change: RefundSettlement, mark: string): boolean {
  switch (change.kind) {
    case 'create': {
      const known = state.refunds.get(change.refund.outRefundNo);
      if (known !== undefined) return known.marks.includes(mark);
      state.refunds.set(change.refund.outRefundNo, { refund: change.refund, marks: [mark] });
      return true;
    }
    case 'change': {
      const found = state.refunds.get(change.outRefundNo);
      if (found === undefined) return false;
      if (found.marks.includes(mark)) return true;
      if (found.refund.version !== change.expectedVersion) return false;
      state.refunds.set(change.outRefundNo, {
        marks: [...found.marks, mark],
        refund: {
          ...found.refund,
          version: found.refund.version + 1,
          progress: change.progress,
          history: [...found.refund.history, change.entry],
        },
      });
      return true;
    }
  }
}

function finishMessage(
  state: ModelState,
  token: LeaseToken,
  now: Instant,
  { key }: Settlement,
  finish: Finish,
): SettleResult {
  const found = state.messages.get(key);
  const stands = standingOf(found, token, now);
  if (stands !== 'held' || found?.message.state !== 'pending') return stands === 'held' ? 'failed' : stands;
  state.messages.set(key, { message: finished(found.message, finish, now), finishedUnder: token });
  return 'settled';
}

function finished(
  of: Extract<InboxMessage, { state: 'pending' }>,
  finish: Finish,
  now: Instant,
): InboxMessage {
  const { dueAt, lastError } = of;
  const entry = turnEntry(finish, now);
  const lasting = lastingPartOf(of);
  const base = entry === null ? lasting : { ...lasting, history: withLine(lasting.history, entry) };
  switch (finish.kind) {
    case 'done':
      return { ...base, claims: 0, state: 'done', finishedAt: now, outcome: finish.outcome };
    case 'dead':
      return {
        ...base,
        claims: 0,
        state: 'dead',
        finishedAt: now,
        reason: finish.reason,
        lastError: finish.error,
      };
    case 'retry':
    case 'wait':
      return {
        ...base,
        attempts: base.attempts + (finish.kind === 'retry' ? 1 : 0),
        claims: 0,
        alone: false,
        state: 'pending',
        dueAt: finish.dueAt,
        lease: null,
        lastError: finish.error,
      };
    case 'return':
      return {
        ...base,
        claims: base.claims - 1,
        state: 'pending',
        dueAt: dueAt < now ? dueAt : now,
        lease: null,
        lastError,
      };
  }
}
