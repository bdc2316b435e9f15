import { z } from 'zod';
import { isPayableFen, type Fen } from '../lib/values/fen';
import { isInstant, type Instant } from '../lib/values/instant';
import { DEFAULT_FEE_RATE } from './fee';
import { notificationSchema } from './notification';

const instantSchema = z.custom<Instant>(isInstant);
const fenSchema = z.custom<Fen>(isPayableFen);

/** What only an order through API v3 has. */
const v3AskedSchema = z.object({
  /** `mchid`, or `sp_mchid`: the number that signed. */
  signer: z.string(),
  /** `sub_mchid`; null for a merchant with its own number. */
  subMchId: z.string().nullable(),
  /** `appid` or `sp_appid`, and `sub_appid`. */
  appId: z.string(),
  subAppId: z.string().nullable(),
  /** By which mini program the payer's openid is: the merchant's own, or the provider's. */
  payerOf: z.enum(['own', 'sub', 'sp']),
  notifyUrl: z.string(),
  /** The request's body as canonical JSON: asked again, every field must be the same. */
  values: z.string(),
});

/** What only an order through API v3 has. */
export type V3Asked = Readonly<z.infer<typeof v3AskedSchema>>;

/** A merchant's order request. Two requests for one order number must agree in every field. */
const askedSchema = z.object({
  subMchId: z.string(),
  outTradeNo: z.string(),
  totalFee: fenSchema,
  feeType: z.string(),
  body: z.string(),
  attach: z.string().nullable(),
  subOpenid: z.string(),
  /** Beijing time as sent (`yyyyMMddHHmmss`), and its instant; null: WeChat Pay's default. */
  timeExpire: z.string().nullable(),
  expiresAt: instantSchema.nullable(),
  functionName: z.string(),
  envId: z.string(),
  /** Null for an order through cloud development. */
  v3: v3AskedSchema.nullable().default(null),
});

const couponSchema = z.object({
  /** `CASH` was prepaid by the merchant. `NO_CASH` was not: that part is never settled. */
  type: z.enum(['CASH', 'NO_CASH']),
  fee: fenSchema,
});

const paymentSchema = z.object({
  transactionId: z.string(),
  paidAt: instantSchema,
  /** The amount that WeChat Pay reports: the order amount, unless a fault changes it. */
  totalFee: fenSchema,
  coupon: couponSchema.nullable(),
  /** WeChat Pay's fee rate, in millionths of the settlement amount. */
  feeRate: z.number().int().default(DEFAULT_FEE_RATE),
});

/** An order of the simulated WeChat Pay, without its refunds. */
export const orderSchema = z.object({
  asked: askedSchema,
  prepayId: z.string(),
  createdAt: instantSchema,
  state: z.enum(['NOTPAY', 'SUCCESS', 'CLOSED']),
  /** The payer left without paying and does not come back. */
  abandoned: z.boolean(),
  /** The payment that came last. */
  payment: paymentSchema.nullable(),
  /** Payments that came before it: the payer paid more than once. */
  earlierPayments: z.array(paymentSchema).default([]),
  notification: notificationSchema.nullable(),
});

/** The request of unifiedOrder, parsed. */
export type AskedOrder = Readonly<z.infer<typeof askedSchema>>;
/** A coupon that covers `fee` fen of an order. */
export type Coupon = Readonly<z.infer<typeof couponSchema>>;
/** A payment by the simulated payer. */
export type SimulatedPayment = Readonly<z.infer<typeof paymentSchema>>;
/** An order of the simulated WeChat Pay. */
export type SimulatedOrder = Readonly<z.infer<typeof orderSchema>>;

/** Why a step was refused. */
export type StepRefusal =
  'paid' | 'not_paid' | 'closed' | 'number_used' | 'too_early' | 'expired' | 'abandoned';

/** The order after a step, or why it is unchanged. */
export type Step =
  | { readonly kind: 'moved'; readonly order: SimulatedOrder }
  | { readonly kind: 'refused'; readonly reason: StepRefusal };

/**
 * The life of an order at WeChat Pay, for mini program payments:
 *
 *   prepay ──▶ NOTPAY ──pay──▶ SUCCESS ◀── payment in progress when the order was closed
 *                │                                         │
 *                └──close (5 minutes old or more)──▶ CLOSED ┘
 *
 *   prepay again    same values: unchanged · other values: number_used · paid or closed: refused
 *   pay             refused after time_expire and once the payer has left
 *   close           refused when paid, closed, or too early
 *
 * An order stays NOTPAY after its time_expire until the merchant closes it. WeChat Pay probably
 * closes it by itself, but this is undocumented for cloud calls, and relying on it would hide a
 * merchant who never closes.
 */

/** Creates an order, or finds it unchanged from an earlier request. */
export function prepay(
  existing: SimulatedOrder | null,
  asked: AskedOrder,
  fresh: { readonly prepayId: string; readonly now: Instant },
): Step {
  if (existing === null) {
    const order: SimulatedOrder = {
      asked,
      prepayId: fresh.prepayId,
      createdAt: fresh.now,
      state: 'NOTPAY',
      abandoned: false,
      payment: null,
      earlierPayments: [],
      notification: null,
    };
    return { kind: 'moved', order };
  }
  switch (existing.state) {
    case 'SUCCESS':
      return { kind: 'refused', reason: 'paid' };
    case 'CLOSED':
      return { kind: 'refused', reason: 'closed' };
    case 'NOTPAY':
      return sameValues(existing.asked, asked)
        ? { kind: 'moved', order: existing }
        : { kind: 'refused', reason: 'number_used' };
  }
}

/**
 * The payer pays. `underWay`: the payer confirmed before the order was closed, and the money
 * arrives after.
 */
export function pay(order: SimulatedOrder, payment: SimulatedPayment, underWay: boolean): Step {
  if (order.state === 'SUCCESS') return { kind: 'refused', reason: 'paid' };
  if (order.state === 'CLOSED' && !underWay) return { kind: 'refused', reason: 'closed' };
  if (order.abandoned) return { kind: 'refused', reason: 'abandoned' };
  const { expiresAt } = order.asked;
  if (expiresAt !== null && payment.paidAt > expiresAt && !underWay) {
    return { kind: 'refused', reason: 'expired' };
  }
  return { kind: 'moved', order: { ...order, state: 'SUCCESS', payment } };
}

/** The payer pays again for an order that is already paid. */
export function payAgain(order: SimulatedOrder, payment: SimulatedPayment): Step {
  if (order.payment === null) return { kind: 'refused', reason: 'not_paid' };
  const earlierPayments = [...order.earlierPayments, order.payment];
  return { kind: 'moved', order: { ...order, payment, earlierPayments } };
}

/** All payments of an order, oldest first. */
export function paymentsOf({ earlierPayments, payment }: SimulatedOrder): readonly SimulatedPayment[] {
  return payment === null ? earlierPayments : [...earlierPayments, payment];
}

/**
 * The payment with this transaction ID; null when the order does not have it. Without an ID: the
 * latest payment.
 */
export function paymentCalled(order: SimulatedOrder, transactionId: string | null): SimulatedPayment | null {
  if (transactionId === null) return order.payment;
  return paymentsOf(order).find((one) => one.transactionId === transactionId) ?? null;
}

/** The merchant closes the order; `ageMs` is its age on the simulator's clock. */
export function close(order: SimulatedOrder, ageMs: number): Step {
  if (order.state === 'SUCCESS') return { kind: 'refused', reason: 'paid' };
  if (order.state === 'CLOSED') return { kind: 'refused', reason: 'closed' };
  if (ageMs < CLOSABLE_AFTER_MS) return { kind: 'refused', reason: 'too_early' };
  return { kind: 'moved', order: { ...order, state: 'CLOSED' } };
}

/** closeOrder requires an order to be 5 minutes old (CloudPay.closeOrder documentation). */
const CLOSABLE_AFTER_MS = 5 * 60_000;

/** The payer leaves without paying. */
export function abandon(order: SimulatedOrder): Step {
  if (order.state === 'SUCCESS') return { kind: 'refused', reason: 'paid' };
  return { kind: 'moved', order: { ...order, abandoned: true } };
}

function sameValues(one: AskedOrder, other: AskedOrder): boolean {
  return (
    one.totalFee === other.totalFee &&
    one.feeType === other.feeType &&
    one.body === other.body &&
    one.attach === other.attach &&
    one.subOpenid === other.subOpenid &&
    one.timeExpire === other.timeExpire &&
    one.functionName === other.functionName &&
    one.envId === other.envId &&
    one.v3?.values === other.v3?.values
  );
}
