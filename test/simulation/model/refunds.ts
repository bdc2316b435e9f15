import type { Refund } from '../../../lib/model/refund';
import type { AskRequest } from '../../../lib/store/requests';
import type { RefundCounts } from '../../../lib/model/refund';
import type { Refunds } from '../../../lib/store/ports/refunds-port';
import { dayOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import { againAfter, isAbsent } from './orders';
import type { ModelRefund, ModelState, Step } from './state';
import { checked, pageOf } from './state';

/** The refunds of a model store. */
export function modelRefunds(state: ModelState, step: Step): Refunds {
  const refunds = (): Refund[] => [...state.refunds.values()].map(({ refund }) => refund);
  const change = (found: ModelRefund, over: Partial<Refund>): void => {
    state.refunds.set(found.refund.outRefundNo, { ...found, refund: { ...found.refund, ...over } });
  };
  return {
    create: (refund) =>
      step('refunds.create', () => {
        if (state.refunds.has(refund.outRefundNo)) return 'exists' as const;
        state.refunds.set(refund.outRefundNo, { refund, marks: [] });
        return 'created' as const;
      }),
    find: (numbers) =>
      step('refunds.find', () => numbers.flatMap((number) => state.refunds.get(number)?.refund ?? [])),
    ofOrder: (outTradeNo) =>
      step('refunds.ofOrder', () =>
        refunds()
          .filter((refund) => refund.outTradeNo === outTradeNo)
          .sort((a, b) => a.createdAt - b.createdAt),
      ),
    note: ({ outRefundNo, expectedVersion, entry, refusal, ...noted }) =>
      step('refunds.note', () => {
        const found = state.refunds.get(outRefundNo);
        if (found?.refund.version !== expectedVersion) return false;
        const history = entry === undefined ? found.refund.history : [...found.refund.history, entry];
        const { refusal: standing, ...before } = found.refund;
        const after = refusal === undefined ? standing : refusal;
        const left = after === null || after === undefined ? {} : { refusal: after };
        const refund = { ...before, ...left, ...noted, version: expectedVersion + 1, history };
        state.refunds.set(outRefundNo, { ...found, refund });
        return true;
      }),
    claimAsks: (request) => step('refunds.claimAsks', () => claimAsks(state, request)),
    isAskDue: (now) =>
      step('refunds.isAskDue', () =>
        refunds().some(
          ({ progress: { state }, nextAskAt }) =>
            state !== 'succeeded' && state !== 'closed' && nextAskAt <= now,
        ),
      ),
    markStatement: (numbers, mark) =>
      step('refunds.markStatement', () => {
        for (const number of numbers) {
          const found = state.refunds.get(number);
          if (found !== undefined) change(found, { statement: mark });
        }
      }),
    absent: (query) =>
      step('refunds.absent', () => {
        const absent = refunds().flatMap((refund) => {
          const { progress } = refund;
          if (refund.subMchId !== query.subMchId || progress.state !== 'succeeded') return [];
          const at = progress.succeededAt ?? progress.knownAt;
          return dayOf(at) === query.day && isAbsent(refund.statement, query) ? [{ refund, at }] : [];
        });
        const page = pageOf(absent, ({ refund, at }) => ({ at, name: refund.outRefundNo }), 1, query);
        return { items: page.items.map(({ refund }) => refund), next: page.next };
      }),
    list: (query) =>
      step('refunds.list', () => ({
        ...pageOf(
          refunds().filter(({ progress }) => query.state === null || progress.state === query.state),
          ({ createdAt, outRefundNo }) => ({ at: createdAt, name: outRefundNo }),
          -1,
          query,
        ),
        unreadable: [],
      })),
    booked: ({ subMchId, day }) =>
      step('refunds.booked', () => {
        const all = refunds().filter(({ subMchId: of, progress }) => {
          const at = progress.state === 'succeeded' ? (progress.succeededAt ?? progress.knownAt) : null;
          return of === subMchId && at !== null && dayOf(at) === day;
        });
        const otherDays = all.filter(({ statement }) => statement !== null && statement.day !== day);
        const sumOf = (some: readonly Refund[]) => ({
          count: some.length,
          total: fen(some.reduce((sum, { amount }) => sum + amount, 0)),
        });
        return { all: sumOf(all), otherDays: sumOf(otherDays), next: null };
      }),
    succeededBetween: ({ merchants, from, to }) =>
      step('refunds.succeededBetween', () => {
        const back = refunds().filter(({ subMchId, progress }) => {
          const at = progress.state === 'succeeded' ? (progress.succeededAt ?? progress.knownAt) : null;
          return merchants.includes(subMchId) && at !== null && at >= from && at < to;
        });
        return { count: back.length, total: fen(back.reduce((sum, { amount }) => sum + amount, 0)) };
      }),
    raw: () => step('refunds.raw', () => null),
    counts: () =>
      step('refunds.counts', (): RefundCounts => {
        const counts = { requested: 0, processing: 0, succeeded: 0, closed: 0, abnormal: 0 };
        for (const { progress } of refunds()) counts[progress.state] += 1;
        return counts;
      }),
    countOverdue: (createdBefore) =>
      step('refunds.countOverdue', () => {
        const isOpen = ({ progress: { state } }: Refund) => state === 'requested' || state === 'processing';
        return refunds().filter((one) => isOpen(one) && one.createdAt < createdBefore).length;
      }),
  };
}

function claimAsks(state: ModelState, request: AskRequest): readonly Refund[] {
  const due = [...state.refunds.values()]
    .filter(({ refund: { progress, nextAskAt, subMchId } }) => {
      const isOpen = progress.state !== 'succeeded' && progress.state !== 'closed';
      return isOpen && nextAskAt <= request.now && !request.except?.includes(subMchId);
    })
    .sort((a, b) => a.refund.nextAskAt - b.refund.nextAskAt)
    .slice(0, checked(request.limit));
  for (const found of due) {
    const { refund } = found;
    const next = { asks: refund.asks + 1, nextAskAt: againAfter(request, refund.asks) };
    state.refunds.set(refund.outRefundNo, { ...found, refund: { ...refund, ...next } });
  }
  return due.map(({ refund }) => refund);
}
