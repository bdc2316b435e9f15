import { z } from 'zod';
import { fen, isFen, isPayableFen, type Fen } from '../../lib/values/fen';
import { isInstant, later, type Instant } from '../../lib/values/instant';
import { newNotification, notificationSchema } from '../notification';
import { paymentCalled, type SimulatedOrder, type SimulatedPayment } from '../order';
import { notificationFaults, settledScriptSchema, type SettledScript } from './script';

const instantSchema = z.custom<Instant>(isInstant);
const amountSchema = z.custom<Fen>((value) => isFen(value) && value >= 0);

const stateSchema = z.enum(['PROCESSING', 'SUCCESS', 'REFUNDCLOSE', 'CHANGE']);

/**
 * The state of a refund at WeChat Pay. `CHANGE`: the payer's account cannot receive the money, so a
 * person must resolve it.
 */
export type SimulatedRefundState = z.infer<typeof stateSchema>;

const askedSchema = z.object({
  subMchId: z.string(),
  outTradeNo: z.string(),
  /** The payment that was named; null when the order was. */
  transactionId: z.string().nullable().default(null),
  outRefundNo: z.string(),
  totalFee: z.custom<Fen>(isPayableFen),
  refundFee: z.custom<Fen>(isPayableFen),
  desc: z.string().nullable(),
  account: z.enum(['REFUND_SOURCE_UNSETTLED_FUNDS', 'REFUND_SOURCE_RECHARGE_FUNDS']),
  requestedIn: z.enum(['API', 'VENDOR_PLATFORM']),
  /** The function that receives its notification; null when none was named. */
  functionName: z.string().nullable(),
  /** Where API v3 posts its notification; null when none was named. */
  notifyUrl: z.string().nullable().default(null),
});

/** A merchant's refund request. */
export type AskedRefund = Readonly<z.infer<typeof askedSchema>>;

/** A refund of the simulated WeChat Pay. */
export const refundSchema = z.object({
  asked: askedSchema,
  refundId: z.string(),
  transactionId: z.string(),
  /**
   * The part of the refund that a coupon paid, and the part that leaves the merchant's settlement.
   */
  couponFee: amountSchema,
  settlementFee: amountSchema,
  acceptedAt: instantSchema,
  state: stateSchema,
  /** Every state after PROCESSING, oldest first. */
  changes: z.array(z.object({ state: stateSchema, at: instantSchema })),
  /** When it ends by itself; null when it does not, or already has. */
  endsAt: instantSchema.nullable(),
  script: settledScriptSchema,
  /** One for each notified state, in order of creation. */
  notifications: z.array(
    z.object({ state: stateSchema, at: instantSchema, notification: notificationSchema }),
  ),
});

/** A refund of the simulated WeChat Pay. */
export type SimulatedRefund = Readonly<z.infer<typeof refundSchema>>;

/**
 * The life of a refund at WeChat Pay (v2 refund and refund notification):
 *
 *   requested ──▶ PROCESSING ── in time ──┬──▶ SUCCESS
 *                     │                   ├──▶ REFUNDCLOSE: the money goes back to the merchant
 *                     │                   └──▶ CHANGE ── by hand ──▶ SUCCESS | REFUNDCLOSE
 *                     └── (pending: stays so)
 *
 *   requested again, same number and values: the same refund, in any state
 *   requested again, same number, other values: refused
 */

/** Why WeChat Pay refuses to refund. */
export type SimulatedRefusal =
  | 'no_such_order'
  | 'not_paid'
  | 'overdue'
  | 'values_differ'
  | 'number_used'
  | 'bad_refund'
  | 'all_refunded'
  | 'too_much'
  | 'too_many';

/** The accepted refund, new or existing; or why it is refused. */
export type RefundStep =
  | { readonly kind: 'accepted'; readonly refund: SimulatedRefund; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly reason: SimulatedRefusal };

/** The initial values of a new refund, beside the request. */
export interface FreshRefund {
  readonly refundId: string;
  readonly now: Instant;
  readonly script: SettledScript;
}

/** The most partial refunds of one order (CloudPay.refund documentation). */
const MOST_REFUNDS = 50;

/** WeChat Pay refunds for a year after the payment (CloudPay.refund documentation). */
const REFUNDABLE_MS = 365 * 24 * 3600_000;

/**
 * Accepts a refund, or finds the one requested before, in any state. `others`: the order's refunds
 * so far; `existing`: the merchant's refund of this number.
 */
export function accept(
  order: SimulatedOrder | null,
  others: readonly SimulatedRefund[],
  existing: SimulatedRefund | null,
  asked: AskedRefund,
  { refundId, now, script }: FreshRefund,
): RefundStep {
  const refused = (reason: SimulatedRefusal): RefundStep => ({ kind: 'refused', reason });
  if (asked.refundFee > asked.totalFee) return refused('bad_refund');
  if (existing !== null) {
    if (existing.asked.outTradeNo !== asked.outTradeNo) return refused('number_used');
    const { totalFee, refundFee } = existing.asked;
    return totalFee === asked.totalFee && refundFee === asked.refundFee
      ? { kind: 'accepted', refund: existing, isNew: false }
      : refused('values_differ');
  }
  if (order === null) return refused('no_such_order');
  const payment = paymentCalled(order, asked.transactionId);
  if (payment === null) return refused('not_paid');
  if (now - payment.paidAt > REFUNDABLE_MS) return refused('overdue');
  if (asked.totalFee !== payment.totalFee) return refused('values_differ');
  const ofPayment = others.filter(({ transactionId }) => transactionId === payment.transactionId);
  const standing = ofPayment.filter(({ state }) => state !== 'REFUNDCLOSE');
  const before = standing.reduce((total, refund) => total + refund.asked.refundFee, 0);
  if (before === payment.totalFee) return refused('all_refunded');
  if (before + asked.refundFee > payment.totalFee) return refused('too_much');
  if (ofPayment.length >= MOST_REFUNDS) return refused('too_many');

  const couponFee = couponPart(payment, standing, asked.refundFee);
  const refund: SimulatedRefund = {
    asked,
    refundId,
    transactionId: payment.transactionId,
    couponFee,
    settlementFee: fen(asked.refundFee - (payment.coupon?.type === 'NO_CASH' ? couponFee : 0)),
    acceptedAt: now,
    state: 'PROCESSING',
    changes: [],
    endsAt: script.outcome === 'pending' ? null : later(now, script.takesMs),
    script,
    notifications: [],
  };
  return { kind: 'accepted', refund, isNew: true };
}

/**
 * The part of a refund that a coupon paid: its share of the order, calculated so that all refunds
 * together return exactly what the coupon and the payer each paid.
 */
function couponPart(payment: SimulatedPayment, standing: readonly SimulatedRefund[], refundFee: Fen): Fen {
  const coupon = payment.coupon?.fee ?? 0;
  const before = standing.reduce((total, refund) => total + refund.asked.refundFee, 0);
  const couponBefore = standing.reduce((total, refund) => total + refund.couponFee, 0);
  const cashLeft = payment.totalFee - coupon - (before - couponBefore);
  const share = Number((BigInt(coupon) * BigInt(before + refundFee)) / BigInt(payment.totalFee));
  const most = Math.min(refundFee, coupon - couponBefore);
  return fen(Math.min(most, Math.max(share - couponBefore, refundFee - cashLeft, 0)));
}

/** Delay of an overtaken notification after the first send of the one that overtakes it, in ms. */
const OVERTAKEN_BY_MS = 1_000;

/**
 * The refund in its next state, with the notifications that its requested outcome implies. `nonce`
 * generates a `nonceStr`.
 */
export function moved(
  refund: SimulatedRefund,
  state: SimulatedRefundState,
  at: Instant,
  nonce: () => string,
): SimulatedRefund {
  const { script, asked } = refund;
  const after = { ...refund, state, changes: [...refund.changes, { state, at }], endsAt: null };
  if ((asked.functionName ?? asked.notifyUrl) === null || script.notify === 'never') return after;
  const notified = (change: (typeof after.changes)[number], from: Instant) => ({
    ...change,
    notification: newNotification(nonce(), from, notificationFaults(script)),
  });
  const latest = notified({ state, at }, at);
  if (script.notify !== 'overtaken') return { ...after, notifications: [...refund.notifications, latest] };
  if (state === 'CHANGE') return after;
  const old = refund.changes.map((change) => notified(change, later(at, OVERTAKEN_BY_MS)));
  return { ...after, notifications: [...refund.notifications, latest, ...old] };
}

/** The final state of a refund that ends by itself; null for one that does not. */
export function scriptedEnd({ script }: SimulatedRefund): SimulatedRefundState | null {
  switch (script.outcome) {
    case 'succeeds':
      return 'SUCCESS';
    case 'closes':
      return 'REFUNDCLOSE';
    case 'abnormal':
      return 'CHANGE';
    case 'pending':
      return null;
  }
}

/** The state of a refund at an instant after it was accepted. */
export function stateAt(refund: SimulatedRefund, at: Instant): SimulatedRefundState {
  return refund.changes.filter((change) => change.at <= at).at(-1)?.state ?? 'PROCESSING';
}

/** When a refund succeeded; null if it did not. */
export function succeededAt(refund: SimulatedRefund): Instant | null {
  return refund.changes.find(({ state }) => state === 'SUCCESS')?.at ?? null;
}
