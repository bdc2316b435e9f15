import type { Caller } from '../../model/caller';
import type { DiscrepancyClass } from '../../model/discrepancy';
import type { InboxMessage, Source, Trust } from '../../model/message';
import type { Order } from '../../model/order';
import { refunderOf } from '../../model/operators/principal';
import type { Refund } from '../../model/refund';
import type { Refusal, Reply } from '../../runtime/reply';
import { refuse } from '../../runtime/reply';
import { CANARY_FEN, CANARY_PREFIX, isCanary } from '../../values/canary';
import type { BeijingDay } from '../../values/day';
import { fen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import { isRecord } from '../../values/json';
import type { AskDeps } from '../ask';
import { orderOfCaller, queryOrder } from '../ask';
import type { CreateDeps, CreateReply } from '../create';
import { createOrder } from '../create';
import type { Fulfil } from '../fulfil';
import type { OrderView } from '../view';

/*
 * A canary: an order of one fen that an operator pays, gets back and finds in the bill. It goes the
 * whole way of a payment, with real money, and nothing is handed over.
 *
 *   createOrder {canary: true} ──▶ paid ──▶ notified ──▶ fulfilled without the merchant's code
 *        ──▶ refundOrder ──▶ notified ──▶ next day: payment and refund in the bill
 */

/** True for an event that asks for a canary. */
export function wantsCanary(event: unknown): event is Readonly<Record<string, unknown>> {
  return isRecord(event) && event['canary'] === true;
}

/**
 * Creates a canary for its caller, who pays it. Event: `{requestId, canary: true, subMchId?}`. Like
 * `createOrder`, at the price of one fen and without the merchant's code. Only for callers who may
 * refund, so that its money comes back.
 */
export async function createCanary(
  deps: CreateDeps,
  event: Readonly<Record<string, unknown>>,
  caller: Caller,
): Promise<CreateReply> {
  const refusal = notAnOperator(caller);
  if (refusal !== null) return refusal;
  const { merchants } = deps.settings;
  const asked = event['subMchId'] ?? merchants[0];
  const subMchId = merchants.find((merchant) => merchant === asked);
  if (subMchId === undefined) return refuse('BAD_INPUT', 'subMchId must be one of merchants');
  const { requestId } = event;
  return createOrder(
    {
      ...deps,
      settings: { ...deps.settings, numberPrefix: CANARY_PREFIX },
      price: async () => ({ subMchId, total: fen(CANARY_FEN), body: 'canary' }),
    },
    { requestId, cart: { canary: true, subMchId } },
    caller,
  );
}

/** A notification about a canary. */
export interface CanaryNotification {
  readonly kind: InboxMessage['content']['kind'];
  /** `platform`: it carried the mark or signature that proves it. */
  readonly trust: Trust;
  /** How it came: by a callback, or otherwise. */
  readonly paths: readonly Source[];
  readonly receivedAt: Instant;
}

/** How far a canary has come. Every time is null until it is reached. */
export interface CanaryReport {
  readonly prepaidAt: Instant | null;
  readonly paidAt: Instant | null;
  /** How long after the payment we knew of it, in ms. */
  readonly knownAfterMs: number | null;
  readonly fulfilledAt: Instant | null;
  readonly notifications: readonly CanaryNotification[];
  readonly refund: Refund['progress']['state'] | null;
  /** The day of the bill in which each was found. */
  readonly billed: { readonly payment: BeijingDay | null; readonly refund: BeijingDay | null };
  /** What does not agree. There should be none. */
  readonly discrepancies: readonly DiscrepancyClass[];
  readonly next: CanaryStep;
}

/** What a canary waits for. */
export const CANARY_STEPS = [
  'pay it',
  'wait for the payment to be known',
  'wait for fulfilment',
  'refund it with refundOrder',
  'wait for the refund',
  'wait for the bill, the next day until 10:30',
  'look at the discrepancies',
  'nothing: all is well',
  'order another one: it was not paid in time',
] as const;

/** One of `CANARY_STEPS`. */
export type CanaryStep = (typeof CANARY_STEPS)[number];

/**
 * Like `queryOrder`, and how far the canary has come. Event: `{outTradeNo, canary: true}`. Only for
 * the operator who paid it.
 */
export async function followCanary(
  deps: AskDeps & CanaryBooks,
  event: Readonly<Record<string, unknown>>,
  caller: Caller,
): Promise<Reply<{ readonly order: OrderView; readonly canary: CanaryReport }>> {
  const refusal = notAnOperator(caller);
  if (refusal !== null) return refusal;
  const asked = await queryOrder(deps, event, caller);
  if (!asked.ok) return asked;
  const found = await orderOfCaller(deps, event, caller.payer);
  if (!found.ok) return found;
  const { outTradeNo } = found.order;
  if (!isCanary(found.order)) return refuse('BAD_INPUT', 'this order is no canary');
  const [messages, [refund], discrepancies] = await Promise.all([
    deps.store.inbox.ofOrder(outTradeNo),
    deps.store.refunds.ofOrder(outTradeNo),
    deps.store.discrepancies.ofOrder(outTradeNo),
  ]);
  const open = discrepancies.filter(({ resolution }) => resolution === null);
  const classes = open.map((one) => one.class);
  return {
    ok: true,
    order: asked.order,
    canary: canaryReport(found.order, messages, refund ?? null, classes),
  };
}

/** The books in which a canary is looked for, beside those of `queryOrder`. */
export interface CanaryBooks {
  readonly store: {
    readonly discrepancies: {
      ofOrder(
        outTradeNo: Order['outTradeNo'],
      ): Promise<readonly { readonly class: DiscrepancyClass; readonly resolution: unknown }[]>;
    };
  };
}

/** How far a canary has come. Pure. */
export function canaryReport(
  order: Order,
  messages: readonly InboxMessage[],
  refund: Refund | null,
  discrepancies: readonly DiscrepancyClass[],
): CanaryReport {
  const { payment, fulfilment, prepay, statement } = order;
  const paid = payment.state === 'paid' ? payment : null;
  const report = {
    prepaidAt: prepay?.at ?? null,
    paidAt: paid?.paidAt ?? null,
    knownAfterMs: paid === null ? null : paid.knownAt - paid.paidAt,
    fulfilledAt: fulfilment.state === 'done' ? fulfilment.doneAt : null,
    notifications: messages.map(({ content, trust, confirmedBy, receivedAt }) => ({
      kind: content.kind,
      trust,
      paths: confirmedBy,
      receivedAt,
    })),
    refund: refund?.progress.state ?? null,
    billed: { payment: statement?.day ?? null, refund: refund?.statement?.day ?? null },
    discrepancies,
  };
  return { ...report, next: nextStep(order, report) };
}

function nextStep(
  { payment, prepay }: Order,
  { fulfilledAt, refund, billed, discrepancies }: Omit<CanaryReport, 'next'>,
): CanaryStep {
  if (discrepancies.length > 0) return 'look at the discrepancies';
  if (payment.state === 'pending') return prepay === null ? 'pay it' : 'wait for the payment to be known';
  if (payment.state !== 'paid') return 'order another one: it was not paid in time';
  if (fulfilledAt === null) return 'wait for fulfilment';
  if (refund === null) return 'refund it with refundOrder';
  if (refund !== 'succeeded') return 'wait for the refund';
  return billed.payment === null || billed.refund === null
    ? 'wait for the bill, the next day until 10:30'
    : 'nothing: all is well';
}

/** Fulfils a canary by itself: nothing is sold with it. Every other order goes to the merchant. */
export function sparingCanaries(fulfil: Fulfil): Fulfil {
  return (order, key, signal, note) =>
    isCanary(order)
      ? Promise.resolve({ receipt: 'canary: nothing is handed over' })
      : fulfil(order, key, signal, note);
}

function notAnOperator({ by }: Caller): Refusal | null {
  return refunderOf(by) === null
    ? refuse('NOT_ALLOWED', 'only an operator who may refund may make a canary')
    : null;
}
