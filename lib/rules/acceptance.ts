import { discrepancyId, PAYMENT_REJECTION_CLASSES } from '../model/discrepancy';
import type { DiscrepancyClass } from '../model/discrepancy';
import type { PaymentDetails } from '../model/facts';
import type { InboxKey } from '../model/message';
import type { Acceptance, AcceptedPayment, Order, OrderSettlement, OtherPayment } from '../model/order';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Done } from './decision';
import { leftOfPayment } from './reservation';

/*
 * What operators may do about money that does not agree with its order, or came when the order was closed: let it count, or give it back.
 * Pure. What is decided here is noted on the order by a write that names its version, so that of two who decide at once one
 * decides again.
 */

/** Mismatches that an operator's word outranks. Money of another merchant or currency is not what the order's price is in. */
const ACCEPTABLE: ReadonlySet<DiscrepancyClass> = new Set(['amount_mismatch', 'payer_mismatch']);

/** True for a disagreement that still stands although the payment was accepted. */
export function outranksAcceptance(of: DiscrepancyClass): boolean {
  return !ACCEPTABLE.has(of);
}

/** Why a payment cannot be dealt with in this way, as a stable word. */
export type PaymentRefusal =
  /** The order is paid, by this payment or another. */
  | 'order_paid'
  /** It was paid to a merchant that is not the order's, or not ours. */
  | 'other_merchant'
  | 'other_currency'
  /** It goes back already, in part at least. */
  | 'going_back'
  /** It was accepted. */
  | 'accepted'
  /** The second person must be another. */
  | 'same_person';

/** What of a payment decides whether it may count or go back. */
export type RefusablePayment = Pick<PaymentDetails, 'transactionId' | 'subMchId' | 'currency'>;

/** Why a payment cannot count for its order; null when it can, if an operator says so. */
export function notAcceptable(order: Order, payment: RefusablePayment): PaymentRefusal | null {
  if (order.payment.state === 'paid') return 'order_paid';
  if (payment.subMchId !== order.subMchId) return 'other_merchant';
  if (payment.currency !== order.currency) return 'other_currency';
  const noted = otherOf(order, payment);
  const promised = noted !== null && leftOfPayment(order, payment.transactionId) < noted.total;
  return promised ? 'going_back' : null;
}

/** Why a payment cannot go back as money beside the order's payment; null when it can. `merchants` are ours. */
export function notReturnable(
  order: Order,
  payment: RefusablePayment,
  merchants: readonly SubMchId[],
): PaymentRefusal | null {
  const { transactionId } = payment;
  // What paid the order goes back as a refund of the order, in whole or in part.
  if (order.payment.state === 'paid' && order.payment.transactionId === transactionId) return 'order_paid';
  if (payment.currency !== order.currency) return 'other_currency';
  if (!merchants.includes(payment.subMchId)) return 'other_merchant';
  const noted = otherOf(order, payment);
  if (noted === null) return null;
  if (noted.acceptance?.state === 'accepted') return 'accepted';
  return leftOfPayment(order, transactionId) === 0 ? 'going_back' : null;
}

/** Who says so, why and when. */
export interface OperatorsWord {
  readonly who: string;
  readonly reason: string;
  readonly at: Instant;
}

/** `standing`: it is accepted already. `note`: what the order is to say of it. */
export type AcceptancePlan =
  | { readonly kind: 'refused'; readonly why: PaymentRefusal }
  | { readonly kind: 'standing' }
  | {
      readonly kind: 'note';
      readonly acceptance: Acceptance;
      readonly otherPayments: readonly OtherPayment[];
    };

/**
 * What an operator's word about a payment comes to. Where the order's price or the payment is above `secondPersonAbove` (null: never), the
 * first person's word is only a proposal, and another person has to say the same.
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

/** The money beside the order's payment with this one among it. */
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

/** What operators accepted of this payment; null when nobody did, or when they accepted another amount. */
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

/** The order's change by a payment that counts because operators accepted it. */
export function paidByAcceptance(change: OrderSettlement, acceptance: AcceptedPayment): OrderSettlement {
  const { payment, entry } = change;
  if (payment.state !== 'paid') return change;
  return {
    ...change,
    payment: { ...payment, acceptance },
    entry: { ...entry, event: 'payment_accepted' },
  };
}

/** What an accepted payment explains: all that was open about it. */
export function explainedByAcceptance(
  { outTradeNo }: Pick<Order, 'outTradeNo'>,
  { transactionId }: PaymentDetails,
  { who, approver, reason }: AcceptedPayment,
): Done['explains'] {
  const subject = { kind: 'payment', outTradeNo, transactionId } as const;
  const classes = [...PAYMENT_REJECTION_CLASSES, 'paid_after_close'] as const;
  return {
    ids: classes.map((of) => discrepancyId(of, subject)),
    reason: `accepted by ${approver === null ? who : `${who} and ${approver}`}: ${reason}`,
  };
}

function otherOf(
  order: Order,
  { transactionId }: Pick<PaymentDetails, 'transactionId'>,
): OtherPayment | null {
  return order.otherPayments.find((one) => one.transactionId === transactionId) ?? null;
}
