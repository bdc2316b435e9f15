import { discrepancyId, PAYMENT_REJECTION_CLASSES } from '../model/discrepancy';
import type { DiscrepancyClass } from '../model/discrepancy';
import type { PaymentDetails } from '../model/facts';
import type { InboxKey } from '../model/message';
import type { Acceptance, AcceptedPayment, Order, OrderSettlement, OtherPayment } from '../model/order';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Done } from './decision';
import { leftOfPayment } from './refunds/reservation';

/*
 * What operators may do about a payment that does not agree with its order, or that arrived after
 * the order was closed: accept it or return it. Pure. The decision is written to the order
 * conditional on its version, so when two people decide at once, the second decides again.
 */

/**
 * Mismatches that an operator may accept. Money of another merchant or in another currency is never
 * comparable with the price.
 */
const ACCEPTABLE: ReadonlySet<DiscrepancyClass> = new Set(['amount_mismatch', 'payer_mismatch']);

/** True for a discrepancy that remains although the payment was accepted. */
export function outranksAcceptance(discrepancyClass: DiscrepancyClass): boolean {
  return !ACCEPTABLE.has(discrepancyClass);
}

/** Why this cannot be done about a payment, as a stable code. */
export type PaymentRefusal =
  /** The order is paid, by this payment or another. */
  | 'order_paid'
  /** It was paid to another merchant than the order's, or to one that is not ours. */
  | 'other_merchant'
  | 'other_currency'
  /** It is being refunded, at least in part. */
  | 'going_back'
  /** It is accepted already. */
  | 'accepted'
  /** The approver must be another person. */
  | 'same_person';

/** The fields of a payment that decide whether it can be accepted or returned. */
export type RefusablePayment = Pick<PaymentDetails, 'transactionId' | 'subMchId' | 'currency'>;

/** Why a payment cannot be accepted for its order; null when an operator may accept it. */
export function notAcceptable(order: Order, payment: RefusablePayment): PaymentRefusal | null {
  if (order.payment.state === 'paid') return 'order_paid';
  if (payment.subMchId !== order.subMchId) return 'other_merchant';
  if (payment.currency !== order.currency) return 'other_currency';
  const noted = otherOf(order, payment);
  const promised = noted !== null && leftOfPayment(order, payment.transactionId) < noted.total;
  return promised ? 'going_back' : null;
}

/**
 * Why a payment beside the order's own cannot be returned; null when it can. `merchants` are ours.
 */
export function notReturnable(
  order: Order,
  payment: RefusablePayment,
  merchants: readonly SubMchId[],
): PaymentRefusal | null {
  const { transactionId } = payment;
  // The payment that paid the order is refunded as a refund of the order, in whole or in part.
  if (order.payment.state === 'paid' && order.payment.transactionId === transactionId) return 'order_paid';
  if (payment.currency !== order.currency) return 'other_currency';
  if (!merchants.includes(payment.subMchId)) return 'other_merchant';
  const noted = otherOf(order, payment);
  if (noted === null) return null;
  if (noted.acceptance?.state === 'accepted') return 'accepted';
  return leftOfPayment(order, transactionId) === 0 ? 'going_back' : null;
}

/** Who decides, why and when. */
export interface OperatorsWord {
  readonly who: string;
  readonly reason: string;
  readonly at: Instant;
}

/** `standing`: it is accepted already. `note`: the change to write to the order. */
export type AcceptancePlan =
  | { readonly kind: 'refused'; readonly why: PaymentRefusal }
  | { readonly kind: 'standing' }
  | {
      readonly kind: 'note';
      readonly acceptance: Acceptance;
      readonly otherPayments: readonly OtherPayment[];
    };

/**
 * Plans an operator's acceptance of a payment. Where the order amount or the payment exceeds
 * `secondPersonAbove` (null: never), the first person only proposes, and another person must
 * confirm.
 */
export function planAcceptance(
  order: Order,
  payment: PaymentDetails,
  evidence: InboxKey,
  by: OperatorsWord,
  secondPersonAbove: Fen | null,
): AcceptancePlan {
  const why = notAcceptable(order, payment);
  if (why !== null) return { kind: 'refused', why };
  const standing = otherOf(order, payment)?.acceptance;
  if (standing?.state === 'accepted') return { kind: 'standing' };
  const worth = Math.max(order.total, payment.total);
  const acceptance = spoken(standing, by, secondPersonAbove !== null && worth > secondPersonAbove);
  if (acceptance === null) return { kind: 'refused', why: 'same_person' };
  return {
    kind: 'note',
    acceptance,
    otherPayments: withPayment(order, payment, evidence, acceptance),
  };
}

function spoken(
  standing: Extract<Acceptance, { state: 'proposed' }> | undefined,
  by: OperatorsWord,
  needsTwo: boolean,
): Acceptance | null {
  if (!needsTwo) return { state: 'accepted', ...by, approver: null };
  if (standing === undefined) return { state: 'proposed', ...by };
  if (standing.who === by.who) return null;
  return { ...standing, state: 'accepted', approver: by.who, at: by.at };
}

/** The other payments of an order, with this one added or replaced. */
export function withPayment(
  order: Order,
  payment: PaymentDetails,
  evidence: InboxKey,
  acceptance: Acceptance | null = null,
): readonly OtherPayment[] {
  const { transactionId, total, paidAt, subMchId } = payment;
  const known = otherOf(order, payment) ?? {
    transactionId,
    total,
    paidAt,
    as: 'mismatch',
    evidence,
    ...(subMchId === order.subMchId ? {} : { paidTo: subMchId }),
  };
  const noted = acceptance === null ? known : { ...known, acceptance };
  return [...order.otherPayments.filter((one) => one.transactionId !== transactionId), noted];
}

/** The acceptance of this payment; null when there is none, or when another amount was accepted. */
export function acceptedAs(order: Order, payment: PaymentDetails): AcceptedPayment | null {
  const accepted = acceptanceOn(order, payment);
  return accepted?.total === payment.total ? accepted : null;
}

function acceptanceOn(order: Order, payment: PaymentDetails): AcceptedPayment | null {
  if (order.payment.state === 'paid') {
    const { transactionId, acceptance = null } = order.payment;
    return transactionId === payment.transactionId ? acceptance : null;
  }
  const other = otherOf(order, payment);
  return other?.acceptance?.state === 'accepted' ? { ...other.acceptance, total: other.total } : null;
}

/** The change to an order whose payment counts because operators accepted it. */
export function paidByAcceptance(change: OrderSettlement, acceptance: AcceptedPayment): OrderSettlement {
  const { payment } = change;
  if (payment.state !== 'paid') return change;
  return {
    ...change,
    payment: { ...payment, acceptance },
    entry: {
      at: change.entry.at,
      event: 'payment_accepted',
      path: payment.knownBy,
      evidence: payment.evidence,
    },
  };
}

/** The discrepancies an accepted payment explains: all open ones about it. */
export function explainedByAcceptance(
  { outTradeNo }: Pick<Order, 'outTradeNo'>,
  { transactionId }: PaymentDetails,
  { who, approver, reason }: AcceptedPayment,
): Done['explains'] {
  const subject = { kind: 'payment', outTradeNo, transactionId } as const;
  const classes = [...PAYMENT_REJECTION_CLASSES, 'paid_after_close'] as const;
  return {
    ids: classes.map((discrepancyClass) => discrepancyId(discrepancyClass, subject)),
    reason: `accepted by ${approver === null ? who : `${who} and ${approver}`}: ${reason}`,
  };
}

function otherOf(
  order: Order,
  { transactionId }: Pick<PaymentDetails, 'transactionId'>,
): OtherPayment | null {
  return order.otherPayments.find((one) => one.transactionId === transactionId) ?? null;
}
