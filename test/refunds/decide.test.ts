import type { RefundFact } from '../../lib/rules/decision';
import type { Source } from '../../lib/model/message';
import { keyOf } from '../../lib/model/message';
import type { Order } from '../../lib/model/order';
import { decideRefund } from '../../lib/rules/refunds/refund';
import type { Refund, RefundProgress, RefundState } from '../../lib/model/refund';
import { fen } from '../../lib/values/fen';
import { isSubMchId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { RefundDetails } from '../../lib/model/facts';
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
import { classes, said } from './decisions';

const NOW = later(START, 1_000);
const OTHER_MERCHANT = guarded(isSubMchId, '1900000999');

/** WeChat Pay's word about the first refund of the first order: 40 of 101 fen. */
const told = (over: Partial<RefundDetails> = {}, path: Source = 'callback'): RefundFact => {
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
    ['declined', 'closed', 'repeat'],
    ['processing', 'requested', 'noted'],
    ['processing', 'succeeded', 'noted'],
    ['unknown', 'processing', 'noted'],
    ['unknown', 'closed', 'noted'],
  ])('%s, on %s: %s', (state, standing, expected) => {
    // One that is closed has given its money back.
    const book = standing === 'closed' ? paid({ refunds: [] }) : paid();
    expect(said(decideRefund(book, ours(STANDING[standing]), told({ state }), NOW))).toBe(expected);
  });

  test('one whose later notification does not say how it stands, once closed, may be paid out after all', () => {
    const closed = ours(STANDING.closed);
    const heard = (ms: number) => ({ ...told({ state: 'unknown' }), heardAt: later(START, ms) });
    const decision = decideRefund(paid({ refunds: [] }), closed, heard(1), NOW);
    expect(said(decision)).toBe('mismatch');
    expect(classes(decision)).toEqual(['refund_state_mismatch']);
    const asked = { ...heard(1), path: 'query' as const };
    expect(said(decideRefund(paid({ refunds: [] }), closed, asked, NOW))).toBe('noted');
    for (const ms of [0, -1])
      expect(said(decideRefund(paid({ refunds: [] }), closed, heard(ms), NOW))).toBe('noted');
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

  test('succeeded after closed takes its money back and is named; without room for it, it goes dead', () => {
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
  ])('%s goes dead and is named, whatever it says', (_, over, expected) => {
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

  test('without its order it waits, and goes dead in the end', () => {
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
    ['closed', 'applied: closed'],
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

  test('one that was closed is taken over without money, so that an older word for it cannot open it again', () => {
    const decision = decideRefund(free, null, told({ state: 'closed' }), NOW);
    expect(decision).toMatchObject({ change: null, refund: { kind: 'create' }, discrepancies: [] });
    const brokenOff = decideRefund(paid(), null, told({ state: 'closed' }), NOW);
    expect(brokenOff).toMatchObject({ change: { refunds: [] }, refund: { kind: 'create' } });
    const closed = ours(ended('closed'), { origin: 'back_office' });
    expect(said(decideRefund(free, closed, told({ state: 'processing' }), NOW))).toBe('noted');
  });

  test('money that another word set aside for one that was closed in between is given back', () => {
    const closed = ours(ended('closed'), { origin: 'back_office' });
    for (const state of ['abnormal', 'processing', 'unknown', 'closed', 'declined'] as const) {
      const decision = decideRefund(paid(), closed, told({ state }), NOW);
      expect(decision).toMatchObject({ kind: 'done', change: { refunds: [] }, refund: null });
    }
  });

  test.each<[string, Order | null, Partial<RefundDetails>]>([
    ['whose order is not here', null, {}],
    ['of another merchant', free, { subMchId: OTHER_MERCHANT }],
    ['of a payment of another amount', free, { total: fen(5) }],
    ['without an amount', free, { refund: null }],
    ['of more than was paid', free, { refund: fen(102) }],
  ])('one that was closed, %s, is kept and changes nothing', (_, of, over) => {
    expect(said(decideRefund(of, null, told({ state: 'closed', ...over }), NOW))).toBe('noted');
  });

  test.each<[string, Order | null]>([
    ['its order is not here', null],
    ['its order is not paid yet', order(1)],
    ['the order has not so much left', paid({ refunds: [{ outRefundNo: refundNo(2), amount: fen(62) }] })],
  ])('it waits while %s, and goes dead and is named in the end', (_, of) => {
    const decision = decideRefund(of, null, told(), NOW);
    expect(said(decision)).toBe('wait');
    expect(classes(decision)).toEqual(['refund_missing_here']);
  });

  test.each<[string, Partial<RefundDetails>, string, readonly string[]]>([
    ['another merchant’s', { subMchId: OTHER_MERCHANT }, 'mismatch', ['merchant_mismatch']],
    ['of a payment of another amount', { total: fen(5) }, 'mismatch', ['refund_amount_mismatch']],
    ['without an amount', { refund: null }, 'unusable_notification', ['refund_missing_here']],
    ['of nothing', { refund: fen(0) }, 'unusable_notification', ['refund_missing_here']],
  ])('it goes dead when it is %s', (_, over, reason, named) => {
    const decision = decideRefund(free, null, told(over), NOW);
    expect(said(decision)).toBe(reason);
    expect(classes(decision)).toEqual(named);
  });

  test('one that names no order waits for its payment; in the end there is nothing to name', () => {
    for (const state of ['succeeded', 'closed', 'unknown'] as const) {
      const decision = decideRefund(null, null, told({ outTradeNo: null, state }), NOW);
      expect(decision).toMatchObject({ kind: 'wait', inTheEnd: { reason: 'order_never_appeared' } });
      expect(classes(decision)).toEqual([]);
    }
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

describe('a refund that was requested for one payment of an order that was paid twice', () => {
  const twice = paid({
    otherPayments: [
      {
        transactionId: transactionId(2),
        total: fen(101),
        paidAt: START,
        as: 'duplicate_payment',
        evidence: told().evidence,
      },
    ],
  });
  const requested = ours({ state: 'requested' }, { transactionId: transactionId(2) });

  test.each(['succeeded', 'abnormal', 'processing'] as const)(
    'and is reported %s of the other one is a mismatch',
    (state) => {
      const decision = decideRefund(twice, requested, told({ state }), NOW);
      expect(decision).toMatchObject({ kind: 'dead', reason: 'mismatch' });
      expect(classes(decision)).toEqual(['refund_transaction_mismatch']);
    },
  );

  test('counts when it is reported of that payment, or of none', () => {
    for (const transaction of [transactionId(2), null]) {
      const fact = told({ transactionId: transaction });
      expect(decideRefund(twice, requested, fact, NOW)).toMatchObject({ kind: 'done', outcome: 'applied' });
    }
  });
});
