import type { OrderSettlement } from '../../../lib/model/order';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  message,
  order,
  paidBy,
  settlement,
  tradeNo,
  transactionId,
  withoutCart,
} from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

/** A thousand orders are made one by one, and a busy machine takes its time. */
const SLOW_MS = 180_000;

/** Orders beside their fulfilment. */
export function orderCases(open: OpenHarness): void {
  describe('orders', () => {
    it(
      'are created once, however many try at the same time',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, i) =>
            (i % 2 === 0 ? harness.store : other).orders.create(
              order(1, { requestId: `request-${String(i)}` }),
            ),
          ),
        );
        expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
        const winner = answers.indexOf('created');
        expect(await harness.store.orders.find([tradeNo(1)])).toEqual([
          order(1, { requestId: `request-${String(winner)}` }),
        ]);
      }),
    );

    it(
      'are found 1000 at a time, the unknown ones left out',
      withHarness(open, async ({ store }) => {
        for (let start = 0; start < 900; start += 100) {
          await Promise.all(Array.from({ length: 100 }, (_, i) => store.orders.create(order(start + i))));
        }
        const found = await store.orders.find(Array.from({ length: 1_000 }, (_, n) => tradeNo(n)));
        expect(found).toHaveLength(900);
        expect(new Set(found.map((one) => one.outTradeNo)).size).toBe(900);
        expect(found.find((one) => one.outTradeNo === tradeNo(417))).toEqual(order(417));
        expect(await store.orders.find([])).toEqual([]);
      }),
      SLOW_MS,
    );

    it(
      'take a note only at the version it was decided on',
      withHarness(open, async ({ store, now }) => {
        await store.orders.create(order(1));
        const prepay = {
          payment: {
            timeStamp: '1772337600',
            nonceStr: 'n1',
            package: 'prepay_id=wx1',
            signType: 'RSA',
            paySign: 'sign==',
          },
          at: now(),
        };
        const entry = { at: now(), event: 'prepaid', path: 'call', actor: 'payer', evidence: 'wx1' } as const;
        expect(await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, prepay, entry })).toBe(
          true,
        );
        expect(
          await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, lastAskedAt: now() }),
        ).toBe(false);
        const noted = order(1, { version: 2, prepay, history: [...order(1).history, entry] });
        expect(await store.orders.find([tradeNo(1)])).toEqual([noted]);
        expect(
          await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 2, lastAskedAt: now() }),
        ).toBe(true);
        expect(await store.orders.find([tradeNo(1)])).toEqual([{ ...noted, version: 3, lastAskedAt: now() }]);
        expect(
          await store.orders.note({ outTradeNo: tradeNo(2), expectedVersion: 1, lastAskedAt: now() }),
        ).toBe(false);
      }),
    );

    it(
      'keep the request that made them payable until they end, whatever else is written',
      withHarness(open, async ({ store, now }) => {
        const body = '{"description":"茶 \\u0000\u0000","payer":{"openid":"o1"}}';
        const made = [1, 2, 3].map((n) => order(n, { prepayBody: body }));
        for (const one of made) await store.orders.create(one);
        expect(await store.orders.find([tradeNo(1)])).toEqual(made.slice(0, 1));
        expect(await store.orders.findWithoutCarts([tradeNo(1)])).toEqual([withoutCart(order(1))]);
        const noted = { outTradeNo: tradeNo(1), expectedVersion: 1, lastAskedAt: now() };
        expect(await store.orders.note(noted)).toBe(true);
        expect(await store.orders.find([tradeNo(1)])).toMatchObject([{ version: 2, prepayBody: body }]);
        for (const n of [1, 2, 3]) await store.inbox.record(message(n));
        const claim = claimAt(now());
        await store.inbox.claim(claim);
        const change = (n: number, over: Partial<OrderSettlement>) => ({
          change: {
            ...paidBy(order(n), message(n), now()),
            fulfilment: { state: 'none' } as const,
            takes: transactionId(n),
            ...over,
          },
        });
        const closed = { state: 'closed', at: now(), evidence: message(2).key } as const;
        const settled = await store.inbox.settle(claim.token, now(), [
          settlement(message(1), undefined, change(1, { expectedVersion: 2 })),
          settlement(message(2), undefined, change(2, { payment: closed })),
          settlement(message(3), undefined, change(3, { payment: { state: 'pending' } })),
        ]);
        expect(settled).toEqual(['settled', 'settled', 'settled']);
        const after = await store.orders.find([tradeNo(1), tradeNo(2), tradeNo(3)]);
        const kept = new Map(after.map((one) => [one.outTradeNo, one.prepayBody]));
        expect([1, 2, 3].map((n) => kept.get(tradeNo(n)))).toEqual([undefined, undefined, body]);
        expect(after.filter((one) => 'prepayBody' in one)).toHaveLength(1);
      }),
    );

    it(
      'take one of two notes decided on the same version at once',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        await harness.store.orders.create(order(1));
        const note = { outTradeNo: tradeNo(1), expectedVersion: 1, lastAskedAt: harness.now() };
        const answers = await Promise.all([
          harness.store.orders.note(note),
          other.orders.note(note),
          harness.store.orders.note(note),
          other.orders.note(note),
        ]);
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect(await harness.store.orders.find([tradeNo(1)])).toMatchObject([{ version: 2 }]);
      }),
    );

    it(
      'are counted by what is known of them',
      withHarness(open, async ({ store, now }) => {
        expect(await store.orders.counts()).toEqual({
          payment: { pending: 0, paid: 0, closed: 0, failed: 0 },
          fulfilment: { none: 0, due: 0, held: 0, done: 0, dead: 0 },
        });
        for (let n = 0; n < 6; n += 1) {
          await store.orders.create(order(n));
          await store.inbox.record(message(n));
        }
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(
          request.token,
          now(),
          [0, 1, 2].map((n) =>
            settlement(message(n), undefined, { change: paidBy(order(n), message(n), now()) }),
          ),
        );
        await store.inbox.settle(request.token, now(), [
          settlement(message(3), undefined, {
            change: {
              ...paidBy(order(3), message(3), now()),
              payment: { state: 'closed', at: now(), evidence: message(3).key },
              fulfilment: { state: 'none' },
            },
          }),
        ]);
        const fulfilment = claimAt(now(), { limit: 2 });
        const [done, dead] = await store.orders.claimFulfilments(fulfilment);
        if (done === undefined || dead === undefined) throw new Error('two fulfilments are due');
        await store.orders.finishFulfilment(fulfilment.token, now(), done.outTradeNo, {
          kind: 'done',
          receipt: null,
        });
        await store.orders.finishFulfilment(fulfilment.token, now(), dead.outTradeNo, {
          kind: 'dead',
          reason: 'no stock',
        });
        expect(await store.orders.counts()).toEqual({
          payment: { pending: 2, paid: 3, closed: 1, failed: 0 },
          fulfilment: { none: 3, due: 1, held: 0, done: 1, dead: 1 },
        });
      }),
    );

    it(
      'keep other payments and a second change of a paid order',
      withHarness(open, async ({ store, now }) => {
        const before = order(1);
        await store.orders.create(before);
        await store.inbox.record(message(1));
        await store.inbox.record(message(2));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const paid = paidBy(before, message(1), now());
        await store.inbox.settle(request.token, now(), [settlement(message(1), undefined, { change: paid })]);
        const other = {
          transactionId: transactionId(2),
          total: before.total,
          paidAt: later(now(), 10),
          as: 'duplicate_payment',
          evidence: message(2).key,
        } as const;
        const entry = {
          at: now(),
          event: 'duplicate_payment',
          path: 'callback',
          evidence: message(2).key,
        } as const;
        await store.inbox.settle(request.token, now(), [
          settlement(message(2), undefined, {
            change: { ...paid, expectedVersion: 2, otherPayments: [other], entry },
          }),
        ]);
        expect(await store.orders.find([tradeNo(1)])).toEqual([
          {
            ...before,
            version: 3,
            payment: paid.payment,
            fulfilment: paid.fulfilment,
            otherPayments: [other],
            history: [...before.history, paid.entry, entry],
          },
        ]);
      }),
    );
  });
}
