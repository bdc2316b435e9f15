import type { Decision } from '../../lib/rules/decision';
import type { Order } from '../../lib/model/order';
import type { Refund } from '../../lib/model/refund';
import type { OutRefundNo } from '../../lib/values/ids';

/** An order and its refunds. */
export interface Books {
  readonly order: Order;
  readonly refunds: ReadonlyMap<OutRefundNo, Refund>;
}

/** One word for what was decided. */
export function said(decision: Decision): string {
  switch (decision.kind) {
    case 'done':
      return decision.refund === null ? decision.outcome : `${decision.outcome}: ${stateIn(decision)}`;
    case 'wait':
      return 'wait';
    case 'dead':
      return decision.reason;
  }
}
function stateIn({ refund: change }: Extract<Decision, { kind: 'done' }>): string | undefined {
  return change?.kind === 'create' ? change.refund.progress.state : change?.progress.state;
}
/** The classes it names, in the end if it waits. */
export const classes = (decision: Decision): readonly string[] =>
  decision.kind === 'wait'
    ? decision.inTheEnd.discrepancies.map((one) => one.class)
    : decision.discrepancies.map((one) => one.class);

/**
 * Applies a decision like a store, the order first. `only`: a crash before the refund was written.
 */
export function applied(
  { order: of, refunds }: Books,
  decision: Decision,
  only: 'order' | 'both' = 'both',
): Books {
  if (decision.kind !== 'done') return { order: of, refunds };
  const { change, refund: write } = decision;
  if (change !== null) expect(change.expectedVersion).toBe(of.version);
  const next = new Map(refunds);
  if (only === 'both' && write?.kind === 'create') {
    expect(next.has(write.refund.outRefundNo)).toBe(false);
    next.set(write.refund.outRefundNo, write.refund);
  }
  if (only === 'both' && write?.kind === 'change') {
    const current = next.get(write.outRefundNo);
    if (!current) throw new Error('a refund was changed that is not there');
    expect(write.expectedVersion).toBe(current.version);
    next.set(write.outRefundNo, {
      ...current,
      progress: write.progress,
      version: current.version + 1,
      history: [...current.history, write.entry],
    });
  }
  return {
    order:
      change === null
        ? of
        : {
            ...of,
            payment: change.payment,
            otherPayments: change.otherPayments,
            refunds: change.refunds,
            version: of.version + 1,
            history: [...of.history, change.entry],
          },
    refunds: next,
  };
}
