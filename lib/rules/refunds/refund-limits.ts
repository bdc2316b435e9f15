import type { CountedRefund, CountedRefunds } from '../../model/counted-refunds';
import type { RefundLimit, RefundLimits } from '../../model/operators/principal';
import type { Fen } from '../../values/fen';
import { fen } from '../../values/fen';
import { daysLater } from '../../values/day';

/** The most refunds counted at a time. Their document stays far below every store's size limit. */
export const MOST_COUNTED = 2_000;

/** What the limits say about one more refund. */
export type CountPlan =
  /** Within the limits, and nothing to write: it is counted already, or no daily limit is set. */
  | { readonly kind: 'within' }
  | { readonly kind: 'count'; readonly counted: CountedRefunds }
  | { readonly kind: 'over'; readonly limit: RefundLimit; readonly allowed: Fen; readonly left: Fen }
  /** More refunds in three days than can be counted. */
  | { readonly kind: 'full' };

/** True when a daily limit is set, so that refunds must be counted. */
export function limitsCount({ operatorDay, day }: RefundLimits): boolean {
  return operatorDay !== null || day !== null;
}

/**
 * Whether one more refund stays within the limits, and what to write before it is made. The same
 * number on the same day counts once. A refund counts even if it ends closed: the daily sum is what
 * was requested, and failing frees no room.
 *
 * Refunds of the day before and after stay counted, for hosts whose clocks differ around midnight.
 *
 * Failure policy: fail closed. When there are more refunds than can be counted, further ones are
 * refused.
 */
export function planCount(limits: RefundLimits, counted: CountedRefunds, refund: CountedRefund): CountPlan {
  const { single, operatorDay, day } = limits;
  if (single !== null && refund.amount > single) {
    return { kind: 'over', limit: 'single', allowed: single, left: single };
  }
  if (!limitsCount(limits)) return { kind: 'within' };
  const isThis = (one: CountedRefund) => one.outRefundNo === refund.outRefundNo && one.day === refund.day;
  if (counted.refunds.some((one) => isThis(one) && one.amount === refund.amount && one.who === refund.who)) {
    return { kind: 'within' };
  }
  const others = counted.refunds.filter((one) => !isThis(one));
  const today = others.filter((one) => one.day === refund.day);
  const overOperator = over(
    'operatorDay',
    operatorDay,
    today.filter((one) => one.who === refund.who),
    refund,
  );
  const exceeded = overOperator ?? over('day', day, today, refund);
  if (exceeded !== null) return exceeded;
  const kept = [daysLater(refund.day, -1), refund.day, daysLater(refund.day, 1)];
  const refunds = [...others.filter((one) => kept.includes(one.day)), refund];
  if (refunds.length > MOST_COUNTED) return { kind: 'full' };
  return { kind: 'count', counted: { version: counted.version + 1, refunds } };
}

function over(
  limit: RefundLimit,
  allowed: Fen | null,
  counted: readonly CountedRefund[],
  { amount }: CountedRefund,
): Extract<CountPlan, { kind: 'over' }> | null {
  if (allowed === null) return null;
  const sum = counted.reduce((total, one) => total + one.amount, 0);
  if (sum + amount <= allowed) return null;
  return { kind: 'over', limit, allowed, left: fen(Math.max(0, allowed - sum)) };
}
