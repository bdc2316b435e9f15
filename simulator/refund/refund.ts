import { z } from 'zod';
import { fen, isFen, isPayableFen, type Fen } from '../../lib/values/fen';
import { isInstant, later, type Instant } from '../../lib/values/instant';
import { newNotification, notificationSchema } from '../notification';
import { paymentCalled, type SimulatedOrder, type SimulatedPayment } from '../order';
import { notificationFaults, settledWishSchema, type SettledWish } from './wish';

const instantSchema = z.custom<Instant>(isInstant);
const amountSchema = z.custom<Fen>((value) => isFen(value) && value >= 0);

const stateSchema = z.enum(['PROCESSING', 'SUCCESS', 'REFUNDCLOSE', 'CHANGE']);

/**
 * How a refund stands at WeChat Pay. `CHANGE`: the payer's account takes no money; somebody has to
 * deal with it.
 */
export type RefundState = z.infer<typeof stateSchema>;

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
  /** The function that hears of it; null when none was named. */
  functionName: z.string().nullable(),
});

/** What a merchant asked to give back. */
export type AskedRefund = Readonly<z.infer<typeof askedSchema>>;

/** Everything the simulated WeChat Pay knows of a refund. */
export const refundSchema = z.object({
  asked: askedSchema,
  refundId: z.string(),
  transactionId: z.string(),
  /** How much of the refund a coupon had paid, and what of it leaves the merchant's settlement. */
  couponFee: amountSchema,
  settlementFee: amountSchema,
  acceptedAt: instantSchema,
  state: stateSchema,
  /** Every state it has been in after PROCESSING, oldest first. */
  changes: z.array(z.object({ state: stateSchema, at: instantSchema })),
  /** When it ends by itself; null when it does not, or has. */
  endsAt: instantSchema.nullable(),
  wish: settledWishSchema,
  /** One for each state that was or is to be told, in the order of their making. */
  notifications: z.array(
    z.object({ state: stateSchema, at: instantSchema, notification: notificationSchema }),
  ),
});

/** A refund of the simulated WeChat Pay. */
export type SimulatedRefund = Readonly<z.infer<typeof refundSchema>>;

/**
 * The life of a refund at WeChat Pay (v2 refund and refund notification):
 *
 *   asked ──▶ PROCESSING ── on its clock, as wished ──▶ SUCCESS
 *                 │                                ├──▶ REFUNDCLOSE: the money goes back to the merchant
 *                 └── (pending: stays for ever)    └──▶ CHANGE ── resolved by hand ──▶ SUCCESS | REFUNDCLOSE
 *
 *   asked again, same number and values: the same refund, whatever its state · same number, other values: refused
 */

/** Why WeChat Pay declines to refund. */
export type RefundRefusal =
  | 'no_such_order'
  | 'not_paid'
  | 'overdue'
  | 'values_differ'
  | 'number_used'
  | 'bad_refund'
  | 'all_refunded'
  | 'too_much'
  | 'too_many';

/** The refund that was accepted, now or before; or why none was. */
export type RefundStep =
  | { readonly kind: 'accepted'; readonly refund: SimulatedRefund; readonly isNew: boolean }
  | { readonly kind: 'refused'; readonly reason: RefundRefusal };

/** What a new refund begins with beside what was asked. */
export interface FreshRefund {
  readonly refundId: string;
  readonly now: Instant;
  readonly wish: SettledWish;
}

/** Partial refunds of one order that WeChat Pay takes (CloudPay.refund documentation). */
const MOST_REFUNDS = 50;

/** WeChat Pay refunds for a year after the payment (CloudPay.refund documentation). */
const REFUNDABLE_MS = 365 * 24 * 3600_000;

/**
 * Takes a refund, or finds the one that was asked for before, however that one has ended.
 * `others`: the order's refunds so far; `existing`: the merchant's refund of this number.
 */
export function accept(
  order: SimulatedOrder | null,
  others: readonly SimulatedRefund[],
  existing: SimulatedRefund | null,
  asked: AskedRefund,
  { refundId, now, wish }: FreshRefund,
): RefundStep {
  const refused = (reason: RefundRefusal): RefundStep => ({ kind: 'refused', reason });
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
    endsAt: wish.outcome === 'pending' ? null : later(now, wish.takesMs),
    wish,
    notifications: [],
  };
  return { kind: 'accepted', refund, isNew: true };
}

/**
 * How much of a refund a coupon had paid: its share of the order, so reckoned that all refunds
 * together give back exactly what the coupon and the payer each paid.
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

/**
 * A notification that was overtaken comes this much after the one that overtook it is first sent,
 * in ms.
 */
const OVERTAKEN_BY_MS = 1_000;

/**
 * The refund in its next state, with the notifications that its wish makes of it. `nonce` makes a
 * fresh `nonceStr`.
 */
export function moved(
  refund: SimulatedRefund,
  state: RefundState,
  at: Instant,
  nonce: () => string,
): SimulatedRefund {
  const { wish, asked } = refund;
  const after = { ...refund, state, changes: [...refund.changes, { state, at }], endsAt: null };
  if (asked.functionName === null || wish.notify === 'never') return after;
  const told = (change: (typeof after.changes)[number], from: Instant) => ({
    ...change,
    notification: newNotification(nonce(), from, notificationFaults(wish)),
  });
  const news = told({ state, at }, at);
  if (wish.notify !== 'overtaken') return { ...after, notifications: [...refund.notifications, news] };
  if (state === 'CHANGE') return after;
  const old = refund.changes.map((change) => told(change, later(at, OVERTAKEN_BY_MS)));
  return { ...after, notifications: [...refund.notifications, news, ...old] };
}

/** The state a refund ends in by itself; null for one that does not. */
export function wishedEnd({ wish }: SimulatedRefund): RefundState | null {
  switch (wish.outcome) {
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

/** How a refund stood at an instant after it was accepted. */
export function stateAt(refund: SimulatedRefund, at: Instant): RefundState {
  return refund.changes.filter((change) => change.at <= at).at(-1)?.state ?? 'PROCESSING';
}

/** When a refund succeeded; null while it has not. */
export function succeededAt(refund: SimulatedRefund): Instant | null {
  return refund.changes.find(({ state }) => state === 'SUCCESS')?.at ?? null;
}
