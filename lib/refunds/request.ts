import { budgetOf } from '../runtime/budget';
import type { Caller } from '../model/caller';
import type { Refunder } from '../model/operators/principal';
import { limitsOf, refunderOf } from '../model/operators/principal';
import type { Refusal, Reply } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import type { Order } from '../model/order';
import { isPrintable } from '../orders/checked-price';
import { isPayableFen } from '../values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId } from '../values/ids';
import { later } from '../values/instant';
import { isRecord } from '../values/json';
import { askForRefund } from './ask';
import type { AskRefundDeps, Try } from './outcome';
import { applyFacts } from './outcome';
import { mayAskNow } from '../store/shared-pacer';
import { draftRefund } from '../rules/refunds/draft-refund';
import { refundNeedsSecondPerson } from '../rules/second-person';
import type { Fen } from '../values/fen';
import { isBeingHandedOver } from '../rules/hold';
import { overLimit } from './limits';
import type { RefundName, RefundPlan, RefundDemand } from './plan';
import { planRefund } from './plan';
import type { Refund } from '../model/refund';
import { holdsReservation, released, reservationOf } from '../rules/refunds/reservation';
import type { OperatorRefundView } from './view';
import { operatorViewOf } from './view';

/** The refund after the call. */
export type RefundReply = Reply<{ readonly refund: OperatorRefundView }>;

/** How often an order that keeps changing is read again: each time another writer was first. */
const ROUNDS = 60;

/** How long applying WeChat Pay's answer may take, in ms. */
const APPLY_MS = 10_000;

/** The longest reason, in bytes (`refund_desc`, v2 refund). */
const MAX_REASON_BYTES = 80;

/**
 * Refunds money. Event: `{outTradeNo, transactionId?, amount?, requestId? | outRefundNo?,
 * reason?}`, `amount` in fen; absent: everything left of the payment. Without a `transactionId` it
 * is the payment that paid the order, or the only one. Only for operators and the merchant's own
 * code; others get NOT_ALLOWED.
 *
 * The same call again is the same refund, however often and however concurrently it is made (see
 * `RefundName`). A refund with an unknown outcome is answered as `requested`, and `followRefunds`
 * requests it again with the same number.
 */
export async function refundOrder(deps: AskRefundDeps, event: unknown, caller: Caller): Promise<RefundReply> {
  const by = refunderOf(caller.by);
  if (by === null) {
    return refuse('NOT_ALLOWED', 'only an operator or the merchant’s own functions may refund');
  }
  const demand = readDemand(event);
  if ('ok' in demand) return demand;
  return requestRefund(deps, demand, by);
}

/**
 * Makes a refund durable and requests it from WeChat Pay.
 *
 *   reserve on the order (by version) ──▶ refund, requested ──▶ WeChat Pay called ──▶ processing
 *        │ the sum never exceeds             │ from here on `followRefunds` requests it,
 *        │ what was paid                     │ whatever happens
 *        │
 *        └ a crash here leaves a reservation without a refund: no money goes back, nobody calls
 *          WeChat Pay. Repeating the call finds it by its number and goes on. The number is in the
 *          answer REFUND_TOO_LARGE, and in queryRefund as `unfinished`. Where it takes all the
 *          order's money, fulfilment is held until then, or until an operator releases it.
 *
 * The other way round, refund first, would create a refund that is not yet checked against what was
 * paid. A worker would have to check it later, perhaps while another refund is being closed, and
 * `requested` would no longer mean that the money is reserved.
 */
export async function requestRefund(
  deps: AskRefundDeps,
  demand: RefundDemand,
  by: Refunder,
): Promise<RefundReply> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [order] = await deps.store.orders.find([demand.outTradeNo]);
    if (!order) return refuse('ORDER_NOT_FOUND', 'there is no order of this number');
    const refunds = await deps.store.refunds.ofOrder(demand.outTradeNo);
    const placed = await place(deps, order, planRefund(order, refunds, demand), demand, by);
    switch (placed.kind) {
      case 'stale':
        continue;
      case 'refused':
        return placed.refusal;
      case 'placed':
        return answered(deps, placed.refund, placed.which);
    }
  }
  return refuseForNow('ORDER_BUSY', 'the order keeps changing: try again with the same values');
}

type Placed =
  /** `which`: the request that is due; null for a refund whose money belongs to the order again. */
  | { readonly kind: 'placed'; readonly refund: Refund; readonly which: Try | null }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'stale' };

async function place(
  deps: AskRefundDeps,
  order: Order,
  plan: RefundPlan,
  demand: RefundDemand,
  by: Refunder,
): Promise<Placed> {
  switch (plan.kind) {
    case 'refused':
      return plan;
    case 'standing':
      return {
        kind: 'placed',
        refund: plan.refund,
        which: holdsReservation(order, plan.refund) ? 'again' : null,
      };
    case 'create':
      return create(deps, order, plan, demand, by);
    case 'reserve': {
      const [elsewhere] =
        demand.name.kind === 'number' ? await deps.store.refunds.find([plan.outRefundNo]) : [];
      if (elsewhere) return otherOrders(elsewhere);
      const now = deps.clock.now();
      // The write below fails when fulfilment starts in between; then the order is read again.
      if (isBeingHandedOver(order, now))
        return { kind: 'refused', refusal: refuseForNow('ORDER_BUSY', HANDED_OVER) };
      const limits = limitsOf(by, deps.refundSettings.limits);
      if (needsApproval(deps, order, plan.amount, by)) return { kind: 'refused', refusal: NEEDS_APPROVAL };
      const refusal = limits === null ? null : await overLimit(deps, plan, by.who, limits);
      if (refusal !== null) return { kind: 'refused', refusal };
      const reserved = await deps.store.orders.note({
        outTradeNo: order.outTradeNo,
        expectedVersion: order.version,
        refunds: plan.refunds.map((one) =>
          one.outRefundNo === plan.outRefundNo ? { ...one, at: now } : one,
        ),
        entry: {
          at: now,
          event: 'refund_reserved',
          path: 'call',
          actor: by.origin,
          evidence: plan.outRefundNo,
        },
      });
      return reserved ? create(deps, order, plan, demand, by) : { kind: 'stale' };
    }
  }
}

/** Whether this refund waits for a second person. One above a limit is refused for that instead. */
function needsApproval({ refundSettings }: AskRefundDeps, order: Order, amount: Fen, by: Refunder): boolean {
  const single = limitsOf(by, refundSettings.limits)?.single ?? null;
  if (by.origin === 'merchant' || by.approver !== undefined || (single !== null && amount > single))
    return false;
  return refundNeedsSecondPerson(refundSettings.secondPersonAbove, order, amount);
}

const NEEDS_APPROVAL = refuse(
  'NEEDS_APPROVAL',
  'a second person must approve this refund: ask for it in the console, or by npm run ops -- refund',
);

const HANDED_OVER = 'the order is being fulfilled right now: try again in a few minutes with the same values';

async function create(
  deps: AskRefundDeps,
  order: Order,
  { payment, outRefundNo, amount }: Extract<RefundPlan, { kind: 'create' | 'reserve' }>,
  { reason }: RefundDemand,
  { origin, who }: Refunder,
): Promise<Placed> {
  const now = deps.clock.now();
  const refund = draftRefund(
    order,
    payment,
    { outRefundNo, amount, reason, origin, requestedBy: who },
    later(now, deps.refundSettings.askAfterMs[0]),
    { at: now, event: 'refund_requested', path: 'call', actor: origin, evidence: who },
  );
  if ((await deps.store.refunds.create(refund)) === 'created') {
    const { outTradeNo } = order;
    deps.log.info('refund_requested', { outTradeNo, outRefundNo, amount, origin });
    return { kind: 'placed', refund, which: 'first' };
  }
  const [standing] = await deps.store.refunds.find([outRefundNo]);
  if (!standing || standing.outTradeNo === order.outTradeNo) return { kind: 'stale' };
  await giveBack(deps, order, outRefundNo, origin);
  return otherOrders(standing);
}

/** Another order took the number in between: the reservation made here is released. */
async function giveBack(
  deps: AskRefundDeps,
  { outTradeNo }: Order,
  outRefundNo: Refund['outRefundNo'],
  actor: Refunder['origin'],
): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [order] = await deps.store.orders.find([outTradeNo]);
    if (!order || reservationOf(order, outRefundNo) === null) return;
    const now = deps.clock.now();
    const given = await deps.store.orders.note({
      outTradeNo,
      expectedVersion: order.version,
      refunds: released(order, outRefundNo),
      entry: { at: now, event: 'refund_number_taken', path: 'call', actor, evidence: outRefundNo },
    });
    if (given) return;
  }
}

function otherOrders({ outRefundNo }: Refund): Placed {
  const message = `${outRefundNo} names a refund of another order: use a new outRefundNo or a requestId`;
  return { kind: 'refused', refusal: refuse('REFUND_NUMBER_USED', message) };
}

/** Requests the refund from WeChat Pay if still due, and answers its state. */
async function answered(deps: AskRefundDeps, refund: Refund, which: Try | null): Promise<RefundReply> {
  // Without a free slot it stays requested, and a run requests it.
  const { perSecond } = deps.refundSettings;
  const due = refund.progress.state === 'requested' && which !== null;
  if (due && (await mayAskNow(deps, 'refunds', perSecond))) {
    const asked = await askForRefund(deps, refund, which);
    if (asked.kind === 'recorded') await applyFacts(deps, budgetOf(deps.clock, APPLY_MS), [asked.key]);
  }
  const [current = refund] = await deps.store.refunds.find([refund.outRefundNo]);
  const view = operatorViewOf(current);
  if (current.progress.state !== 'closed') return { ok: true, refund: view };
  const why = view.why ?? 'WeChat Pay closed it';
  return refuse('REFUND_CLOSED', `refund ${refund.outRefundNo} is closed and returned no money (${why})`);
}

function readDemand(event: unknown): RefundDemand | Refusal {
  if (!isRecord(event) || !isOutTradeNo(event['outTradeNo'])) {
    return refuse(
      'BAD_INPUT',
      'send {outTradeNo, transactionId?, amount?, requestId? | outRefundNo?, reason?}',
    );
  }
  const { outTradeNo, transactionId = null, amount = null, reason = null } = event;
  if (transactionId !== null && !isTransactionId(transactionId)) {
    return refuse('BAD_INPUT', 'transactionId is the number of a payment: 1 to 32 letters and digits');
  }
  if (amount !== null && !isPayableFen(amount)) {
    return refuse(
      'BAD_INPUT',
      'amount is a whole number of fen, 1 or more; leave it out for all that is left',
    );
  }
  if (reason !== null && !isReason(reason)) {
    return refuse('BAD_INPUT', `reason is a text of 1 to ${MAX_REASON_BYTES} bytes on one line`);
  }
  const name = readName(event);
  if ('ok' in name) return name;
  if (name.kind === 'rest' && amount !== null) {
    const message =
      'a part of the money needs a requestId (8 to 64 of 0-9A-Za-z_-), or an outRefundNo, that is new for every refund and the same for a retry';
    return refuse('BAD_INPUT', message);
  }
  return { outTradeNo, transactionId, amount, name, reason };
}

function readName({ requestId, outRefundNo }: Readonly<Record<string, unknown>>): RefundName | Refusal {
  if (requestId !== undefined && outRefundNo !== undefined) {
    return refuse('BAD_INPUT', 'send requestId or outRefundNo, not both');
  }
  if (outRefundNo !== undefined) {
    return isOutRefundNo(outRefundNo)
      ? { kind: 'number', outRefundNo }
      : refuse('BAD_INPUT', 'outRefundNo is 1 to 64 of 0-9A-Za-z_-|*@');
  }
  if (requestId === undefined) return { kind: 'rest' };
  return typeof requestId === 'string' && /^[0-9A-Za-z_-]{8,64}$/.test(requestId)
    ? { kind: 'request', requestId }
    : refuse('BAD_INPUT', 'requestId is 8 to 64 of 0-9A-Za-z_-');
}

function isReason(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    Buffer.byteLength(value) <= MAX_REASON_BYTES &&
    isPrintable(value)
  );
}
