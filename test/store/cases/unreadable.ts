import type { AskRequest } from '../../../lib/store/requests';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  freshToken,
  keysOf,
  message,
  order,
  paidBy,
  refund,
  refundNo,
  settlement,
  statementRun,
  tradeNo,
  transactionId,
} from '../builders';
import type { OpenHarness, StoreHarness } from '../harness';
import { withHarness } from '../harness';

/**
 * Unreadable orders and refunds: others are unaffected, these are shown raw, and continue once they
 * are repaired.
 */
export function unreadableCases(open: OpenHarness): void {
  describe('an order that nobody can read', () => {
    it(
      'once it is paid: its neighbours are read and fulfilled, it is shown raw, and fulfilled once it is repaired and retried',
      withHarness(open, async (harness) => {
        const { store, now, rewriteHistory } = harness;
        if (rewriteHistory === undefined) return;
        const numbers = [1, 2, 3].map(tradeNo);
        await paid(harness, [1, 2, 3]);
        await rewriteHistory('order', tradeNo(2), 'broken');
        const others = [{ outTradeNo: tradeNo(1) }, { outTradeNo: tradeNo(3) }];
        const sorted = <One extends { readonly outTradeNo: string }>(all: readonly One[]) =>
          [...all].sort((a, b) => (a.outTradeNo < b.outTradeNo ? -1 : 1));
        expect(sorted(await store.orders.find(numbers))).toMatchObject(others);
        expect(await store.orders.ofTransaction(transactionId(2))).toBeNull();
        expect(await store.orders.ofTransaction(transactionId(3))).toMatchObject(others[1] ?? {});
        expect(sorted(await store.orders.claimFulfilments(claimAt(now())))).toMatchObject(others);
        expect(await store.orders.claimFulfilments(claimAt(later(now(), 86_400_000)))).toHaveLength(2);
        expect(await store.orders.counts()).toMatchObject({ fulfilment: { dead: 1, due: 2 } });
        const dead = await store.orders.list({ fulfilment: 'dead', after: null, limit: 9 });
        expect(dead).toMatchObject({ items: [], next: null, unreadable: [{ name: tradeNo(2) }] });
        expect(dead.unreadable[0]?.raw).toContain('rumour');
        expect(dead.unreadable[0]?.raw).toContain('测试商品');
        const alone = await store.orders.raw(tradeNo(2));
        expect(alone).toMatchObject({ name: tradeNo(2), problem: dead.unreadable[0]?.problem });
        for (const stored of ['rumour', '测试商品', 'cart']) expect(alone?.raw).toContain(stored);
        for (const n of [1, 9]) expect(await store.orders.raw(tradeNo(n))).toBeNull();
        expect(await namesByOnes(harness)).toEqual([
          [tradeNo(3), null],
          [null, tradeNo(2)],
          [tradeNo(1), null],
        ]);

        await rewriteHistory('order', tradeNo(2), 'empty');
        expect(await store.orders.retryFulfilment(tradeNo(2), 'lin', now())).toBe(true);
        expect(await store.orders.claimFulfilments(claimAt(now()))).toMatchObject([
          { outTradeNo: tradeNo(2) },
        ]);
        const after = await store.orders.list({ after: null, limit: 9 });
        expect(after).toMatchObject({ next: null, unreadable: [] });
        expect(await store.orders.raw(tradeNo(2))).toBeNull();
        expect(after.items).toHaveLength(3);
      }),
    );

    it(
      'while it is pending: its neighbours are queried, it is put off, and queried once it is repaired',
      withHarness(open, async ({ store, now, rewriteHistory }) => {
        if (rewriteHistory === undefined) return;
        for (const n of [1, 2]) await store.orders.create(order(n, { nextAskAt: now() }));
        await rewriteHistory('order', tradeNo(1), 'broken');
        const asked = await store.orders.claimAsks({ now: now(), limit: 9, again: again(now()) });
        expect(asked).toMatchObject([{ outTradeNo: tradeNo(2) }]);
        expect(await store.orders.claimAsks({ now: now(), limit: 9, again: again(now()) })).toEqual([]);
        const { unreadable } = await store.orders.list({ payment: 'pending', after: null, limit: 9 });
        expect(unreadable).toMatchObject([{ name: tradeNo(1) }]);
        await rewriteHistory('order', tradeNo(1), 'empty');
        const due = later(now(), 86_400_000);
        expect(await store.orders.claimAsks({ now: due, limit: 9, again: again(due) })).toHaveLength(2);
      }),
    );
  });

  describe('a statement run that cannot be read', () => {
    it(
      'holds up no other day: they are claimed and listed, it is listed raw, and claimed once it is repaired',
      withHarness(open, async ({ store, now, rewriteHistory }) => {
        if (rewriteHistory === undefined) return;
        for (const n of [1, 2, 3]) await store.statementRuns.open(statementRun(n));
        await rewriteHistory('run', statementRun(1).id, 'broken');
        const claim = () =>
          store.statementRuns.claim({ token: freshToken(), now: now(), leaseUntil: later(now(), 60_000) });
        expect(await claim()).toMatchObject({ id: statementRun(2).id, attempts: 1 });
        expect(await claim()).toMatchObject({ id: statementRun(3).id });
        expect(await claim()).toBeNull();
        const { items, next, unreadable } = await store.statementRuns.list({ after: null, limit: 9 });
        expect([items.map(({ id }) => id), next]).toEqual([[statementRun(3).id, statementRun(2).id], null]);
        expect(unreadable.map(({ name, raw }) => [name, raw.includes('rumour')])).toEqual([
          [statementRun(1).id, true],
        ]);
        const last = await store.statementRuns.list({ after: null, limit: 2 });
        expect((await store.statementRuns.list({ after: last.next, limit: 2 })).items).toEqual([]);

        await rewriteHistory('run', statementRun(1).id, 'empty');
        expect(await claim()).toMatchObject({ id: statementRun(1).id });
      }),
    );
  });

  it(
    'statement runs that cannot be read hold up no other day, however many they are',
    withHarness(open, async ({ store, now, rewriteHistory }) => {
      if (rewriteHistory === undefined) return;
      for (let n = 1; n <= 21; n += 1) {
        await store.statementRuns.open(statementRun(n));
        await rewriteHistory('run', statementRun(n).id, 'broken');
      }
      const claim = { token: freshToken(), now: now(), leaseUntil: later(now(), 60_000) };
      expect(await store.statementRuns.claim(claim)).toBeNull();
      await store.statementRuns.open(statementRun(22));
      expect(await store.statementRuns.claim(claim)).toMatchObject({ id: statementRun(22).id });
    }),
  );

  describe('a refund that nobody can read', () => {
    it(
      'keeps no neighbour from being read and queried, is put off and shown raw, and is queried once it is repaired',
      withHarness(open, async ({ store, now, rewriteHistory }) => {
        if (rewriteHistory === undefined) return;
        const numbers = [1, 2, 3].map(refundNo);
        for (const n of [1, 2, 3])
          await store.refunds.create(refund(n, { outTradeNo: tradeNo(7), nextAskAt: now() }));
        await rewriteHistory('refund', refundNo(2), 'broken');
        const names = (all: readonly { readonly outRefundNo: string }[]) =>
          all.map(({ outRefundNo }) => outRefundNo).sort();
        const others = [refundNo(1), refundNo(3)];
        expect(names(await store.refunds.find(numbers))).toEqual(others);
        expect(names(await store.refunds.ofOrder(tradeNo(7)))).toEqual(others);
        const request = { now: now(), limit: 9, again: again(now()) };
        expect(names(await store.refunds.claimAsks(request))).toEqual(others);
        expect(await store.refunds.claimAsks(request)).toEqual([]);
        const page = await store.refunds.list({ state: null, after: null, limit: 9 });
        expect(names(page.items)).toEqual(others);
        expect(page).toMatchObject({ next: null, unreadable: [{ name: refundNo(2) }] });
        expect(page.unreadable[0]?.raw).toContain('rumour');
        expect(await store.refunds.raw(refundNo(2))).toEqual(page.unreadable[0]);
        for (const n of [1, 9]) expect(await store.refunds.raw(refundNo(n))).toBeNull();
        expect(await store.refunds.create(refund(2))).toBe('exists');

        await rewriteHistory('refund', refundNo(2), 'empty');
        const due = later(now(), 86_400_000);
        const repaired = await store.refunds.claimAsks({ now: due, limit: 9, again: again(due) });
        expect(names(repaired)).toEqual(numbers);
        expect((await store.refunds.list({ state: null, after: null, limit: 9 })).unreadable).toEqual([]);
        expect(await store.refunds.raw(refundNo(2))).toBeNull();
      }),
    );
  });
}

/** When to ask again: in a minute. */
function again(now: Instant): AskRequest['again'] {
  return [later(now, 60_000)];
}

/** Makes these orders paid, by their messages. */
async function paid({ store, now }: StoreHarness, numbers: readonly number[]): Promise<void> {
  for (const n of numbers) {
    await store.orders.create(order(n, { createdAt: later(now(), n) }));
    await store.inbox.record(message(n));
  }
  const request = claimAt(now());
  expect(keysOf(await store.inbox.claim(request))).toHaveLength(numbers.length);
  const batch = numbers.map((n) => {
    const change = paidBy(order(n), message(n), now());
    const payment = { ...change.payment, transactionId: transactionId(n) };
    return settlement(message(n), undefined, { change: { ...change, payment } });
  });
  await store.inbox.settle(request.token, now(), batch);
}

/** What each page of one shows: the number of an order, and of one that cannot be read. */
async function namesByOnes({ store }: StoreHarness) {
  const seen: (readonly [string | null, string | null])[] = [];
  let after: string | null = null;
  for (let page = 0; page < 9; page += 1) {
    const read: Awaited<ReturnType<typeof store.orders.list>> = await store.orders.list({ after, limit: 1 });
    seen.push([read.items[0]?.outTradeNo ?? null, read.unreadable[0]?.name ?? null]);
    if (read.next === null) return seen;
    after = read.next;
  }
  throw new Error('the list does not end');
}
