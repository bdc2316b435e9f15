import type { InboxMessage } from '../../../lib/model/message';
import type { Order } from '../../../lib/model/order';
import type { Refund } from '../../../lib/model/refund';
import { paidFor } from '../../../lib/rules/refunds/reservation';
import { isRecord } from '../../../lib/values/json';
import { paymentsOf } from '../../../simulator/order';
import type { ModelMessage, ModelState } from '../model/state';
import { numberOf } from '../world/payers';
import { sightMessage, sightOrder, turnName } from '../world/sightings';
import type { Machine, World } from '../world/world';
import { Violation } from '../world/world';
import { evidenceAgainst } from './evidence';

/** Looks at each change in the database as it happens. */
export interface Watch {
  effect(machine: Machine, step: string): void;
  acked(event: unknown, source: string): void;
}

/** Steps that change nothing, whatever they read. */
const READS =
  /\.(find|ledger|absent|list|listOpen|listUnresolved|counts|countUnverified|ofOrder|standings|daysOf|firstCreatedAt|read)$/;

/** Watches the database of a world. Both methods throw `Violation`. */
export function startWatch(state: ModelState, worldOf: () => World): Watch {
  const orders = new Map<string, Order>();
  const messages = new Map<string, ModelMessage>();
  const refunds = new Map<string, Refund>();
  return {
    effect(machine, step) {
      if (READS.test(step)) return;
      const world = worldOf();
      const { sightings } = world;
      const now = world.scheduler.now();
      for (const { order } of state.orders.values()) {
        const before = orders.get(order.outTradeNo);
        if (before === order) continue;
        orders.set(order.outTradeNo, order);
        sightOrder(sightings, before ?? null, order, now);
        sightTurn(world, machine, step, order);
        checkOrder(world, before ?? null, order);
      }
      for (const after of state.messages.values()) {
        const before = messages.get(after.message.key);
        if (before === after) continue;
        messages.set(after.message.key, after);
        sightMessage(sightings, after.message, now);
        if (before !== undefined) checkMessage(world, before, after);
        checkNamed(state, after.message);
      }
      for (const { refund } of state.refunds.values()) {
        const before = refunds.get(refund.outRefundNo);
        if (before === refund) continue;
        refunds.set(refund.outRefundNo, refund);
        checkRefund(world, before ?? null, refund);
      }
    },
    acked(event, source) {
      if (!isRecord(event)) return;
      const { transactionId, outRefundNo } = event;
      const trust = source === 'wx_paycallback' ? 'platform' : 'unverified';
      const isKept = [...state.messages.values()].some(({ message }) => {
        const { content } = message;
        if (message.trust !== trust) return false;
        if (content.kind === 'refund') return content.refund.outRefundNo === outRefundNo;
        return content.kind !== 'payment' || content.payment.transactionId === transactionId;
      });
      if (!isKept) throw new Violation('acked_is_durable', `${JSON.stringify(event)} is acked and nowhere`);
    },
  };
}

/** The state before this write decides whether a fulfilment may start. */
function sightTurn(world: World, { group }: Machine, step: string, { outTradeNo }: Order): void {
  const { turns } = world.sightings;
  const name = turnName(group, outTradeNo);
  if (step === 'orders.claimFulfilments') {
    world.atHandOver.get(outTradeNo)?.();
    world.atHandOver.delete(outTradeNo);
  }
  const turn = turns.get(name);
  if (step !== 'orders.beginFulfilment' || turn === undefined) return;
  turns.set(name, { ...turn, begun: { against: evidenceAgainst(world, outTradeNo, turn.askedAt) } });
}

function checkOrder(world: World, before: Order | null, after: Order): void {
  const { outTradeNo, payment, fulfilment } = after;
  const was = before?.payment.state ?? 'pending';
  const truth = world.wechat.describe(outTradeNo)?.order ?? null;
  if (before?.payment.state === 'paid') {
    const same = payment.state === 'paid' && payment.transactionId === before.payment.transactionId;
    if (!same) throw new Violation('paid_is_for_ever', `${outTradeNo} became ${payment.state}`);
  }
  if (before?.fulfilment.state === 'done' && fulfilment.state !== 'done') {
    throw new Violation('delivered_stays', `${outTradeNo} was delivered and became ${fulfilment.state}`);
  }
  if (payment.state === 'paid' && was !== 'paid') {
    if (truth?.payment?.transactionId !== payment.transactionId) {
      throw new Violation('paid_by_evidence', `${outTradeNo} became paid, WeChat Pay has no such payment`);
    }
    if (truth.payment.totalFee !== after.total) {
      throw new Violation('money_agrees', `${outTradeNo} became paid by ${truth.payment.totalFee} fen`);
    }
    if (was !== 'pending' && world.plan.lateMoney !== 'fulfil') {
      throw new Violation('late_money', `${outTradeNo} was ${was} and became paid against the policy`);
    }
    if (fulfilment.state !== 'due' && fulfilment.state !== 'held') {
      throw new Violation('paid_is_due', `${outTradeNo} became paid and its delivery ${fulfilment.state}`);
    }
  }
  if ((payment.state === 'closed' || payment.state === 'failed') && was === 'pending') {
    const isOver =
      truth === null ? isExpired(world, after) : truth.state === 'CLOSED' || wasClosed(world, outTradeNo);
    if (!isOver) {
      throw new Violation(
        'closed_by_evidence',
        `${outTradeNo} became closed, WeChat Pay has it ${truth?.state ?? 'not'}`,
      );
    }
  }
  if (fulfilment.state === 'done' && ![...world.deliveries.parcels.values()].includes(outTradeNo)) {
    throw new Violation('done_is_delivered', `${outTradeNo} is called delivered and never was`);
  }
  for (const { transactionId } of after.otherPayments) {
    if (truth !== null && paymentsOf(truth).some((one) => one.transactionId === transactionId)) continue;
    throw new Violation(
      'paid_by_evidence',
      `${outTradeNo} has ${transactionId} beside it, which is none of its`,
    );
  }
  const reserved = after.refunds.reduce((sum, { amount }) => sum + amount, 0);
  if (reserved > paidFor(after)) {
    throw new Violation(
      'refunds_within_payment',
      `${outTradeNo}: ${reserved} of ${paidFor(after)} fen are promised`,
    );
  }
}

/** Money may come for an order after it was closed: then it was closed nevertheless. */
function wasClosed({ plan }: World, outTradeNo: string): boolean {
  return plan.orders.some((order) => order.pay?.late === true && numberOf(order) === outTradeNo);
}

const AN_HOUR = 3_600_000;
const CLOCKS_DIFFER_MS = 5_000;

/**
 * Whether no request for this order can still arrive, by the machines' own clocks, which the plan
 * may have set.
 */
function isExpired({ scheduler, plan }: World, { expiresAt }: Order): boolean {
  const set = plan.events.reduce(
    (sum, event) => sum + (event.kind === 'clock' ? Math.abs(event.byMs) : 0),
    0,
  );
  return scheduler.now() >= expiresAt + AN_HOUR - CLOCKS_DIFFER_MS - set;
}

/** What is dead because it disagrees is named before. */
function checkNamed(state: ModelState, message: InboxMessage): void {
  if (message.state !== 'dead' || message.reason !== 'mismatch') return;
  const { outTradeNo, content, key } = message;
  const isNamed = [...state.discrepancies.values()].some(({ subject }) =>
    content.kind === 'refund'
      ? subject.kind === 'refund' && subject.outRefundNo === content.refund.outRefundNo
      : subject.kind === 'payment' && subject.outTradeNo === outTradeNo,
  );
  if (!isNamed) throw new Violation('dead_is_named', `${key} is dead as a mismatch, and nothing says which`);
}

/** Who ends a message's turn is who holds it. */
function checkMessage(
  { platform }: World,
  { message: before }: ModelMessage,
  { message: after, finishedUnder }: ModelMessage,
): void {
  if (before.state !== 'pending') {
    const brought = after.state === 'pending' && before.state === 'dead' && after.replays > before.replays;
    if (after.state !== before.state && !brought) {
      throw new Violation('an_end_is_an_end', `${before.key} was ${before.state} and became ${after.state}`);
    }
    return;
  }
  if (before.lease === null || stillHeld(before, after)) return;
  if (isClaim(before, after)) return;
  if (platform !== null && isHandedBack(before, after)) return;
  if (finishedUnder !== before.lease.token) {
    throw new Violation(
      'fenced',
      `${before.key} was held under ${before.lease.token}, ended under ${String(finishedUnder)}`,
    );
  }
  if (after.state !== 'pending' && after.finishedAt >= before.lease.until) {
    throw new Violation('fenced', `${before.key} was ended after its lease ran out`);
  }
}

type Pending = Extract<InboxMessage, { state: 'pending' }>;

function stillHeld(before: Pending, after: InboxMessage): boolean {
  return after.state === 'pending' && after.lease?.token === before.lease?.token;
}

/**
 * On CloudBase a claim leases first and then hands back what is more than may be held, unworked. In
 * the model both are one step.
 */
function isHandedBack(before: Pending, after: InboxMessage): boolean {
  return (
    after.state === 'pending' &&
    after.lease === null &&
    after.claims === before.claims - 1 &&
    after.attempts === before.attempts &&
    after.history.length === before.history.length
  );
}

function isClaim(before: Pending, after: InboxMessage): boolean {
  if (after.state === 'dead' && after.reason === 'operator') return true;
  return after.state === 'pending' && after.lease !== null && after.claims === before.claims + 1;
}

function checkRefund(world: World, before: Refund | null, after: Refund): void {
  const { outRefundNo, progress } = after;
  const truth = world.wechat.refunds().find(({ asked }) => asked.outRefundNo === outRefundNo);
  if (before?.progress.state === 'succeeded' && progress.state !== 'succeeded') {
    throw new Violation('refunded_is_for_ever', `${outRefundNo} became ${progress.state}`);
  }
  if (before?.progress.state === progress.state) return;
  const was = (state: string) => truth?.changes.some((change) => change.state === state) === true;
  switch (progress.state) {
    case 'requested':
      return;
    case 'processing':
      if (truth === undefined)
        throw new Violation('refund_by_evidence', `${outRefundNo} is nowhere at WeChat Pay`);
      return;
    case 'succeeded':
      if (!was('SUCCESS')) throw new Violation('refund_by_evidence', `${outRefundNo} was never paid back`);
      return;
    case 'closed':
      if (truth !== undefined && !was('REFUNDCLOSE')) {
        throw new Violation('refund_by_evidence', `${outRefundNo} was not closed by WeChat Pay`);
      }
      return;
    case 'abnormal':
      if (!was('CHANGE')) throw new Violation('refund_by_evidence', `${outRefundNo} was never abnormal`);
      return;
  }
}
