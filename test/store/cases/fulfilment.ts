import type { Order } from '../../../lib/model/order';
import type { FulfilmentFinish } from '../../../lib/store/fulfilment-finish';
import type { Store } from '../../../lib/store/port';
import type { SubMchId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  freshToken,
  LEASE_MS,
  MERCHANT,
  message,
  order,
  OTHER_MERCHANT,
  paidAt,
  paidBy,
  settlement,
  START,
  tradeNo,
} from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const FINISHES: readonly FulfilmentFinish[] = [
  { kind: 'done', receipt: 'SF1234567890' },
  { kind: 'retry', dueAt: later(START, 600_000), error: 'late' },
  { kind: 'dead', reason: 'late' },
  { kind: 'wait', dueAt: later(START, 600_000), error: 'no answer' },
  { kind: 'return' },
];

/**
 * Orders `from` to `to - 1`, paid by their messages, so that their fulfilment is due at `dueAt`.
 */
async function payOrders(
  store: Store,
  now: Instant,
  from: number,
  to: number,
  dueAt: (n: number) => Instant = () => now,
): Promise<void> {
  const request = claimAt(now);
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  for (const n of numbers) {
    await store.orders.create(order(n));
    await store.inbox.record(message(n));
  }
  await store.inbox.claim({ ...request, keys: numbers.map((n) => message(n).key) });
  const results = await store.inbox.settle(
    request.token,
    now,
    numbers.map((n) => {
      const change = paidBy(order(n), message(n), now);
      const fulfilment = {
        state: 'due',
        attempts: 0,
        dueAt: dueAt(n),
        lease: null,
        lastError: null,
      } as const;
      return settlement(message(n), undefined, { change: { ...change, fulfilment } });
    }),
  );
  expect(results).toEqual(numbers.map(() => 'settled'));
}

async function found(store: Store, n: number): Promise<Order> {
  const [one] = await store.orders.find([tradeNo(n)]);
  if (one === undefined) throw new Error('the order of the case is gone');
  return one;
}

/** Fulfilment: claimed and finished under the same fencing as messages. */
export function fulfilmentCases(open: OpenHarness): void {
  describe('fulfilment', () => {
    it(
      'is claimed oldest due first, with the order as it is after the claim',
      withHarness(open, async ({ store, now, advance }) => {
        await payOrders(store, now(), 1, 5, (n) => later(now(), 5_000 - n * 1_000));
        await store.orders.create(order(9));
        advance(3_500);
        const before = await found(store, 4);
        const request = claimAt(now(), { limit: 2 });
        const claimed = await store.orders.claimFulfilments(request);
        expect(claimed.map((one) => one.outTradeNo)).toEqual([tradeNo(4), tradeNo(3)]);
        expect(claimed[0]).toEqual({
          ...before,
          version: before.version + 1,
          fulfilment: {
            state: 'due',
            attempts: 1,
            dueAt: later(START, 1_000),
            lease: { token: request.token, until: request.leaseUntil },
            lastError: null,
          },
        });
        expect(await found(store, 4)).toEqual(claimed[0]);
        const rest = await store.orders.claimFulfilments(claimAt(now()));
        expect(rest.map((one) => one.outTradeNo)).toEqual([tradeNo(2)]);
      }),
    );

    it(
      'passes over the merchants that it is told to, untouched, and finds what is due behind them',
      withHarness(open, async ({ store, now }) => {
        const due = { state: 'due', attempts: 0, dueAt: now(), lease: null, lastError: null } as const;
        for (let n = 1; n <= 6; n += 1) {
          const subMchId = n <= 4 ? OTHER_MERCHANT : MERCHANT;
          const fulfilment = { ...due, dueAt: later(now(), n - 9) };
          await store.orders.create(order(n, { subMchId, payment: paidAt(n, now()), fulfilment }));
        }
        const before = await found(store, 1);
        const claim = (except: readonly SubMchId[]) =>
          store.orders.claimFulfilments({ ...claimAt(now(), { limit: 2 }), except });
        expect((await claim([OTHER_MERCHANT])).map((one) => one.outTradeNo)).toEqual([
          tradeNo(5),
          tradeNo(6),
        ]);
        expect(await found(store, 1)).toEqual(before);
        expect(await claim([MERCHANT, OTHER_MERCHANT])).toEqual([]);
        expect((await claim([])).map((one) => one.outTradeNo)).toEqual([tradeNo(1), tradeNo(2)]);
      }),
    );

    it(
      'is worth a run while an order is due and not leased, or held',
      withHarness(open, async ({ store, now }) => {
        await store.orders.create(order(9));
        expect(await store.orders.hasFulfilmentWork(now())).toBe(false);
        await payOrders(store, now(), 1, 2, () => later(now(), 1_000));
        expect(await store.orders.hasFulfilmentWork(now())).toBe(false);
        const due = later(now(), 1_000);
        expect(await store.orders.hasFulfilmentWork(due)).toBe(true);
        const claim = claimAt(due);
        const [claimed] = await store.orders.claimFulfilments(claim);
        expect(claimed?.outTradeNo).toBe(tradeNo(1));
        expect(await store.orders.hasFulfilmentWork(due)).toBe(false);
        expect(await store.orders.hasFulfilmentWork(claim.leaseUntil)).toBe(true);
        const finish = { kind: 'hold', reason: 'refund_message_open', heldAt: due } as const;
        await store.orders.finishFulfilment(claim.token, due, tradeNo(1), finish);
        expect(await store.orders.hasFulfilmentWork(due)).toBe(true);
      }),
    );

    it(
      'is never given to two claims at once',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        await payOrders(harness.store, harness.now(), 0, 60);
        const taken: Order[] = [];
        for (let round = 0; round < 10 && taken.length < 60; round += 1) {
          const claims = await Promise.all(
            [harness.store, other, harness.store, other].map((store) =>
              store.orders.claimFulfilments(claimAt(harness.now(), { limit: 20 })),
            ),
          );
          taken.push(...claims.flat());
        }
        expect(taken.map((one) => one.outTradeNo).sort()).toEqual(
          Array.from({ length: 60 }, (_, n) => tradeNo(n)),
        );
      }),
    );

    it(
      'that was claimed refuses a settlement decided before the claim, and keeps its lease',
      withHarness(open, async ({ store, now }) => {
        await payOrders(store, now(), 1, 2);
        const before = await found(store, 1);
        const fulfilment = claimAt(now());
        await store.orders.claimFulfilments(fulfilment);
        const late = message(1, { trust: 'unverified' });
        await store.inbox.record(late);
        const request = claimAt(now());
        await store.inbox.claim(request);
        expect(
          await store.inbox.settle(request.token, now(), [
            settlement(late, undefined, { change: paidBy(before, late, now()) }),
          ]),
        ).toEqual(['stale']);
        expect(
          await store.orders.finishFulfilment(fulfilment.token, now(), tradeNo(1), {
            kind: 'done',
            receipt: null,
          }),
        ).toBe(true);
      }),
    );

    it(
      'ends done, with its receipt and a line of history, and is not claimed again',
      withHarness(open, async ({ store, now, advance }) => {
        await payOrders(store, now(), 1, 2);
        const request = claimAt(now());
        await store.orders.claimFulfilments(request);
        const before = await found(store, 1);
        advance(100);
        const finish = { kind: 'done', receipt: '顺丰 SF1' } as const;
        expect(await store.orders.finishFulfilment(request.token, now(), tradeNo(1), finish)).toBe(true);
        expect(await found(store, 1)).toEqual({
          ...before,
          version: before.version + 1,
          fulfilment: { state: 'done', attempts: 1, doneAt: now(), receipt: '顺丰 SF1' },
          history: [
            ...before.history,
            { at: now(), event: 'fulfilled', path: 'worker', evidence: '顺丰 SF1' },
          ],
        });
        advance(LEASE_MS);
        expect(await store.orders.claimFulfilments(claimAt(now()))).toEqual([]);
      }),
    );

    it(
      'waits after a retry, is returned uncounted, and is dead with a reason',
      withHarness(open, async ({ store, now, advance }) => {
        await payOrders(store, now(), 1, 2);
        const first = claimAt(now());
        await store.orders.claimFulfilments(first);
        const dueAt = later(now(), 5_000);
        await store.orders.finishFulfilment(first.token, now(), tradeNo(1), {
          kind: 'retry',
          dueAt,
          error: 'HTTP 502',
        });
        expect((await found(store, 1)).fulfilment).toEqual({
          state: 'due',
          attempts: 1,
          dueAt,
          lease: null,
          lastError: 'HTTP 502',
        });
        expect(await store.orders.claimFulfilments(claimAt(now()))).toEqual([]);
        advance(5_000);
        const second = claimAt(now());
        await store.orders.claimFulfilments(second);
        await store.orders.finishFulfilment(second.token, now(), tradeNo(1), { kind: 'return' });
        expect((await found(store, 1)).fulfilment).toMatchObject({ state: 'due', attempts: 1, lease: null });
        const third = claimAt(now());
        expect(await store.orders.claimFulfilments(third)).toMatchObject([{ fulfilment: { attempts: 2 } }]);
        await store.orders.finishFulfilment(third.token, now(), tradeNo(1), {
          kind: 'dead',
          reason: 'out of stock',
        });
        expect((await found(store, 1)).fulfilment).toEqual({
          state: 'dead',
          attempts: 2,
          deadAt: now(),
          reason: 'out of stock',
        });
      }),
    );

    it(
      'waits without an attempt and without a line of history, and keeps its calls until others come',
      withHarness(open, async ({ store, now, advance }) => {
        await payOrders(store, now(), 1, 3);
        const refused = {
          at: now(),
          ms: 12,
          result: 'unavailable',
          status: null,
          said: 'ECONNREFUSED',
        } as const;
        const busy = { at: now(), ms: 8, result: 'unavailable', status: 503, said: '维护中 \u0000' } as const;
        const end = async (n: number, finish: FulfilmentFinish, token: ReturnType<typeof claimAt>['token']) =>
          expect(await store.orders.finishFulfilment(token, now(), tradeNo(n), finish)).toBe(true);
        const first = claimAt(now(), { limit: 10 });
        const claimed = await store.orders.claimFulfilments(first);
        expect(claimed.every((one) => !('calls' in one))).toBe(true);
        const before = await found(store, 1);
        const dueAt = later(now(), 5_000);
        const waiting = { kind: 'wait', dueAt, error: 'ECONNREFUSED' } as const;
        await end(1, { ...waiting, calls: [refused] }, first.token);
        await end(2, waiting, first.token);
        expect(await found(store, 1)).toEqual({
          ...before,
          version: before.version + 1,
          fulfilment: { state: 'due', attempts: 0, dueAt, lease: null, lastError: 'ECONNREFUSED' },
          calls: [refused],
        });
        expect(await store.orders.claimFulfilments(claimAt(now()))).toEqual([]);
        advance(5_000);
        const second = claimAt(now(), { limit: 10 });
        const again = await store.orders.claimFulfilments(second);
        expect(again).toMatchObject([{ calls: [refused], fulfilment: { attempts: 1 } }, {}]);
        expect(again.filter((one) => 'calls' in one)).toHaveLength(1);
        await end(1, { kind: 'retry', dueAt: now(), error: 'no stock' }, second.token);
        await end(2, { kind: 'dead', reason: 'sold', calls: [busy] }, second.token);
        const third = claimAt(now(), { limit: 10 });
        expect(await store.orders.claimFulfilments(third)).toMatchObject([{ calls: [refused] }]);
        await end(1, { kind: 'done', receipt: null, calls: [refused, busy] }, third.token);
        const ended = await store.orders.find([tradeNo(1), tradeNo(2)]);
        const kept = new Map(ended.map((one) => [one.outTradeNo, one.calls]));
        expect([kept.get(tradeNo(1)), kept.get(tradeNo(2))]).toEqual([[refused, busy], [busy]]);
      }),
    );

    it(
      'is brought back from the dead by name, and only from the dead',
      withHarness(open, async ({ store, now, advance }) => {
        await payOrders(store, now(), 1, 3);
        const request = claimAt(now(), { limit: 10 });
        await store.orders.claimFulfilments(request);
        await store.orders.finishFulfilment(request.token, now(), tradeNo(1), { kind: 'dead', reason: 'x' });
        advance(1_000);
        const before = await found(store, 1);
        expect(await store.orders.retryFulfilment(tradeNo(1), 'ops:lin', now())).toBe(true);
        expect(await store.orders.retryFulfilment(tradeNo(1), 'ops:lin', now())).toBe(false);
        expect(await store.orders.retryFulfilment(tradeNo(2), 'ops:lin', now())).toBe(false);
        expect(await store.orders.retryFulfilment(tradeNo(9), 'ops:lin', now())).toBe(false);
        const after = await found(store, 1);
        expect(after).toMatchObject({
          version: before.version + 1,
          fulfilment: { state: 'due', attempts: 0, dueAt: now(), lease: null },
        });
        expect(after.history).toEqual([
          ...before.history,
          {
            at: now(),
            event: 'fulfilment_brought_back',
            path: 'call',
            actor: 'operator',
            evidence: 'ops:lin',
          },
        ]);
        const again = await store.orders.claimFulfilments(claimAt(now()));
        expect(again.map((one) => one.outTradeNo)).toEqual([tradeNo(1)]);
      }),
    );

    describe.each(FINISHES)('a late $kind', (finish) => {
      it(
        'is refused when another worker has claimed meanwhile, whose claim goes on undisturbed',
        withHarness(open, async (harness) => {
          const { store, now, advance } = harness;
          const other = await otherHandle(harness);
          await payOrders(store, now(), 1, 2);
          const early = claimAt(now());
          await store.orders.claimFulfilments(early);
          advance(LEASE_MS - 1);
          expect(await other.orders.claimFulfilments(claimAt(now()))).toEqual([]);
          advance(1);
          const late = claimAt(now());
          expect(await other.orders.claimFulfilments(late)).toHaveLength(1);
          const before = await found(store, 1);
          expect(await store.orders.finishFulfilment(early.token, now(), tradeNo(1), finish)).toBe(false);
          expect(await found(store, 1)).toEqual(before);
          expect(
            await other.orders.finishFulfilment(late.token, now(), tradeNo(1), {
              kind: 'done',
              receipt: null,
            }),
          ).toBe(true);
        }),
      );

      it(
        'is refused when nobody has claimed meanwhile, and the order can be claimed',
        withHarness(open, async ({ store, now, advance }) => {
          await payOrders(store, now(), 1, 2);
          const request = claimAt(now());
          await store.orders.claimFulfilments(request);
          advance(LEASE_MS);
          const before = await found(store, 1);
          expect(await store.orders.finishFulfilment(request.token, now(), tradeNo(1), finish)).toBe(false);
          expect(await store.orders.finishFulfilment(freshToken(), now(), tradeNo(1), finish)).toBe(false);
          expect(await store.orders.finishFulfilment(request.token, now(), tradeNo(9), finish)).toBe(false);
          expect(await found(store, 1)).toEqual(before);
          expect(await store.orders.claimFulfilments(claimAt(now()))).toMatchObject([
            { outTradeNo: tradeNo(1), fulfilment: { attempts: 2 } },
          ]);
        }),
      );
    });
  });
}
