import type { Finish } from '../../../lib/store/port';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  keysOf,
  message,
  order,
  paidBy,
  recordRange,
  settlement,
  tradeNo,
  NEXT_DAY,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

/** Settling: the order, the discrepancies and the message come to their end together. */
export function settleCases(open: OpenHarness): void {
  describe('settle', () => {
    it(
      'makes the order paid, its fulfilment due, its history longer and its version higher in one write',
      withHarness(open, async ({ store, now, advance }) => {
        const [before, first] = [order(1), message(1)];
        await store.orders.create(before);
        await store.inbox.record(first);
        advance(1_000);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const change = paidBy(before, first, now());
        expect(
          await store.inbox.settle(request.token, now(), [settlement(first, undefined, { change })]),
        ).toEqual(['settled']);
        expect(await store.orders.find([before.outTradeNo])).toEqual([
          {
            ...before,
            version: 2,
            payment: change.payment,
            fulfilment: change.fulfilment,
            history: [...before.history, change.entry],
          },
        ]);
        expect(await store.inbox.find(first.key)).toMatchObject({
          state: 'done',
          finishedAt: now(),
          outcome: 'applied',
          attempts: 0,
          claims: 0,
        });
      }),
    );

    it(
      'answers stale when the version moved, writes nothing, and can be decided again under the claim',
      withHarness(open, async ({ store, now }) => {
        const [before, first] = [order(1), message(1)];
        await store.orders.create(before);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.orders.note({ outTradeNo: before.outTradeNo, expectedVersion: 1, lastAskedAt: now() });
        const claimed = await store.inbox.find(first.key);
        const stale = settlement(first, undefined, {
          change: paidBy(before, first, now()),
          discrepancies: [discrepancy(1, now())],
        });
        expect(await store.inbox.settle(request.token, now(), [stale])).toEqual(['stale']);
        expect(await store.orders.find([before.outTradeNo])).toMatchObject([
          { version: 2, payment: { state: 'pending' }, fulfilment: { state: 'none' } },
        ]);
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(0);
        expect(await store.inbox.find(first.key)).toEqual(claimed);
        const again = settlement(first, undefined, {
          change: paidBy({ ...before, version: 2 }, first, now()),
        });
        expect(await store.inbox.settle(request.token, now(), [again])).toEqual(['settled']);
        expect(await store.orders.find([before.outTradeNo])).toMatchObject([
          { version: 3, payment: { state: 'paid' } },
        ]);
      }),
    );

    it(
      'answers stale for a change of an order that is not there',
      withHarness(open, async ({ store, now }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const change = paidBy(order(1), first, now());
        expect(
          await store.inbox.settle(request.token, now(), [settlement(first, undefined, { change })]),
        ).toEqual(['stale']);
        expect(await store.orders.find([tradeNo(1)])).toEqual([]);
        expect(await store.inbox.find(first.key)).toMatchObject({ state: 'pending' });
      }),
    );

    it(
      'lets only the first of two settlements on one order through in a batch',
      withHarness(open, async ({ store, now }) => {
        const before = order(1);
        const [first, second] = [message(1), message(1, { trust: 'unverified' })];
        await store.orders.create(before);
        await store.inbox.record(first);
        await store.inbox.record(second);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const results = await store.inbox.settle(request.token, now(), [
          settlement(first, undefined, { change: paidBy(before, first, now()) }),
          settlement(second, undefined, { change: paidBy(before, second, now()) }),
        ]);
        expect(results).toEqual(['settled', 'stale']);
        expect(await store.orders.find([before.outTradeNo])).toMatchObject([
          { version: 2, payment: { state: 'paid', evidence: first.key } },
        ]);
        expect(await store.inbox.find(second.key)).toMatchObject({ state: 'pending', claims: 1 });
      }),
    );

    it(
      'answers one result per settlement, in order, whatever each comes to',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 0, 60);
        for (let n = 0; n < 60; n += 3) await store.orders.create(order(n));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const results = await store.inbox.settle(
          request.token,
          now(),
          Array.from({ length: 61 }, (_, n) =>
            n % 2 === 0
              ? settlement(message(n), undefined, { change: paidBy(order(n), message(n), now()) })
              : settlement(message(n), {
                  kind: 'retry',
                  dueAt: later(now(), n),
                  error: `retry ${String(n)}`,
                }),
          ),
        );
        expect(results.slice(0, 60)).toEqual(
          Array.from({ length: 60 }, (_, n) => (n % 2 === 1 || n % 3 === 0 ? 'settled' : 'stale')),
        );
        // Number 60 has neither message nor order: either may be found out first.
        expect(results.slice(60)).toEqual([expect.stringMatching(/^(lease_lost|stale)$/)]);
        expect(await store.inbox.find(message(0).key)).toMatchObject({ state: 'done' });
        expect(await store.inbox.find(message(2).key)).toMatchObject({ state: 'pending' });
        expect(await store.inbox.find(message(7).key)).toMatchObject({
          state: 'pending',
          lastError: 'retry 7',
        });
      }),
    );

    it(
      'does nothing for an empty batch',
      withHarness(open, async ({ store, now }) => {
        expect(await store.inbox.settle(claimAt(now()).token, now(), [])).toEqual([]);
      }),
    );

    it(
      'answers settled again under the same token, and writes no second time',
      withHarness(open, async ({ store, now, advance }) => {
        const finishes: readonly Finish[] = [
          { kind: 'done', outcome: 'repeat' },
          { kind: 'retry', dueAt: later(now(), 9_000), error: 'again' },
          { kind: 'dead', reason: 'mismatch', error: null },
          { kind: 'return' },
        ];
        await recordRange(store, 0, 4);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const batch = finishes.map((finish, n) => settlement(message(n), finish));
        const read = () => Promise.all(batch.map((one) => store.inbox.find(one.key)));
        expect(await store.inbox.settle(request.token, now(), batch)).toEqual(batch.map(() => 'settled'));
        const before = await read();
        advance(1_000);
        expect(await store.inbox.settle(request.token, now(), batch)).toEqual(batch.map(() => 'settled'));
        expect(await read()).toEqual(before);
      }),
    );

    it(
      'keeps a retry waiting, with its error, and the attempt counted',
      withHarness(open, async ({ store, now }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const dueAt = later(now(), 60_000);
        await store.inbox.settle(request.token, now(), [
          settlement(first, { kind: 'retry', dueAt, error: '订单还没写入' }),
        ]);
        expect(await store.inbox.find(first.key)).toMatchObject({
          state: 'pending',
          attempts: 1,
          dueAt,
          lease: null,
          lastError: '订单还没写入',
        });
      }),
    );

    it(
      'gives a returned message back due at once, the claim not counted',
      withHarness(open, async ({ store, now }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        expect(
          await store.inbox.settle(request.token, now(), [settlement(first, { kind: 'return' })]),
        ).toEqual(['settled']);
        expect(await store.inbox.find(first.key)).toMatchObject({
          state: 'pending',
          attempts: 0,
          claims: 0,
          lease: null,
        });
        const [claimed] = await store.inbox.claim(claimAt(now()));
        expect(claimed).toMatchObject({ key: first.key, attempts: 0, claims: 1 });
      }),
    );

    it(
      'gives a message back due at once even if it was claimed by name before its time',
      withHarness(open, async ({ store, now }) => {
        const first = message(1, { receivedAt: later(now(), 60_000) });
        await store.inbox.record(first);
        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
        const request = claimAt(now());
        await store.inbox.claim({ ...request, keys: [first.key] });
        await store.inbox.settle(request.token, now(), [settlement(first, { kind: 'return' })]);
        expect(keysOf(await store.inbox.claim(claimAt(now())))).toEqual([first.key]);
      }),
    );

    it(
      'ends as dead with a reason, and replay revives exactly what is dead',
      withHarness(open, async ({ store, now, advance }) => {
        const [dead, waiting, unknown] = [message(1), message(2), message(3)];
        await store.inbox.record(dead);
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(request.token, now(), [
          settlement(dead, { kind: 'dead', reason: 'order_never_appeared', error: 'gave up' }),
        ]);
        expect(await store.inbox.find(dead.key)).toMatchObject({
          state: 'dead',
          finishedAt: now(),
          reason: 'order_never_appeared',
          lastError: 'gave up',
          attempts: 0,
        });
        advance(60_000);
        await store.inbox.record(waiting);
        expect(await store.inbox.replay([waiting.key, dead.key, unknown.key], 'ops:lin', now())).toEqual([
          false,
          true,
          false,
        ]);
        const back = await store.inbox.find(dead.key);
        expect(back).toMatchObject({ state: 'pending', attempts: 0, replays: 1, dueAt: now(), lease: null });
        expect(await store.inbox.replay([dead.key], 'ops:lin', now())).toEqual([false]);
        const [claimed] = await store.inbox.claim({ ...claimAt(now()), keys: [dead.key] });
        expect(claimed).toMatchObject({ attempts: 0, claims: 1, replays: 1 });
      }),
    );

    it(
      'opens a discrepancy once; a repeat only moves when it was last seen',
      withHarness(open, async ({ store, now, advance }) => {
        await recordRange(store, 1, 3);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const seen = discrepancy(1, now());
        const dead: Finish = { kind: 'dead', reason: 'mismatch', error: null };
        await store.inbox.settle(request.token, now(), [
          settlement(message(1), dead, { discrepancies: [seen, discrepancy(2, now())] }),
        ]);
        advance(1_000);
        const again = discrepancy(1, now(), { ours: { total: 1 }, theirs: null, path: 'statement' });
        await store.inbox.settle(request.token, now(), [
          settlement(message(2), dead, { discrepancies: [again] }),
        ]);
        expect(await store.discrepancies.ofOrder(tradeNo(1))).toEqual([{ ...seen, lastSeenAt: now() }]);
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(2);
      }),
    );

    it(
      'opens a discrepancy once when one batch finds it twice',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 1, 3);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const dead: Finish = { kind: 'dead', reason: 'mismatch', error: null };
        const found = { discrepancies: [discrepancy(1, now())] };
        const results = await store.inbox.settle(request.token, now(), [
          settlement(message(1), dead, found),
          settlement(message(2), dead, found),
        ]);
        expect(results).toEqual(['settled', 'settled']);
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(1);
      }),
    );

    it(
      'resolves what a settlement explains, passes over the rest, and never opens it again',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 1, 4);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const [explained, unknown] = [discrepancy(1, now()), discrepancy(7, now())];
        const dead: Finish = { kind: 'dead', reason: 'mismatch', error: null };
        await store.inbox.settle(request.token, now(), [
          settlement(message(1), dead, { discrepancies: [explained] }),
        ]);
        const resolution = {
          by: 'auto',
          who: message(2).key,
          reason: 'applied on replay',
          at: now(),
        } as const;
        expect(
          await store.inbox.settle(request.token, now(), [
            settlement(message(2), undefined, {
              resolves: { ids: [explained.id, unknown.id], resolution },
            }),
          ]),
        ).toEqual(['settled']);
        expect(await store.discrepancies.ofOrder(tradeNo(1))).toMatchObject([
          { id: explained.id, resolution },
        ]);
        await store.inbox.settle(request.token, now(), [
          settlement(message(3), dead, { discrepancies: [explained] }),
        ]);
        expect(await store.discrepancies.ofOrder(tradeNo(1))).toMatchObject([{ resolution }]);
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(0);
        expect(await store.discrepancies.ofOrder(tradeNo(7))).toEqual([]);
      }),
    );
  });
}
