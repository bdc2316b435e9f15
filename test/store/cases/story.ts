import type { Finish } from '../../../lib/store/port';
import { MESSAGE_HISTORY_LINES } from '../../../lib/store/history';
import { later } from '../../../lib/values/instant';
import { claimAt, message, recordRange, settlement } from '../builders';
import type { OpenHarness, StoreHarness } from '../harness';
import { withHarness } from '../harness';

/** What happened to a message can be read from it. */
export function storyCases(open: OpenHarness): void {
  const key = message(1).key;

  /** One turn of the message, whether it is due or not. */
  async function turn({ store, now }: StoreHarness, finish: Finish): Promise<void> {
    const request = claimAt(now());
    await store.inbox.claim({ ...request, keys: [key] });
    const batch = [settlement(message(1), finish)];
    expect(await store.inbox.settle(request.token, now(), batch)).toEqual(['settled']);
    // Its answer may have been lost.
    expect(await store.inbox.settle(request.token, now(), batch)).toEqual(['settled']);
  }

  describe('the story of a message', () => {
    it(
      'has a line for each time it was put off, went dead or was replayed, and none for a claim given back',
      withHarness(open, async (harness) => {
        const { store, now, advance } = harness;
        const first = now();
        await store.inbox.record(message(1));
        await turn(harness, { kind: 'retry', dueAt: later(now(), 5_000), error: '"订单"\n还没写入' });
        await turn(harness, { kind: 'return' });
        advance(5_000);
        await turn(harness, { kind: 'dead', reason: 'order_never_appeared', error: 'gave up' });
        expect(await store.inbox.find(key)).toMatchObject({ replayedBy: null });
        await store.inbox.replay([key], 'ops:lin', now());
        expect(await store.inbox.find(key)).toMatchObject({ replayedBy: 'ops:lin' });
        await turn(harness, { kind: 'dead', reason: 'mismatch', error: null });
        expect((await store.inbox.find(key))?.history).toEqual([
          { at: first, event: 'retried', path: 'worker', evidence: '"订单"\n还没写入' },
          { at: now(), event: 'dead', path: 'worker', evidence: 'order_never_appeared: gave up' },
          { at: now(), event: 'replayed', path: 'call', actor: 'operator', evidence: 'ops:lin' },
          { at: now(), event: 'dead', path: 'worker', evidence: 'mismatch' },
        ]);
        await store.inbox.replay([key], 'ops:lin', now());
        await turn(harness, { kind: 'done', outcome: 'applied' });
        expect((await store.inbox.find(key))?.history).toHaveLength(5);
      }),
    );

    it(
      'tells each of a batch its own',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 1, 4);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const errors = ['one', 'two', 'two'];
        await store.inbox.settle(
          request.token,
          now(),
          errors.map((error, n) => settlement(message(n + 1), { kind: 'retry', dueAt: now(), error })),
        );
        for (const [n, error] of errors.entries()) {
          expect((await store.inbox.find(message(n + 1).key))?.history).toMatchObject([{ evidence: error }]);
        }
      }),
    );

    it(
      'keeps the latest lines only',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        await store.inbox.record(message(1));
        // An operator adds two entries with two calls; a worker, one with four requests on
        // CloudBase.
        for (let n = 1; n <= MESSAGE_HISTORY_LINES / 2; n += 1) {
          await store.inbox.dismiss([key], 'li', String(n), now());
          await store.inbox.replay([key], 'li', now());
        }
        for (const error of ['error 1', 'error 2'])
          await turn(harness, { kind: 'retry', dueAt: now(), error });
        await store.inbox.dismiss([key], 'li', 'enough', now());
        await store.inbox.replay([key], 'li', now());
        const evidence = (await store.inbox.find(key))?.history.map((line) => line.evidence);
        expect(evidence).toHaveLength(MESSAGE_HISTORY_LINES);
        expect(evidence?.slice(0, 2)).toEqual(['li: 3', 'li']);
        expect(evidence?.slice(-4)).toEqual(['error 1', 'error 2', 'li: enough', 'li']);
      }),
    );
  });
}
