import type { HoldReason, Order } from '../../../lib/model/order';
import { keyOf } from '../../../lib/model/message';
import { FULFILMENT_STATES, HOLD_REASONS } from '../../../lib/model/order';
import type { Settlement, Store } from '../../../lib/store/port';
import type { TransactionId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  LEASE_MS,
  message,
  order,
  paidBy,
  refundOf,
  settlement,
  START,
  tradeNo,
  transactionId,
} from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

async function found(store: Store, n: number): Promise<Order> {
  const [one] = await store.orders.find([tradeNo(n)]);
  if (one === undefined) throw new Error('the order of the case is gone');
  return one;
}

/** Makes the `n`th order and claims its message, for settlements to be made of. */
async function claimed(store: Store, now: Instant, ...numbers: readonly number[]) {
  for (const n of numbers) {
    await store.orders.create(order(n));
    await store.inbox.record(message(n));
  }
  const request = claimAt(now);
  await store.inbox.claim({ ...request, keys: numbers.map((n) => message(n).key) });
  return request.token;
}

async function hold(store: Store, now: Instant, n: number, reason: HoldReason): Promise<void> {
  const token = await claimed(store, now, n);
  const fulfilment = { state: 'held', attempts: 0, heldAt: now, reason } as const;
  const change = { ...paidBy(order(n), message(n), now), fulfilment };
  expect(await store.inbox.settle(token, now, [settlement(message(n), undefined, { change })])).toEqual([
    'settled',
  ]);
}

async function pay(store: Store, now: Instant, n: number): Promise<void> {
  const token = await claimed(store, now, n);
  const change = paidBy(order(n), message(n), now);
  await store.inbox.settle(token, now, [settlement(message(n), undefined, { change })]);
}

/** Holding fulfilment, beginning it, and transactions that belong to one order. */
export function holdCases(open: OpenHarness): void {
  describe('a hold', () => {
    it.each(HOLD_REASONS)(
      'for %s comes back as it was stored, is listed and counted, and is not claimed',
      (reason) =>
        withHarness(open, async ({ store, now, advance }) => {
          await hold(store, now(), 1, reason);
          await pay(store, now(), 2);
          const heldAt = now();
          advance(LEASE_MS);
          expect((await found(store, 1)).fulfilment).toEqual({ state: 'held', attempts: 0, heldAt, reason });
          const page = await store.orders.list({ fulfilment: 'held', after: null, limit: 10 });
          expect(page.items.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(1)]);
          expect((await store.orders.counts()).fulfilment).toMatchObject({ held: 1, due: 1 });
          const late = { pendingCreatedFrom: START, pendingCreatedBefore: START, askDueBefore: START };
          const query = { ...late, unfulfilledCreatedBefore: later(START, 1) };
          expect(await store.orders.countLate(query)).toMatchObject({ unfulfilled: 2 });
          const due = await store.orders.claimFulfilments(claimAt(now()));
          expect(due.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(2)]);
        })(),
    );

    it(
      'is released by name: due at once, and what held it is kept with who released it',
      withHarness(open, async ({ store, now, advance }) => {
        await hold(store, now(), 1, 'refund_sum_unknown');
        const heldAt = now();
        const before = await found(store, 1);
        advance(1_000);
        expect(await store.orders.releaseHold(tradeNo(1), 'ops:lin', 'asked the payer', now())).toBe(true);
        expect(await store.orders.releaseHold(tradeNo(1), 'ops:lin', 'asked the payer', now())).toBe(false);
        expect(await store.orders.releaseHold(tradeNo(9), 'ops:lin', 'no such order', now())).toBe(false);
        const release = { at: now(), who: 'ops:lin', why: 'asked the payer' };
        const after = await found(store, 1);
        expect(after.version).toBe(before.version + 1);
        expect(after.fulfilment).toEqual({
          state: 'due',
          attempts: 0,
          dueAt: now(),
          lease: null,
          lastError: null,
          hold: { reason: 'refund_sum_unknown', heldAt, release },
        });
        expect(after.history.at(-1)).toEqual({
          at: now(),
          event: 'hold_released',
          path: 'call',
          actor: 'operator',
          evidence: 'ops:lin: asked the payer',
        });
        const [due] = await store.orders.claimFulfilments(claimAt(now()));
        expect(due?.fulfilment).toMatchObject({ attempts: 1, hold: { release } });
      }),
    );

    it(
      'is lifted only from the version that was looked at',
      withHarness(open, async ({ store, now }) => {
        await hold(store, now(), 1, 'refund_message_open');
        const { version } = await found(store, 1);
        expect(await store.orders.liftHold(tradeNo(1), version - 1, 'explained', now())).toBe(false);
        expect(await store.orders.liftHold(tradeNo(1), version, 'explained', now())).toBe(true);
        expect(await store.orders.liftHold(tradeNo(1), version + 1, 'explained', now())).toBe(false);
        expect((await found(store, 1)).fulfilment).toMatchObject({
          state: 'due',
          dueAt: now(),
          hold: { reason: 'refund_message_open', release: null },
        });
      }),
    );

    it(
      'that a worker finds at hand-over is no attempt, and is not handed over under the same claim',
      withHarness(open, async ({ store, now }) => {
        await pay(store, now(), 1);
        const request = claimAt(now());
        await store.orders.claimFulfilments(request);
        const finish = { kind: 'hold', reason: 'refund_message_open', heldAt: now() } as const;
        expect(await store.orders.finishFulfilment(request.token, now(), tradeNo(1), finish)).toBe(true);
        const { fulfilment, version } = await found(store, 1);
        expect(fulfilment).toEqual({
          state: 'held',
          attempts: 0,
          heldAt: now(),
          reason: 'refund_message_open',
        });
        expect(await store.orders.beginFulfilment(request.token, now(), tradeNo(1), version)).toBe(false);
      }),
    );
  });

  describe('beginning to hand over', () => {
    it(
      'is refused when anything was learned since the claim, or its lease is over',
      withHarness(open, async ({ store, now, advance }) => {
        await pay(store, now(), 1);
        const request = claimAt(now());
        const [order] = await store.orders.claimFulfilments(request);
        const version = order?.version ?? 0;
        const begin = (of: number) => store.orders.beginFulfilment(request.token, now(), tradeNo(1), of);
        await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: version, refunds: [] });
        expect(await begin(version)).toBe(false);
        expect((await found(store, 1)).fulfilment).not.toHaveProperty('begunAt');
        await store.orders.noteRefundSaid([tradeNo(1)], now());
        expect(await begin(version + 1)).toBe(false);
        expect(await begin(version + 2)).toBe(true);
        expect((await found(store, 1)).fulfilment).toMatchObject({ begunAt: now() });
        advance(LEASE_MS);
        expect(await begin(version + 3)).toBe(false);
        const [again] = await store.orders.claimFulfilments(claimAt(now()));
        expect(again?.fulfilment).not.toHaveProperty('begunAt');
        expect((await found(store, 1)).fulfilment).not.toHaveProperty('begunAt');
      }),
    );
  });

  describe('that WeChat Pay said REFUND', () => {
    it(
      'is remembered in every state, from the first time on',
      withHarness(open, async ({ store, now, advance }) => {
        await store.orders.create(order(1));
        expect(await found(store, 1)).not.toHaveProperty('refundSaidAt');
        const first = now();
        await store.orders.noteRefundSaid([tradeNo(1), tradeNo(9)], first);
        advance(1_000);
        await store.orders.noteRefundSaid([tradeNo(1)], now());
        await store.orders.noteRefundSaid([], now());
        expect(await found(store, 1)).toMatchObject({ refundSaidAt: first });
      }),
    );
  });

  describe('open refunds', () => {
    it(
      'are the believed ones that are pending or dead, and not what an operator dismissed',
      withHarness(open, async ({ store, now }) => {
        const refund = (n: number, trust: 'platform' | 'unverified' = 'platform') =>
          message(1, {
            content: { kind: 'refund', refund: refundOf(n, { outTradeNo: tradeNo(1) }) },
            trust,
          });
        const [pending, dead, dismissed, done] = [refund(1), refund(2), refund(3), refund(4)];
        for (const one of [pending, dead, dismissed, done, refund(5, 'unverified'), message(1), message(2)]) {
          await store.inbox.record(one);
        }
        const request = claimAt(now());
        await store.inbox.claim({ ...request, keys: [dead.key, done.key] });
        await store.inbox.settle(request.token, now(), [
          settlement(dead, { kind: 'dead', reason: 'mismatch', error: null }),
          settlement(done),
        ]);
        await store.inbox.dismiss([dismissed.key], 'ops:lin', 'dealt with elsewhere', now());
        const of = { outTradeNo: tradeNo(1), told: 'succeeded', receivedAt: START };
        const open = await store.inbox.openRefunds([tradeNo(1), tradeNo(2)]);
        expect([...open].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
          { ...of, key: pending.key, transactionId: transactionId(1), diedAt: null },
          { ...of, key: dead.key, transactionId: transactionId(2), diedAt: now() },
        ]);
        expect(await store.inbox.openRefunds([])).toEqual([]);
      }),
    );
  });

  it(
    'answers an unreadable refund message beside its neighbours, as one that speaks against its own order',
    withHarness(open, async ({ store, now, rewriteKind }) => {
      if (rewriteKind === undefined) return;
      const refund = (n: number) =>
        message(n, { content: { kind: 'refund', refund: refundOf(n, { outTradeNo: tradeNo(n) }) } });
      for (const n of [1, 2]) await store.inbox.record(refund(n));
      await rewriteKind(refund(1).key, 'rumour');
      const found = [...(await store.inbox.openRefunds([tradeNo(1), tradeNo(2)]))];
      const told = new Map(found.map((one) => [one.outTradeNo, one.told]));
      expect(told).toEqual(
        new Map([
          [tradeNo(1), 'unreadable'],
          [tradeNo(2), 'succeeded'],
        ]),
      );
      await pay(store, now(), 3);
      expect(await store.inbox.openRefunds([tradeNo(3)])).toEqual([]);
    }),
  );

  it(
    'answers a refund message without a readable number as an unreadable one of the order it names',
    withHarness(open, async ({ store }) => {
      for (const about of ['refund', undefined] as const) {
        const content = {
          kind: 'unusable',
          reason: 'missing_fields',
          problems: ['outRefundNo: missing'],
          outTradeNo: tradeNo(1),
          ...(about && { about }),
          digest: 'ab'.repeat(32),
        } as const;
        await store.inbox.record(message(1, { content, key: keyOf(content, 'platform') }));
      }
      expect(await store.inbox.openRefunds([tradeNo(1)])).toMatchObject([
        { outTradeNo: tradeNo(1), told: 'unreadable', receivedAt: START, diedAt: null },
      ]);
    }),
  );

  it(
    'answers the refund messages that name no order with every order’s',
    withHarness(open, async ({ store }) => {
      const content = { kind: 'refund', refund: refundOf(1, { outTradeNo: null }) } as const;
      await store.inbox.record(message(1, { content, key: keyOf(content, 'platform'), outTradeNo: null }));
      expect(await store.inbox.openRefunds([tradeNo(5)])).toMatchObject([
        { outTradeNo: null, transactionId: refundOf(1).transactionId },
      ]);
    }),
  );

  describe('settlements of one order in one call', () => {
    const line = (n: number, now: Instant): Settlement[] =>
      [0, 1, 2].map((i) => {
        const change = {
          ...paidBy(order(n), message(n), now),
          expectedVersion: 1 + i,
          refunds: [],
          entry: { at: now, event: 'fulfilment_failed', path: 'worker', evidence: `step-${i}` } as const,
        };
        return settlement(message(n + i), undefined, { change });
      });

    it(
      'are all written, each on the version the one before makes',
      withHarness(open, async ({ store, now }) => {
        const token = await claimed(store, now(), 1, 2, 3);
        expect(await store.inbox.settle(token, now(), line(1, now()))).toEqual([
          'settled',
          'settled',
          'settled',
        ]);
        const after = await found(store, 1);
        expect(after.version).toBe(4);
        expect(after.history.slice(-3).map(({ evidence }) => evidence)).toEqual([
          'step-0',
          'step-1',
          'step-2',
        ]);
      }),
    );

    it(
      'are not written behind one that was refused, whatever version the order has by then',
      withHarness(open, async ({ store, now }) => {
        const token = await claimed(store, now(), 1, 2, 3);
        await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, lastAskedAt: now() });
        expect(await store.inbox.settle(token, now(), line(1, now()))).toEqual(['stale', 'stale', 'stale']);
        expect(await found(store, 1)).toMatchObject({ version: 2, payment: { state: 'pending' } });
      }),
    );

    it(
      'are not written behind one whose lease is lost',
      withHarness(open, async ({ store, now }) => {
        const token = await claimed(store, now(), 2, 3);
        await store.orders.create(order(1));
        await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, lastAskedAt: now() });
        expect(await store.inbox.settle(token, now(), line(1, now()))).toEqual([
          'lease_lost',
          'stale',
          'stale',
        ]);
        expect(await found(store, 1)).toMatchObject({ version: 2, payment: { state: 'pending' } });
      }),
    );
  });

  describe('a transaction', () => {
    const takes = transactionId(1);
    const taking = (n: number, now: Instant, by: TransactionId = takes) =>
      settlement(message(n), undefined, { change: { ...paidBy(order(n), message(n), now), takes: by } });

    it(
      'belongs to the order that took it first; the other one stays as it is, and its message claimed',
      withHarness(open, async ({ store, now }) => {
        const token = await claimed(store, now(), 1, 2);
        expect(await store.inbox.settle(token, now(), [taking(1, now())])).toEqual(['settled']);
        expect(await store.inbox.settle(token, now(), [taking(2, now())])).toEqual(['transaction_taken']);
        expect(await found(store, 2)).toMatchObject({ version: 1, payment: { state: 'pending' } });
        const taken = settlement(message(2), { kind: 'dead', reason: 'mismatch', error: 'taken' });
        expect(await store.inbox.settle(token, now(), [taken])).toEqual(['settled']);
      }),
    );

    it(
      'of an order that was created paid pays no other one, and an order paid by it keeps it',
      withHarness(open, async ({ store, now }) => {
        const token = await claimed(store, now(), 2, 3);
        const { payment } = paidBy(order(1), message(1), now());
        if (payment.state !== 'paid') throw new Error('the case pays its order');
        const creating = (n: number, by: TransactionId) =>
          store.orders.create(order(n, { payment: { ...payment, transactionId: by } }));
        expect(await creating(1, takes)).toBe('created');
        expect(await store.inbox.settle(token, now(), [taking(2, now())])).toEqual(['transaction_taken']);
        expect(await found(store, 2)).toMatchObject({ version: 1, payment: { state: 'pending' } });
        expect(await creating(1, takes)).toBe('exists');
        expect(await creating(4, takes)).toBe('transaction_taken');
        expect(await store.inbox.settle(token, now(), [taking(3, now(), transactionId(3))])).toEqual([
          'settled',
        ]);
        expect(await creating(4, transactionId(3))).toBe('transaction_taken');
        expect(await store.orders.find([tradeNo(4)])).toEqual([]);
      }),
    );

    it(
      'goes to one of two orders that claim it at the same moment, and settling again changes nothing',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const [one, two] = [await claimed(store, now(), 1), await claimed(store, now(), 2)];
        const both = await Promise.all([
          store.inbox.settle(one, now(), [taking(1, now())]),
          other.inbox.settle(two, now(), [taking(2, now())]),
        ]);
        expect(both.flat().sort()).toEqual(['settled', 'transaction_taken']);
        const orders = [await found(store, 1), await found(store, 2)];
        expect(orders.filter(({ payment }) => payment.state === 'paid')).toHaveLength(1);
        const again = await Promise.all([
          store.inbox.settle(one, now(), [taking(1, now())]),
          store.inbox.settle(two, now(), [taking(2, now())]),
        ]);
        expect(again).toEqual(both);
      }),
    );
  });

  it('knows every state of a fulfilment', () => {
    expect(FULFILMENT_STATES).toEqual(['none', 'due', 'held', 'done', 'dead']);
  });
}
