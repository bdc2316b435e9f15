import { NOTHING_COUNTED } from '../model/counted-refunds';
import type { Person, RefundLimit, RefundLimits } from '../model/operators/principal';
import { limitsOf, refundsAs } from '../model/operators/principal';
import { limitsCount, planCount } from '../rules/refunds/refund-limits';
import type { Refusal } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import type { DailyRefunds } from '../store/ports/refund-counts-port';
import { dayOf } from '../values/day';
import type { Fen } from '../values/fen';
import { fenToYuan } from '../values/fen';
import type { OutRefundNo } from '../values/ids';
import type { Clock } from '../values/instant';
import type { RefundSettings } from './settings';

/** What the refund limits need. */
export interface RefundLimitDeps {
  readonly store: { readonly refundCounts: DailyRefunds };
  readonly clock: Clock;
  readonly refundSettings: Pick<RefundSettings, 'limits'>;
}

/** The limits of this person's refunds. */
export function limitsFor({ limits }: Pick<RefundSettings, 'limits'>, by: Person): RefundLimits {
  return limitsOf(refundsAs(by), limits) ?? limits;
}

/** Rounds in which another operator's refund was counted first. */
const ROUNDS = 30;

/**
 * Counts an operator's refund before its money is reserved; null when it is within `limits`, those
 * that bind this operator.
 * Concurrent refunds, by two operators or in two windows, cannot exceed a limit together: each
 * count is written conditional on the one it was decided on. The same number counts once, so an
 * interrupted call is simply repeated. A refund that is counted but then not reserved, or closed
 * later, stays counted that day.
 *
 * Failure policy: fail closed. Rejects with a `StoreError` when the count could not be written; no
 * money is reserved then.
 */
export async function overLimit(
  { store, clock, refundSettings }: RefundLimitDeps,
  { outRefundNo, amount }: { readonly outRefundNo: OutRefundNo; readonly amount: Fen },
  who: string,
  limits: RefundLimits,
): Promise<Refusal | null> {
  const isCounted = limitsCount(limits);
  for (let round = 0; round < ROUNDS; round += 1) {
    const refund = { outRefundNo, day: dayOf(clock.now()), who, amount };
    const counted = isCounted ? await store.refundCounts.find() : NOTHING_COUNTED;
    const plan = planCount(limits, counted, refund);
    switch (plan.kind) {
      case 'within':
        return null;
      case 'over':
        return refusalOf(plan, plan.allowed === refundSettings.limits[plan.limit]);
      case 'full':
        return refuseForNow('REFUND_OVER_DAY', 'there were more refunds in these days than can be counted');
      case 'count':
        if (await store.refundCounts.save(plan.counted)) return null;
    }
  }
  return refuseForNow('ORDER_BUSY', 'others refund at the same time: try again with the same values');
}

function refusalOf(
  { limit, allowed, left }: { readonly limit: RefundLimit; readonly allowed: Fen; readonly left: Fen },
  isShops: boolean,
): Refusal {
  const allowance = `${isShops ? `refunds.limits.${limit}` : 'your own limit'} allows ${fenToYuan(allowed)} yuan`;
  const rest = `${fenToYuan(left)} yuan are left until midnight in Beijing`;
  switch (limit) {
    case 'single':
      return refuse('REFUND_OVER_SINGLE', `${allowance} for one refund`);
    case 'operatorDay':
      return refuseForNow('REFUND_OVER_OPERATOR_DAY', `${allowance} a day for one operator: ${rest}`);
    case 'day':
      return refuseForNow('REFUND_OVER_DAY', `${allowance} a day for all operators: ${rest}`);
  }
}
