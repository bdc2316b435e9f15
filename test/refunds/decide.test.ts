import fc from 'fast-check';
import type { Decision, RefundFact } from '../../lib/inbox/decision';
import type { Path } from '../../lib/inbox/message';
import { keyOf } from '../../lib/inbox/message';
import type { Order } from '../../lib/orders/order';
import { decideRefund } from '../../lib/refunds/decide';
import type { Refund, RefundProgress, RefundState } from '../../lib/refunds/refund';
import { paidFor } from '../../lib/refunds/reservation';
import { fen } from '../../lib/values/fen';
import type { OutRefundNo } from '../../lib/values/ids';
import { isSubMchId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { RefundDetails } from '../../lib/wechat/port';
import {
  guarded,
  order,
  paidAt,
  refund,
  refundNo,
  refundOf,
  START,
  tradeNo,
  transactionId,
} from '../store/builders';

const NOW = later(START, 1_000);
const OTHER_MERCHANT = guarded(isSubMchId, '1900000999');

/** WeChat Pay's word about the first refund of the first order: 40 of 101 fen. */
const told = (over: Partial<RefundDetails> = {}, path: Path = 'callback'): RefundFact => {
  const content = {
    kind: 'refund' as const,
    refund: refundOf(1, { refund: fen(40), settled: fen(40), ...over }),
  };
  return { content, evidence: keyOf(content, 'platform'), path, heardAt: START };
};
const ours = (progress: RefundProgress = { state: 'requested' }, over: Partial<Refund> = {}): Refund =>
  refund(1, { amount: fen(40), progress, ...over });
const RESERVED = [{ outRefundNo: refundNo(1), amount: fen(40) }];
const paid = (over: Partial<Order> = {}): Order =>
  order(1, { payment: paidAt(1, START), refunds: RESERVED, ...over });

const PROCESSING: RefundProgress = { state: 'processing', refundId: '50', acceptedAt: START };
const ended = (state: 'succeeded' | 'closed' | 'abnormal'): RefundProgress => {
  const known = { knownAt: START, knownBy: 'callback', evidence: told({ state }).evidence } as const;
  return state === 'succeeded'
    ? { state, refundId: '50', settled: null, succeededAt: START, ...known }
    : { state, reason: null, ...known };
};

const STANDING: Readonly<Record<RefundState, RefundProgress>> = {
  requested: { state: 'requested' },
  processing: PROCESSING,
  succeeded: ended('succeeded'),
  closed: ended('closed'),
  abnormal: ended('abnormal'),
};

/** One word for what was decided. */
function said(decision: Decision): string {
  switch (decision.kind) {
    case 'done':
      return decision.refund === null ? decision.outcome : `${decision.outcome}: ${stateIn(decision)}`;
    case 'wait':
      return 'wait';
    case 'bury':
      return decision.reason;
  }
}
function stateIn({ refund: change }: Extract<Decision, { kind: 'done' }>): string | undefined {
  return change?.kind === 'create' ? change.refund.progress.state : change?.progress.state;
}
const classes = (decision: Decision): readonly string[] =>
  decision.kind === 'wait'
    ? decision.inTheEnd.discrepancies.map((one) => one.class)
    : decision.discrepancies.map((one) => one.class);

/** Applies a decision the way a store does, the order first. `only`: a crash came before the refund was written. */
function applied({ order: of, refunds }: Books, decision: Decision, only: 'order' | 'both' = 'both'): Books {
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

/** An order and its refunds. */
interface Books {
  readonly order: Order;
  readonly refunds: ReadonlyMap<OutRefundNo, Refund>;
}

describe('what WeChat Pay says of a refund that is known here', () => {
  test.each<[RefundDetails['state'], RefundState, string]>([
    ['succeeded', 'requested', 'applied: succeeded'],
    ['succeeded', 'processing', 'applied: succeeded'],
    ['succeeded', 'abnormal', 'applied: succeeded'],
    ['succeeded', 'succeeded', 'repeat'],
    ['closed', 'requested', 'applied: closed'],
    ['closed', 'processing', 'applied: closed'],
    ['closed', 'abnormal', 'applied: closed'],
    ['closed', 'succeeded', 'superseded'],
    ['abnormal', 'requested', 'applied: abnormal'],
    ['abnormal', 'processing', 'applied: abnormal'],
    ['abnormal', 'abnormal', 'repeat'],
    ['abnormal', 'succeeded', 'superseded'],
    ['abnormal', 'closed', 'superseded'],
    ['declined', 'requested', 'applied: closed'],
    ['declined', 'processing', 'superseded'],
    ['declined', 'succeeded', 'superseded'],
    ['declined', 'closed', 'applied'],
    ['processing', 'requested', 'noted'],
    ['processing', 'succeeded', 'noted'],
    ['unknown', 'processing', 'noted'],
    ['unknown', 'closed', 'noted'],
  ])('%s, on %s: %s', (state, standing, expected) => {
    expect(said(decideRefund(paid(), ours(STANDING[standing]), told({ state }), NOW))).toBe(expected);
  });

  test('succeeded keeps its money set aside and holds what WeChat Pay told; nothing else is written on the order', () => {
    const decision = decideRefund(paid(), ours(PROCESSING), told({ refundId: null }), NOW);
    expect(decision).toMatchObject({
      change: null,
      refund: {
        expectedVersion: 1,
        progress: {
          state: 'succeeded',
          refundId: '50',
          settled: 40,
          succeededAt: START,
          knownBy: 'callback',
        },
      },
    });
  });

  test('closed gives its money back to the order, in the same settlement', () => {
    const decision = decideRefund(paid(), ours(PROCESSING), told({ state: 'closed' }), NOW);
    expect(decision).toMatchObject({ change: { refunds: [], expectedVersion: 1 } });
  });

  test('closed because it was declined has the reason that was noted when it was asked for', () => {
    const declined = ours({ state: 'requested' }, { lastError: 'too_old' });
    const byRefusal = decideRefund(paid(), declined, told({ state: 'declined' }, 'refund'), NOW);
    expect(byRefusal).toMatchObject({ refund: { progress: { state: 'closed', reason: 'too_old' } } });
    const byCallback = decideRefund(paid(), declined, told({ state: 'closed' }), NOW);
    expect(byCallback).toMatchObject({ refund: { progress: { state: 'closed', reason: null } } });
  });

  test('abnormal keeps its money set aside: it has left the merchant', () => {
    expect(decideRefund(paid(), ours(PROCESSING), told({ state: 'abnormal' }), NOW)).toMatchObject({
      change: null,
      discrepancies: [],
    });
  });

  test('succeeded after closed takes its money back and is named; without room for it, it is buried', () => {
    const closed = ours(ended('closed'));
    const decision = decideRefund(paid({ refunds: [] }), closed, told(), NOW);
    expect(said(decision)).toBe('applied: succeeded');
    expect(decision).toMatchObject({ change: { refunds: RESERVED } });
    expect(classes(decision)).toEqual(['refund_state_mismatch']);

    const spent = paid({ refunds: [{ outRefundNo: refundNo(2), amount: fen(101) }] });
    const without = decideRefund(spent, closed, told(), NOW);
    expect(said(without)).toBe('mismatch');
    expect(classes(without)).toEqual(['refund_state_mismatch']);
  });

  test('closed after succeeded changes nothing and is named', () => {
    const decision = decideRefund(paid(), ours(ended('succeeded')), told({ state: 'closed' }), NOW);
    expect(decision).toMatchObject({ change: null, refund: null });
    expect(classes(decision)).toEqual(['refund_state_mismatch']);
  });

  test.each<[string, Partial<RefundDetails>, string]>([
    ['of another amount', { refund: fen(41) }, 'refund_amount_mismatch'],
    ['of a payment of another amount', { total: fen(100) }, 'refund_amount_mismatch'],
    ['of another merchant', { subMchId: OTHER_MERCHANT }, 'merchant_mismatch'],
    ['of another order', { outTradeNo: tradeNo(2) }, 'refund_missing_here'],
  ])('%s is buried and named, whatever it says', (_, over, expected) => {
    for (const state of ['succeeded', 'closed', 'abnormal', 'unknown'] as const) {
      const decision = decideRefund(paid(), ours(PROCESSING), told({ state, ...over }), NOW);
      expect(said(decision)).toBe('mismatch');
      expect(classes(decision)).toEqual([expected]);
    }
  });

  test('what it leaves out is not compared', () => {
    const bare = told({
      outTradeNo: null,
      subMchId: null,
      total: null,
      refund: null,
      settled: null,
      succeededAt: null,
    });
    expect(decideRefund(paid(), ours(PROCESSING), bare, NOW)).toMatchObject({
      refund: { progress: { state: 'succeeded', settled: null, succeededAt: null } },
    });
  });

  test('without its order it waits, and is buried in the end', () => {
    const decision = decideRefund(null, ours(), told(), NOW);
    expect(decision).toMatchObject({ kind: 'wait', inTheEnd: { reason: 'order_never_appeared' } });
  });
});

describe('what WeChat Pay says of a refund nobody here asked for', () => {
  const free = paid({ refunds: [] });

  test.each<[RefundDetails['state'], string]>([
    ['succeeded', 'applied: succeeded'],
    ['abnormal', 'applied: abnormal'],
    ['processing', 'applied: processing'],
    ['unknown', 'applied: processing'],
    ['closed', 'noted'],
    ['declined', 'noted'],
  ])('%s: %s', (state, expected) => {
    expect(said(decideRefund(free, null, told({ state }), NOW))).toBe(expected);
  });

  test('it is taken over with money set aside for it, and named for somebody to look at', () => {
    const decision = decideRefund(free, null, told(), NOW);
    expect(decision).toMatchObject({
      change: { refunds: RESERVED },
      refund: { kind: 'create', refund: { origin: 'back_office', amount: 40, total: 101, version: 1 } },
    });
    expect(classes(decision)).toEqual(['refund_missing_here']);
  });

  test.each<[string, Order | null]>([
    ['its order is not here', null],
    ['its order is not paid yet', order(1)],
    ['the order has not so much left', paid({ refunds: [{ outRefundNo: refundNo(2), amount: fen(62) }] })],
  ])('it waits while %s, and is buried and named in the end', (_, of) => {
    const decision = decideRefund(of, null, told(), NOW);
    expect(said(decision)).toBe('wait');
    expect(classes(decision)).toEqual(['refund_missing_here']);
  });

  test.each<[string, Partial<RefundDetails>, string, readonly string[]]>([
    ['another merchant’s', { subMchId: OTHER_MERCHANT }, 'mismatch', ['merchant_mismatch']],
    ['of a payment of another amount', { total: fen(5) }, 'mismatch', ['refund_amount_mismatch']],
    ['without an amount', { refund: null }, 'unusable_notification', ['refund_missing_here']],
    ['of nothing', { refund: fen(0) }, 'unusable_notification', ['refund_missing_here']],
  ])('it is buried when it is %s', (_, over, reason, named) => {
    const decision = decideRefund(free, null, told(over), NOW);
    expect(said(decision)).toBe(reason);
    expect(classes(decision)).toEqual(named);
  });

  test('without an order’s number there is nothing to name', () => {
    const decision = decideRefund(null, null, told({ outTradeNo: null }), NOW);
    expect(said(decision)).toBe('order_never_appeared');
    expect(classes(decision)).toEqual([]);
  });

  test('money set aside under its number by a settlement that broke off is not set aside twice', () => {
    const decision = decideRefund(paid(), null, told(), NOW);
    expect(decision).toMatchObject({ change: null, refund: { kind: 'create' } });
    const otherwise = decideRefund(paid(), null, told({ refund: fen(39) }), NOW);
    expect(said(otherwise)).toBe('mismatch');
  });
});

test('late money that went back in full explains itself', () => {
  const other = {
    transactionId: transactionId(1),
    total: fen(101),
    paidAt: START,
    as: 'paid_after_close' as const,
    evidence: told().evidence,
  };
  const closed = order(1, {
    payment: { state: 'closed', at: START, evidence: told().evidence },
    otherPayments: [other],
    refunds: [{ outRefundNo: refundNo(1), amount: fen(101) }],
  });
  const all = refund(1, { progress: PROCESSING });
  const decision = decideRefund(closed, all, told({ refund: fen(101) }), NOW);
  expect(decision).toMatchObject({
    explains: { ids: [`paid_after_close:${tradeNo(1)}:${transactionId(1)}`] },
  });
  const part = decideRefund(
    { ...closed, refunds: RESERVED },
    ours(PROCESSING),
    told({ refund: fen(40) }),
    NOW,
  );
  expect(part).toMatchObject({ explains: null });
});

describe('in any order of any facts, told again and again, with crashes in between', () => {
  const AMOUNTS = [fen(40), fen(61), fen(30), fen(101)];
  const states = fc.constantFrom<RefundDetails['state']>(
    'succeeded',
    'processing',
    'closed',
    'abnormal',
    'declined',
    'unknown',
  );
  /** Refunds 1 and 2 were asked for here and take all the money; 3 and 4 come from the merchant platform. */
  const events = fc.array(
    fc.record({
      n: fc.constantFrom(1, 2, 3, 4),
      state: states,
      crash: fc.boolean(),
      vague: fc.boolean(),
      wrong: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
    }),
    { maxLength: 25 },
  );
  const start = (): Books => ({
    order: paid({
      refunds: [1, 2].map((n) => ({ outRefundNo: refundNo(n), amount: AMOUNTS[n - 1] ?? fen(0) })),
    }),
    refunds: new Map(
      [1, 2].map((n) => [
        refundNo(n),
        refund(n, { outTradeNo: tradeNo(1), total: fen(101), amount: AMOUNTS[n - 1] ?? fen(0) }),
      ]),
    ),
  });

  test('the sum never exceeds what was paid, every open refund has its money, succeeded is for ever, nothing is applied twice', () => {
    fc.assert(
      fc.property(events, (list) => {
        let books = start();
        for (const { n, state, crash, vague, wrong } of list) {
          const amount = wrong ? fen(7) : (AMOUNTS[n - 1] ?? fen(0));
          const content = {
            kind: 'refund' as const,
            refund: refundOf(n, {
              outTradeNo: tradeNo(1),
              state,
              total: vague ? null : fen(101),
              refund: vague && n <= 2 && !wrong ? null : amount,
            }),
          };
          const fact: RefundFact = {
            content,
            evidence: keyOf(content, 'platform'),
            path: 'callback',
            heardAt: START,
          };
          const decide = (on: Books) =>
            decideRefund(on.order, on.refunds.get(refundNo(n)) ?? null, fact, NOW);
          const before = books;
          const decision = decide(books);
          // A crash after the order's write: the message comes back, and deciding again finishes what was begun.
          const broken = crash ? applied(books, decision, 'order') : books;
          const onceMore = decide(broken);
          books = applied(broken, onceMore);
          expect(said(onceMore)).toBe(said(decision));
          expect(books).toEqual({ ...applied(before, decision), order: books.order });

          const again = decide(books);
          expect(again.kind === 'done' ? [again.change, again.refund] : [null, null]).toEqual([null, null]);
          if (decision.kind === 'done' && onceMore.kind === 'done' && decision.refund !== null) {
            expect(
              classes(again)
                .filter((one) => one !== 'refund_state_mismatch')
                .sort(),
            ).toEqual(
              classes(decision)
                .filter((one) => one !== 'refund_state_mismatch')
                .sort(),
            );
          }

          const reserved = books.order.refunds.reduce((sum, one) => sum + one.amount, 0);
          expect(reserved).toBeLessThanOrEqual(paidFor(books.order));
          const open = [...books.refunds.values()].filter((one) => one.progress.state !== 'closed');
          expect([...books.order.refunds].sort(byNumber)).toEqual(
            open.map(({ outRefundNo, amount: of }) => ({ outRefundNo, amount: of })).sort(byNumber),
          );
          for (const [number, one] of before.refunds) {
            if (one.progress.state === 'succeeded') expect(books.refunds.get(number)).toEqual(one);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function byNumber(one: { readonly outRefundNo: string }, other: { readonly outRefundNo: string }): number {
  return one.outRefundNo < other.outRefundNo ? -1 : 1;
}
