import type { InboxMessage } from '../../../lib/model/message';
import type { Finish } from '../../../lib/store/port';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  freshToken,
  keysOf,
  LEASE_MS,
  message,
  settlement,
  START,
  NEXT_DAY,
} from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const FINISHES: readonly Finish[] = [
  { kind: 'done', outcome: 'applied' },
  { kind: 'retry', dueAt: later(START, 600_000), error: 'late' },
  { kind: 'dead', reason: 'mismatch', error: 'late' },
  { kind: 'return' },
];

/** Fencing: a claim whose token or time no longer stands can finish nothing. */
export function leaseCases(open: OpenHarness): void {
  describe('lease', () => {
    it(
      'holds until its end, and another worker may claim from that instant on',
      withHarness(open, async (harness) => {
        const { store, now, advance } = harness;
        const other = await otherHandle(harness);
        await store.inbox.record(message(1));
        await store.inbox.claim(claimAt(now()));
        advance(LEASE_MS - 1);
        expect(await other.inbox.claim(claimAt(now()))).toEqual([]);
        advance(1);
        expect(keysOf(await other.inbox.claim(claimAt(now())))).toEqual([message(1).key]);
      }),
    );

    describe.each(FINISHES)('a late $kind', (finish) => {
      it(
        'is refused when another worker has claimed meanwhile, whose claim goes on undisturbed',
        withHarness(open, async (harness) => {
          const { store, now, advance } = harness;
          const other = await otherHandle(harness);
          const first = message(1);
          await store.inbox.record(first);
          const early = claimAt(now());
          await store.inbox.claim(early);
          advance(LEASE_MS);
          const late = claimAt(now());
          await other.inbox.claim(late);
          const before = await store.inbox.find(first.key);
          expect(await store.inbox.settle(early.token, now(), [settlement(first, finish)])).toEqual([
            'lease_lost',
          ]);
          expect(await store.inbox.find(first.key)).toEqual(before);
          expect(await other.inbox.settle(late.token, now(), [settlement(first)])).toEqual(['settled']);
        }),
      );

      it(
        'is refused when nobody has claimed meanwhile, and the message can be claimed',
        withHarness(open, async ({ store, now, advance }) => {
          const first = message(1);
          await store.inbox.record(first);
          const request = claimAt(now());
          await store.inbox.claim(request);
          advance(LEASE_MS);
          const before = await store.inbox.find(first.key);
          expect(await store.inbox.settle(request.token, now(), [settlement(first, finish)])).toEqual([
            'lease_lost',
          ]);
          expect(await store.inbox.find(first.key)).toEqual(before);
          expect(keysOf(await store.inbox.claim(claimAt(now())))).toEqual([first.key]);
        }),
      );

      it(
        'is refused after another worker has finished',
        withHarness(open, async ({ store, now, advance }) => {
          const first = message(1);
          await store.inbox.record(first);
          const early = claimAt(now());
          await store.inbox.claim(early);
          advance(LEASE_MS);
          const late = claimAt(now());
          await store.inbox.claim(late);
          await store.inbox.settle(late.token, now(), [settlement(first)]);
          const before = await store.inbox.find(first.key);
          expect(await store.inbox.settle(early.token, now(), [settlement(first, finish)])).toEqual([
            'lease_lost',
          ]);
          expect(await store.inbox.find(first.key)).toEqual(before);
        }),
      );
    });

    it(
      'is refused for a token that never claimed, and for a message that is not there',
      withHarness(open, async ({ store, now }) => {
        await store.inbox.record(message(1));
        const stranger = freshToken();
        expect(
          await store.inbox.settle(stranger, now(), [settlement(message(1)), settlement(message(2))]),
        ).toEqual(['lease_lost', 'lease_lost']);
        expect(await store.inbox.find(message(1).key)).toMatchObject({ state: 'pending', lease: null });
        expect(await store.inbox.find(message(2).key)).toBeNull();
      }),
    );

    it(
      'is told for each message of a batch by itself',
      withHarness(open, async ({ store, now, advance }) => {
        const [kept, lost, also] = [message(1), message(2), message(3)];
        for (const one of [kept, lost, also]) await store.inbox.record(one);
        const long = claimAt(now(), { leaseUntil: later(now(), 10 * LEASE_MS) });
        await store.inbox.claim({ ...long, keys: [kept.key, also.key] });
        await store.inbox.claim({ ...claimAt(now()), keys: [lost.key] });
        advance(LEASE_MS);
        const results = await store.inbox.settle(long.token, now(), [
          settlement(kept),
          settlement(lost),
          settlement(also),
        ]);
        expect(results).toEqual(['settled', 'lease_lost', 'settled']);
        const states: (InboxMessage['state'] | undefined)[] = [];
        for (const one of [kept, lost, also]) states.push((await store.inbox.find(one.key))?.state);
        expect(states).toEqual(['done', 'pending', 'done']);
      }),
    );

    it(
      'that is long gone opens no second discrepancy and ends no message',
      withHarness(open, async ({ store, now, advance }) => {
        const first = message(1);
        await store.inbox.record(first);
        const early = claimAt(now());
        await store.inbox.claim(early);
        advance(LEASE_MS);
        const late = claimAt(now());
        await store.inbox.claim(late);
        const found = { discrepancies: [discrepancy(1, now())] };
        const finish: Finish = { kind: 'dead', reason: 'mismatch', error: null };
        const results = await Promise.all([
          store.inbox.settle(early.token, now(), [settlement(first, finish, found)]),
          store.inbox.settle(late.token, now(), [settlement(first, finish, found)]),
        ]);
        expect(results).toEqual([['lease_lost'], ['settled']]);
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(1);
      }),
    );
  });
}
