import type { Source } from '../../../lib/model/message';
import { later } from '../../../lib/values/instant';
import { claimAt, heardBy, message, refundMessage, settlement, tradeNo, MERCHANT } from '../builders';
import { keyOf } from '../../../lib/model/message';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const PATHS = ['callback', 'query', 'close', 'refund', 'statement'] as const satisfies readonly Source[];

/** By which paths messages were heard. */
export function heardCases(open: OpenHarness): void {
  describe('heard', () => {
    it.each(PATHS.flatMap((first) => PATHS.map((second) => ({ first, second }))))(
      'by $first and then by $second is told in this order',
      async ({ first, second }) => {
        await withHarness(open, async ({ store, now }) => {
          const one = heardBy(message(1), first, now());
          expect(await store.inbox.record(one)).toBe('stored');
          expect((await store.inbox.find(one.key))?.confirmedBy).toEqual([first]);
          expect(await store.inbox.record(heardBy(one, second, now()))).toBe('repeat');
          const both = first === second ? [first] : [first, second];
          expect(await store.inbox.find(one.key)).toMatchObject({ confirmedBy: both, deliveries: 2 });
          expect(await store.inbox.claim(claimAt(now()))).toMatchObject([{ confirmedBy: both }]);
        })();
      },
    );

    it(
      'counts the payments first heard in a span of time, and those no callback ever told',
      withHarness(open, async ({ store, now }) => {
        const [from, to] = [now(), later(now(), 60_000)];
        expect(await store.inbox.paymentsHeard(from, to)).toEqual({ all: 0, withoutCallback: 0 });
        const within = later(from, 1);
        await store.inbox.record(message(1, { receivedAt: later(from, -1) }));
        await store.inbox.record(message(2, { receivedAt: from }));
        await store.inbox.record(heardBy(message(3), 'query', within));
        await store.inbox.record(heardBy(message(4), 'statement', later(to, -1)));
        await store.inbox.record(heardBy(message(5), 'query', to));
        // The callback comes in the end, after the span: it was told all the same.
        await store.inbox.record(heardBy(message(6), 'query', within));
        await store.inbox.record(heardBy(message(6), 'callback', later(to, 5)));
        expect(await store.inbox.paymentsHeard(from, to)).toEqual({ all: 4, withoutCallback: 2 });

        await store.inbox.record(message(7, { receivedAt: within, trust: 'unverified' }));
        await store.inbox.record({ ...refundMessage(8), receivedAt: within });
        const content = {
          kind: 'closure',
          outTradeNo: tradeNo(9),
          subMchId: MERCHANT,
          as: 'closed',
        } as const;
        const closure = message(9, { content, key: keyOf(content, 'platform'), receivedAt: within });
        await store.inbox.record(heardBy(closure, 'close', within));
        expect(await store.inbox.paymentsHeard(from, to)).toEqual({ all: 4, withoutCallback: 2 });
      }),
    );

    it(
      'counts a payment whatever became of its message',
      withHarness(open, async ({ store, now }) => {
        await store.inbox.record(message(1, { receivedAt: now() }));
        await store.inbox.record(heardBy(message(2), 'query', now()));
        const request = claimAt(now());
        await store.inbox.claim(request);
        await store.inbox.settle(request.token, now(), [
          settlement(message(1)),
          settlement(message(2), { kind: 'dead', reason: 'mismatch', error: null }),
        ]);
        expect(await store.inbox.paymentsHeard(now(), later(now(), 1))).toEqual({
          all: 2,
          withoutCallback: 1,
        });
      }),
    );
  });
}
