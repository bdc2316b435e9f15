import { NOTHING_COUNTED } from '../model/counted-refunds';
import type { RefundLimit } from '../rules/refund-limits';
import { limitsCount, planCount } from '../rules/refund-limits';
import type { Refusal } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import type { RefundCounts } from '../store/refund-counts-port';
import { dayOf } from '../values/day';
import type { Fen } from '../values/fen';
import { fenToYuan } from '../values/fen';
import type { OutRefundNo } from '../values/ids';
import type { Clock } from '../values/instant';
import type { RefundSettings } from './settings';

/** What holding refunds to their limits needs. */
export interface RefundLimitDeps {
  readonly store: { readonly refundCounts: RefundCounts };
  readonly clock: Clock;
  readonly refundSettings: Pick<RefundSettings, 'limits'>;
}

/** Each round another operator's refund was counted first. */
const ROUNDS = 30;

/**
 * Counts a refund of an operator before its money is set aside; null when it is within the limits. Two operators at once, or one in
 * two windows, cannot pass a limit together: each count is written over the one it was decided on. The same number again counts once,
 * so that a call that broke off is simply made again. What is counted and then not reserved, or closed later, stays counted that day.
 *
 * Failure policy: fail closed. Rejects with a `StoreError` when the count could not be written; then no money is set aside.
 */
export async function overLimit(
  { store, clock, refundSettings: { limits } }: RefundLimitDeps,
  { outRefundNo, amount }: { readonly outRefundNo: OutRefundNo; readonly amount: Fen },
  who: string,
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
        return refusalOf(plan.limit, plan.allowed, plan.left);
      case 'full':
        return refuseForNow('REFUND_OVER_DAY', 'more refunds were made in these days than can be counted');
      case 'count':
        if (await store.refundCounts.save(plan.counted)) return null;
    }
  }
  return refuseForNow('ORDER_BUSY', 'others refund at the same time: try again with the same values');
}

function refusalOf(limit: RefundLimit, allowed: Fen, left: Fen): Refusal {
  const of = `refunds.limits.${limit} allows ${fenToYuan(allowed)} yuan`;
  const rest = `${fenToYuan(left)} yuan are left until midnight in Beijing`;
  switch (limit) {
    case 'single':
      return refuse('REFUND_OVER_SINGLE', `${of} for one refund`);
    case 'operatorDay':
      return refuseForNow('REFUND_OVER_OPERATOR_DAY', `${of} a day for one operator: ${rest}`);
    case 'day':
      return refuseForNow('REFUND_OVER_DAY', `${of} a day for all operators: ${rest}`);
  }
}
