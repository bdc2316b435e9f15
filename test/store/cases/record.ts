import { keyOf } from '../../../lib/model/message';
import type { Source } from '../../../lib/model/message';
import { later } from '../../../lib/values/instant';
import { claimAt, heardBy, message, settlement, tradeNo } from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

/** Recording: each message once, each repeat counted. */
export function recordCases(open: OpenHarness): void {
  describe('record', () => {
    it(
      'keeps a new message as pending and due at once',
      withHarness(open, async ({ store, now }) => {
        const first = message(1, { receivedAt: now() });
        expect(await store.inbox.record(first)).toBe('stored');
        expect(await store.inbox.find(first.key)).toEqual({
          key: first.key,
          content: first.content,
          outTradeNo: first.outTradeNo,
          trust: 'platform',
          raw: first.raw,
          envelope: null,
          receivedAt: now(),
          lastDeliveredAt: now(),
          deliveries: 1,
          confirmedBy: ['callback'],
          attempts: 0,
          claims: 0,
          alone: false,
          replays: 0,
          replayedBy: null,
          history: [],
          state: 'pending',
          dueAt: now(),
          lease: null,
          lastError: null,
        });
      }),
    );

    it(
      'answers null for a key nobody recorded',
      withHarness(open, async ({ store }) => {
        expect(await store.inbox.find(message(1).key)).toBeNull();
      }),
    );

    it(
      'counts a repeat, and changes nothing else',
      withHarness(open, async ({ store, now, advance }) => {
        const first = message(1, { receivedAt: now(), raw: '{"first":true}' });
        await store.inbox.record(first);
        const before = await store.inbox.find(first.key);
        advance(15_000);
        expect(await store.inbox.record({ ...first, raw: '{"other":1}', receivedAt: now() })).toBe('repeat');
        expect(await store.inbox.find(first.key)).toEqual({
          ...before,
          deliveries: 2,
          lastDeliveredAt: now(),
        });
      }),
    );

    it(
      'stores exactly one of 100 deliveries at once, and counts them all',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        const same = message(1);
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? harness.store : other).inbox.record(same)),
        );
        expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
        expect((await harness.store.inbox.find(same.key))?.deliveries).toBe(100);
      }),
    );

    it(
      'keeps repeats apart when different messages come at once',
      withHarness(open, async ({ store }) => {
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, i) => store.inbox.record(message(i % 10))),
        );
        expect(answers.filter((answer) => answer === 'stored')).toHaveLength(10);
        for (let n = 0; n < 10; n += 1) {
          expect((await store.inbox.find(message(n).key))?.deliveries).toBe(10);
        }
      }),
    );

    it(
      'holds the paths it was heard by as a set, the first one first',
      withHarness(open, async ({ store, now }) => {
        const first = message(1);
        const paths: readonly Source[] = ['query', 'callback', 'query', 'statement', 'callback', 'close'];
        for (const path of paths) await store.inbox.record(heardBy(first, path, now()));
        const found = await store.inbox.find(first.key);
        expect(found?.deliveries).toBe(6);
        const [heardFirst, ...others] = found?.confirmedBy ?? [];
        expect(heardFirst).toBe('query');
        expect(others.sort()).toEqual(['callback', 'close', 'statement']);
      }),
    );

    it(
      'counts repeats after the message is done, and leaves it done',
      withHarness(open, async ({ store, now, advance }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(request.token, now(), [settlement(first)]);
        const done = await store.inbox.find(first.key);
        expect(done?.state).toBe('done');
        advance(60_000);
        expect(await store.inbox.record(heardBy(first, 'query', now()))).toBe('repeat');
        const after = await store.inbox.find(first.key);
        expect(after).toEqual({
          ...done,
          deliveries: 2,
          lastDeliveredAt: now(),
          confirmedBy: ['callback', 'query'],
        });
        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
      }),
    );

    it(
      'counts repeats after the message is dead, and leaves it dead',
      withHarness(open, async ({ store, now, advance }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(request.token, now(), [
          settlement(first, { kind: 'dead', reason: 'mismatch', error: 'totals differ' }),
        ]);
        const dead = await store.inbox.find(first.key);
        expect(dead?.state).toBe('dead');
        advance(60_000);
        expect(await store.inbox.record(heardBy(first, 'callback', now()))).toBe('repeat');
        expect(await store.inbox.find(first.key)).toEqual({ ...dead, deliveries: 2, lastDeliveredAt: now() });
        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
      }),
    );

    it(
      'counts repeats under a claim without touching the claim',
      withHarness(open, async ({ store, now }) => {
        const first = message(1);
        await store.inbox.record(first);
        const request = claimAt(now());
        await store.inbox.claim(request);
        expect(await store.inbox.record(first)).toBe('repeat');
        expect(await store.inbox.settle(request.token, now(), [settlement(first)])).toEqual(['settled']);
        expect(await store.inbox.find(first.key)).toMatchObject({ state: 'done', deliveries: 2 });
      }),
    );

    it(
      'keeps what is unverified apart from what the platform says of the same payment',
      withHarness(open, async ({ store }) => {
        const real = message(1);
        const forged = message(1, { trust: 'unverified', raw: '{"forged":true}' });
        expect(forged.key).toBe(keyOf(forged.content, 'unverified'));
        expect(await store.inbox.record(forged)).toBe('stored');
        expect(await store.inbox.record(real)).toBe('stored');
        expect(await store.inbox.find(real.key)).toMatchObject({
          trust: 'platform',
          raw: real.raw,
          deliveries: 1,
        });
        expect(await store.inbox.find(forged.key)).toMatchObject({ trust: 'unverified', deliveries: 1 });
      }),
    );

    it(
      'finds all messages of an order, oldest first, and none of another',
      withHarness(open, async ({ store, now }) => {
        const second = message(1, { receivedAt: later(now(), 2_000) });
        const first = message(1, { trust: 'unverified', receivedAt: later(now(), 1_000) });
        const stranger = message(2);
        for (const one of [second, stranger, first]) await store.inbox.record(one);
        const found = await store.inbox.ofOrder(tradeNo(1));
        expect(found.map((one) => one.key)).toEqual([first.key, second.key]);
        expect(found[1]).toEqual(await store.inbox.find(second.key));
        expect(await store.inbox.ofOrder(tradeNo(3))).toEqual([]);
      }),
    );
  });
}
