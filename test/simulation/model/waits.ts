import type { Lease } from '../../../lib/model/lease';
import type { LatestAsks, LatestClaim, LatestWaits, Waits } from '../../../lib/store/ports/waits-port';
import type { Instant } from '../../../lib/values/instant';
import type { ModelState, Step } from './state';

/** The waits of a model store. */
export function modelWaits(state: ModelState, step: Step): Waits {
  return { pullForward: (latest) => step('waits.pullForward', () => pullForward(state, latest)) };
}

function pullForward(state: ModelState, latest: LatestWaits): number {
  const { now } = latest;
  let changed = 0;
  const near = <Waiting extends { readonly dueAt: Instant; readonly lease: Lease | null }>(
    one: Waiting,
    { dueBy, leaseUntil }: LatestClaim,
  ): Waiting => {
    const tooLate = one.dueAt > dueBy;
    const tooLong = one.lease !== null && one.lease.until > leaseUntil;
    changed += Number(tooLate) + Number(tooLong);
    return {
      ...one,
      dueAt: tooLate ? now : one.dueAt,
      lease: tooLong ? { ...one.lease, until: leaseUntil } : one.lease,
    };
  };
  const asks = (
    { nextAskAt, asks: times }: { readonly nextAskAt: Instant; readonly asks: number },
    by: LatestAsks,
  ): Instant => {
    const tooLate = nextAskAt > (by[Math.min(times, by.length - 1)] ?? by[0]);
    changed += Number(tooLate);
    return tooLate ? now : nextAskAt;
  };
  for (const [key, found] of state.messages) {
    const { message } = found;
    if (message.state !== 'pending') continue;
    state.messages.set(key, { ...found, message: near(message, latest.messages) });
  }
  for (const [number, found] of state.orders) {
    const { order } = found;
    let { fulfilment, version, nextAskAt } = order;
    if (fulfilment.state === 'due') {
      const before = changed;
      fulfilment = near(fulfilment, latest.fulfilments);
      version += changed - before;
    }
    if (order.payment.state === 'pending') nextAskAt = asks(order, latest.orderAsks);
    state.orders.set(number, { ...found, order: { ...order, fulfilment, version, nextAskAt } });
  }
  for (const [number, found] of state.refunds) {
    const { refund } = found;
    if (refund.progress.state === 'succeeded' || refund.progress.state === 'closed') continue;
    const nextAskAt = asks(refund, latest.refundAsks);
    state.refunds.set(number, { ...found, refund: { ...refund, nextAskAt } });
  }
  for (const [id, run] of state.runs) {
    if (run.work.state === 'done') continue;
    const { dueAt } = run;
    const next = near(run, run.attempts > 0 ? latest.runs : { ...latest.runs, dueBy: dueAt });
    state.runs.set(id, next);
  }
  return changed;
}
