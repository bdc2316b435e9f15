import { budgetOf } from '../runtime/budget';
import type { Caller } from '../runtime/caller';
import type { Refusal, Reply } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import type { Order } from '../model/order';
import { isPrintable } from '../orders/checked-price';
import { isPayableFen } from '../values/fen';
import { isOutRefundNo, isOutTradeNo, isTransactionId, maskPayer } from '../values/ids';
import { later } from '../values/instant';
import { isRecord } from '../values/json';
import type { AskRefundDeps, Try } from './ask';
import { applyFacts, askForRefund } from './ask';
import { mayAskNow } from './shared-pacer';
import { draftRefund } from '../rules/draft-refund';
import { isBeingHandedOver } from '../rules/hold';
import { overLimit } from './limits';
import type { RefundName, RefundPlan, RefundWish } from './plan';
import { planRefund } from './plan';
import type { Refund, RefundOrigin } from '../model/refund';
import { holdsReservation, released, reservationOf } from '../rules/reservation';
import type { OperatorRefundView } from './view';
import { operatorViewOf } from './view';

/** In whose name a refund is asked for. */
export interface Requester {
  readonly origin: Extract<RefundOrigin, 'operator' | 'merchant'>;
  /** Who it is, in words that may be stored and shown: no whole OPENID. */
  readonly who: string;
}

/** The refund as it stands after the call. */
export type RefundReply = Reply<{ readonly refund: OperatorRefundView }>;

/** An order that keeps changing is looked at again this often: each time somebody else has got ahead. */
const ROUNDS = 60;

/** How long applying what WeChat Pay said may take, in ms. */
const APPLY_MS = 10_000;

/** The longest reason, in bytes (`refund_desc`, v2 refund). */
const MAX_REASON_BYTES = 80;

/**
 * Gives money back. Event: `{outTradeNo, transactionId?, amount?, requestId? | outRefundNo?, reason?}`, `amount` in fen; without one, all that is
 * left of the payment. Without a `transactionId` it is the payment that paid the order, or the only one that came.
 * Only for an operator or the merchant's own code; anybody else gets NOT_ALLOWED.
 *
 * The same call again is the same refund, however often and however concurrently it is made (see `RefundName`). A refund whose outcome
 * is not known yet is answered as `requested` and asked for again by `followRefunds`, always with the same number.
 */
export async function refundOrder(deps: AskRefundDeps, event: unknown, caller: Caller): Promise<RefundReply> {
  const { authority } = caller;
  if (authority === 'none' || authority === 'reader') {
    return refuse('NOT_ALLOWED', 'only an operator or the merchant’s own functions may refund');
  }
  const wish = readWish(event);
  if ('ok' in wish) return wish;
  const who = requesterName(caller, authority);
  return requestRefund(deps, wish, { origin: authority, who });
}

/**
 * Who asks, in words that may be stored. Merchant code is named so, however its call came here; what the platform says of the
 * call's way (`scf`, `wx_trigger`) names nobody.
 */
function requesterName({ payer, source }: Caller, authority: Requester['origin']): string {
  if (authority === 'merchant') return authority;
  return payer === null ? source || authority : maskPayer(payer);
}

/**
 * Makes a refund durable and asks WeChat Pay for it.
 *
 *   set aside on the order (fenced by its version) ──▶ refund, requested ──▶ WeChat Pay asked ──▶ processing
 *        │ the sum never exceeds what was paid              │ from here on `followRefunds` asks, whatever happens
 *        └ a crash here leaves money set aside and no refund: nothing is paid back for it, nobody asks WeChat Pay.
 *          The same call again finds it by its number and goes on. So does whoever is told REFUND_TOO_LARGE because of
 *          it, or sees it as `unfinished` in queryRefund: both name the number to call with.
 *
 * The other way round, refund first, would leave a refund that nobody has checked against what was paid, for a
 * worker to check later and perhaps against a refund that is just being closed: `requested` would no longer mean that
 * its money is set aside.
 */
export async function requestRefund(
  deps: AskRefundDeps,
  wish: RefundWish,
  by: Requester,
): Promise<RefundReply> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [order] = await deps.store.orders.find([wish.outTradeNo]);
    if (!order) return refuse('ORDER_NOT_FOUND', 'there is no order of this number');
    const refunds = await deps.store.refunds.ofOrder(wish.outTradeNo);
    const placed = await place(deps, order, planRefund(order, refunds, wish), wish, by);
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
  /** `which`: the try that is due; null for a refund whose money is back with the order. */
  | { readonly kind: 'placed'; readonly refund: Refund; readonly which: Try | null }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'stale' };

async function place(
  deps: AskRefundDeps,
  order: Order,
  plan: RefundPlan,
  wish: RefundWish,
  by: Requester,
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
      return create(deps, order, plan, wish, by);
    case 'reserve': {
      const [elsewhere] =
        wish.name.kind === 'number' ? await deps.store.refunds.find([plan.outRefundNo]) : [];
      if (elsewhere) return otherOrders(elsewhere);
      const now = deps.clock.now();
      // The write below fails when handing over begins in between: then it is looked at again.
      if (isBeingHandedOver(order, now))
        return { kind: 'refused', refusal: refuseForNow('ORDER_BUSY', HANDED_OVER) };
      const refusal = await refusedByLimits(deps, plan, by);
      if (refusal !== null) return { kind: 'refused', refusal };
      const reserved = await deps.store.orders.note({
        outTradeNo: order.outTradeNo,
        expectedVersion: order.version,
        refunds: plan.refunds,
        entry: {
          at: now,
          event: 'refund_reserved',
          path: 'call',
          actor: by.origin,
          evidence: plan.outRefundNo,
        },
      });
      return reserved ? create(deps, order, plan, wish, by) : { kind: 'stale' };
    }
  }
}

/** Merchant code has no limits: what it refunds follows from the shop's own rules, and a limit would strand them half done. */
async function refusedByLimits(
  deps: AskRefundDeps,
  plan: Extract<RefundPlan, { kind: 'reserve' }>,
  { origin, who }: Requester,
): Promise<Refusal | null> {
  switch (origin) {
    case 'operator':
      return overLimit(deps, plan, who);
    case 'merchant':
      return null;
  }
}

const HANDED_OVER =
  'the order is being handed over right now: ask again in some seconds with the same values';

async function create(
  deps: AskRefundDeps,
  order: Order,
  { payment, outRefundNo, amount }: Extract<RefundPlan, { kind: 'create' | 'reserve' }>,
  { reason }: RefundWish,
  { origin, who }: Requester,
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

/** Another order took the number in between: what was set aside under it here is given back. */
async function giveBack(
  deps: AskRefundDeps,
  { outTradeNo }: Order,
  outRefundNo: Refund['outRefundNo'],
  actor: Requester['origin'],
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

/** Asks WeChat Pay if that is still to be done, and answers the refund as it is then. */
async function answered(deps: AskRefundDeps, refund: Refund, which: Try | null): Promise<RefundReply> {
  // Without a turn it stays requested, and a run asks in its own.
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
  return refuse('REFUND_CLOSED', `refund ${refund.outRefundNo} paid nothing back and is closed (${why})`);
}

function readWish(event: unknown): RefundWish | Refusal {
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
      'a part of the money needs a requestId (8 to 64 of 0-9A-Za-z_-), or an outRefundNo, that is new for every refund and the same when you ask for it again';
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
