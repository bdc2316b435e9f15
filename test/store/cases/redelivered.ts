import { fen } from '../../../lib/values/fen';
import { later } from '../../../lib/values/instant';
import { claimAt, heardBy, message, paymentOf, settlement } from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

/** What callbacks deliver again, until somebody has looked at it. */
export function redeliveredCases(open: OpenHarness): void {
  describe('redelivered', () => {
    const first = message(1);
    const changed = { kind: 'payment', payment: paymentOf(1, { total: fen(1) }) } as const;

    it(
      'answers a message that a believed callback delivered again, with what it said, whatever became of the message',
      withHarness(open, async ({ store, now, advance }) => {
        await store.inbox.record(message(2));
        await store.inbox.record(first);
        expect(await store.inbox.redelivered(10)).toEqual([]);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const end = { kind: 'dead', reason: 'order_never_appeared', error: null } as const;
        await store.inbox.settle(request.token, now(), [settlement(first, end)]);
        advance(15_000);
        await store.inbox.record({ ...first, raw: '{"again":1}', receivedAt: now() });
        const found = await store.inbox.redelivered(10);
        expect(found).toEqual([
          {
            message: await store.inbox.find(first.key),
            told: [{ content: first.content, raw: '{"again":1}' }],
          },
        ]);
        expect(found[0]?.message).toMatchObject({ state: 'dead', deliveries: 2 });
      }),
    );

    it(
      'keeps what says something else under the same key',
      withHarness(open, async ({ store, now }) => {
        await store.inbox.record(first);
        await store.inbox.record(first);
        await store.inbox.record({ ...first, content: changed, raw: '{"total":1}', receivedAt: now() });
        const [found] = await store.inbox.redelivered(10);
        expect(found?.message.content).toEqual(first.content);
        expect(found?.told).toHaveLength(2);
        expect(found?.told).toEqual(
          expect.arrayContaining([
            { content: changed, raw: '{"total":1}' },
            { content: first.content, raw: first.raw },
          ]),
        );
      }),
    );

    it(
      'holds nothing of what another path told, nor of what nobody vouches for',
      withHarness(open, async ({ store, now }) => {
        const forged = message(2, { trust: 'unverified' });
        for (const one of [first, forged, forged]) await store.inbox.record(one);
        for (const path of ['query', 'statement', 'close'] as const) {
          await store.inbox.record(heardBy(first, path, now()));
        }
        expect(await store.inbox.redelivered(10)).toEqual([]);
      }),
    );

    it(
      'answers no more what was looked at, until it is delivered again',
      withHarness(open, async ({ store, now }) => {
        for (const one of [first, first, message(2), message(2), message(2)]) await store.inbox.record(one);
        const seen = (await store.inbox.redelivered(10)).map((one) => one.message);
        expect(seen).toHaveLength(2);
        await store.inbox.settleRedelivered(seen);
        await store.inbox.settleRedelivered(seen);
        expect(await store.inbox.redelivered(10)).toEqual([]);
        await store.inbox.record({ ...first, content: changed, receivedAt: now() });
        expect(await store.inbox.redelivered(10)).toMatchObject([{ told: [{ content: changed }] }]);
      }),
    );

    it(
      'still answers one that came once more while it was looked at',
      withHarness(open, async ({ store }) => {
        for (const one of [first, first]) await store.inbox.record(one);
        const [before] = await store.inbox.redelivered(10);
        await store.inbox.record({ ...first, content: changed });
        await store.inbox.settleRedelivered(before === undefined ? [] : [before.message]);
        const [after] = await store.inbox.redelivered(10);
        expect(after?.told.map(({ content }) => content)).toContainEqual(changed);
      }),
    );

    it(
      'answers what was postponed after all others, until it is delivered again once it was looked at',
      withHarness(open, async ({ store }) => {
        for (const n of [1, 2, 3]) {
          await store.inbox.record(message(n));
          await store.inbox.record(message(n));
        }
        const keys = async (limit: number) =>
          (await store.inbox.redelivered(limit)).map((one) => one.message.key);
        await store.inbox.postponeRedelivered([message(1).key, message(2).key]);
        expect(await keys(1)).toEqual([message(3).key]);
        await store.inbox.postponeRedelivered([message(3).key, message(1).key]);
        await store.inbox.postponeRedelivered([]);
        await store.inbox.record({ ...message(1), content: changed });
        expect(await keys(3)).toEqual([message(2), message(3), message(1)].map(({ key }) => key));
        await store.inbox.settleRedelivered((await store.inbox.redelivered(3)).map((one) => one.message));
        for (const n of [2, 1]) await store.inbox.record(message(n));
        expect((await keys(3)).sort()).toEqual([message(1).key, message(2).key]);
      }),
    );

    it(
      'answers its neighbours although as many as it may answer cannot be read, and those once they are repaired',
      withHarness(open, async ({ store, rewriteHistory }) => {
        if (rewriteHistory === undefined) return;
        for (const n of [1, 2, 3]) {
          await store.inbox.record(message(n));
          await store.inbox.record(message(n));
        }
        for (const n of [1, 2]) await rewriteHistory('message', message(n).key, 'broken');
        const keys = async () => (await store.inbox.redelivered(2)).map((one) => one.message.key);
        expect(await keys()).toEqual([]);
        expect(await keys()).toEqual([message(3).key]);
        await store.inbox.settleRedelivered((await store.inbox.redelivered(2)).map((one) => one.message));
        for (const n of [1, 2]) await rewriteHistory('message', message(n).key, 'empty');
        expect((await keys()).sort()).toEqual([message(1).key, message(2).key]);
      }),
    );

    it(
      'answers no more than asked for, longest here first',
      withHarness(open, async ({ store, now }) => {
        for (const n of [1, 2, 3]) {
          const one = message(n, { receivedAt: later(now(), n) });
          await store.inbox.record(one);
          await store.inbox.record(one);
        }
        const found = await store.inbox.redelivered(2);
        expect(found.map((one) => one.message.key)).toEqual([message(1).key, message(2).key]);
      }),
    );
  });
}
