import type { StatementRun } from '../../../lib/model/statement/statement-run';
import type { Store } from '../../../lib/store/port';
import type { Forgotten } from '../../../lib/store/requests';
import type { Instant } from '../../../lib/values/instant';
import { instant, later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  heardBy,
  keysOf,
  message,
  NO_TALLY,
  recordRange,
  settlement,
  START,
  statementRun,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const DAY = 86_400_000;
const LATER = later(START, 10 * DAY);

/** Ends the messages that are due at `at`, as done or dead. */
async function end(store: Store, at: Instant, as: 'done' | 'dead', keys?: readonly string[]): Promise<void> {
  const request = claimAt(at, { limit: 1_000 });
  const claimed = await store.inbox.claim(request);
  const finish =
    as === 'done'
      ? ({ kind: 'done', outcome: 'applied' } as const)
      : ({ kind: 'dead', reason: 'mismatch', error: null } as const);
  const wanted = claimed.filter(({ key }) => keys?.includes(key) ?? true);
  const rest = claimed.filter((one) => !wanted.includes(one));
  const settlements = [
    ...wanted.map((one) => settlement(one, finish)),
    ...rest.map((one) => settlement(one, { kind: 'return' } as const)),
  ];
  expect(await store.inbox.settle(request.token, at, settlements)).toEqual(settlements.map(() => 'settled'));
}

/** Forgets page by page, to the end. */
async function forgetAll(
  store: Store,
  query: { readonly state: 'done' | 'dead'; readonly before: Instant; readonly limit: number },
): Promise<readonly Forgotten[]> {
  const pages: Forgotten[] = [];
  let after: string | null = null;
  // More than any case needs: a removal that does not end fails.
  for (let page = 0; page < 50; page += 1) {
    const forgotten: Forgotten = await store.inbox.forget({ ...query, after });
    pages.push(forgotten);
    if (forgotten.next === null) return pages;
    after = forgotten.next;
  }
  throw new Error('forgetting does not end');
}

const removed = (pages: readonly Forgotten[]) => pages.reduce((sum, page) => sum + page.removed, 0);

function ended(n: number, over: Partial<StatementRun> = {}): StatementRun {
  return statementRun(n, {
    day: day(n),
    work: {
      state: 'done',
      report: {
        outcome: 'none',
        statement: null,
        file: null,
        refusal: null,
        tally: NO_TALLY,
        workedMs: 1,
        finishedAt: START,
      },
    },
    ...over,
  });
}

/** What is removed in the end, and what is not. */
export function retentionCases(open: OpenHarness): void {
  describe('forgetting', () => {
    it(
      'removes done messages that ended before the time, and no others',
      withHarness(open, async ({ store }) => {
        await recordRange(store, 0, 6);
        await end(
          store,
          START,
          'done',
          [0, 1].map((n) => message(n).key),
        );
        await end(
          store,
          START,
          'dead',
          [2].map((n) => message(n).key),
        );
        await end(
          store,
          LATER,
          'done',
          [3].map((n) => message(n).key),
        );
        expect(removed(await forgetAll(store, { state: 'done', before: LATER, limit: 100 }))).toBe(2);
        const left = await Promise.all([0, 1, 2, 3, 4, 5].map((n) => store.inbox.find(message(n).key)));
        expect(left.map((one) => one?.state ?? null)).toEqual([
          null,
          null,
          'dead',
          'done',
          'pending',
          'pending',
        ]);
        expect(await store.inbox.ofOrder(left[3]?.outTradeNo ?? unreachable())).toHaveLength(1);
      }),
    );

    it(
      'removes unverified messages alone where only they are to go, and counts those that are kept',
      withHarness(open, async ({ store }) => {
        await recordRange(store, 0, 2);
        const hints = [2, 3, 4].map((n) => message(n, { trust: 'unverified' }));
        const keyAt = (n: number) => (n < 2 ? message(n) : message(n, { trust: 'unverified' })).key;
        for (const hint of hints) await store.inbox.record(hint);
        expect(await store.inbox.countUnverified({ noneOf: [] })).toBe(3);
        await end(store, START, 'done', [0, 2, 3].map(keyAt));
        await end(store, START, 'dead', [1, 4].map(keyAt));
        const forgetUnverified = (state: 'done' | 'dead') =>
          store.inbox.forget({ state, trust: 'unverified', before: LATER, after: null, limit: 2 });
        expect(await forgetUnverified('dead')).toEqual({ removed: 1, next: null });
        expect((await forgetUnverified('done')).removed).toBe(2);
        expect(await store.inbox.countUnverified({ noneOf: [] })).toBe(0);
        const left = await Promise.all([0, 1, 2, 3, 4].map((n) => store.inbox.find(keyAt(n))));
        expect(left.map((one) => one?.state ?? null)).toEqual(['done', 'dead', null, null, null]);
      }),
    );

    it(
      'removes dead messages by a time of their own',
      withHarness(open, async ({ store }) => {
        await recordRange(store, 0, 3);
        await end(
          store,
          START,
          'dead',
          [0, 1].map((n) => message(n).key),
        );
        await end(
          store,
          START,
          'done',
          [2].map((n) => message(n).key),
        );
        expect(removed(await forgetAll(store, { state: 'dead', before: START, limit: 100 }))).toBe(0);
        expect(removed(await forgetAll(store, { state: 'dead', before: later(START, 1), limit: 100 }))).toBe(
          2,
        );
        expect(await store.inbox.backlog(LATER)).toMatchObject({ pending: 0, dead: 0 });
        expect(await store.inbox.find(message(2).key)).toMatchObject({ state: 'done' });
      }),
    );

    it(
      'keeps what was heard again since, and what an operator brought back',
      withHarness(open, async ({ store }) => {
        await recordRange(store, 0, 3);
        await end(store, START, 'dead');
        await store.inbox.record(heardBy(message(0), 'callback', LATER));
        await store.inbox.replay([message(1).key], 'li', LATER);
        expect(removed(await forgetAll(store, { state: 'dead', before: LATER, limit: 100 }))).toBe(1);
        expect(await store.inbox.find(message(0).key)).toMatchObject({ state: 'dead', deliveries: 2 });
        expect(await store.inbox.find(message(1).key)).toMatchObject({ state: 'pending', replays: 1 });
        expect(await store.inbox.find(message(2).key)).toBeNull();
      }),
    );

    it(
      'goes on from page to page, whatever is kept in between, and ends',
      withHarness(open, async ({ store }) => {
        // Five share each millisecond, so that ties have to be broken.
        await recordRange(store, 0, 53, (n) =>
          message(n, { receivedAt: instant(START + Math.floor(n / 5)) }),
        );
        await end(store, later(START, 100), 'done');
        for (const n of [0, 1, 20, 52]) await store.inbox.record(heardBy(message(n), 'callback', LATER));
        const pages = await forgetAll(store, { state: 'done', before: LATER, limit: 10 });
        expect(removed(pages)).toBe(49);
        expect(pages.every((page) => page.removed <= 10)).toBe(true);
        expect(pages.length).toBeLessThanOrEqual(7);
        const { items } = await store.inbox.list({ state: 'done', after: null, limit: 100 });
        expect(keysOf(items)).toEqual([52, 20, 1, 0].map((n) => message(n).key));
      }),
    );

    it(
      'makes the next repeat a new message, and the store takes it',
      withHarness(open, async ({ store }) => {
        await store.inbox.record(message(1));
        await end(store, START, 'done');
        await forgetAll(store, { state: 'done', before: LATER, limit: 1 });
        expect(await store.inbox.record(heardBy(message(1), 'statement', LATER))).toBe('stored');
        expect(await store.inbox.find(message(1).key)).toMatchObject({
          state: 'pending',
          deliveries: 1,
          confirmedBy: ['statement'],
          raw: message(1).raw,
        });
      }),
    );

    it(
      'refuses a mark of no page, and a limit that is none',
      withHarness(open, async ({ store }) => {
        const query = { state: 'done', before: LATER, after: null, limit: 10 } as const;
        await expect(store.inbox.forget({ ...query, after: 'nonsense' })).rejects.toThrow(/page|cursor/);
        await expect(store.inbox.forget({ ...query, limit: 1_001 })).rejects.toMatchObject({
          code: 'invalid',
        });
      }),
    );
  });

  describe('statement runs that are done', () => {
    it(
      'are shown from the earliest day on, before a day, page by page, while earlier ones are removed',
      withHarness(open, async ({ store }) => {
        for (const n of [4, 0, 2, 1, 3]) await store.statementRuns.open(ended(n));
        await store.statementRuns.open(statementRun(9, { day: day(-3) }));
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0; page < 5; page += 1) {
          const read: Awaited<ReturnType<Store['statementRuns']['doneBefore']>> =
            await store.statementRuns.doneBefore({ before: day(4), after, limit: 2 });
          for (const run of read.items) {
            seen.push(run.day);
            expect(await store.statementRuns.remove(run.id, run.round)).toBe(true);
          }
          if (read.next === null) break;
          after = read.next;
        }
        expect(seen).toEqual([day(0), day(1), day(2), day(3)]);
        const { items } = await store.statementRuns.list({ after: null, limit: 10 });
        expect(items.map((run) => run.day)).toEqual([day(4), day(-3)]);
      }),
    );

    it(
      'are removed only as they were seen: not once they were begun again, and not twice',
      withHarness(open, async ({ store }) => {
        const run = ended(1);
        await store.statementRuns.open(run);
        expect(await store.statementRuns.remove(run.id, run.round + 1)).toBe(false);
        expect(await store.statementRuns.again(run.id, 'li', LATER)).not.toBeNull();
        expect(await store.statementRuns.remove(run.id, run.round)).toBe(false);
        expect(await store.statementRuns.remove(run.id, run.round + 1)).toBe(false);
        expect(await store.statementRuns.find(run.id)).toMatchObject({ round: run.round + 1 });
        const other = ended(2);
        await store.statementRuns.open(other);
        expect(await store.statementRuns.remove(other.id, other.round)).toBe(true);
        expect(await store.statementRuns.remove(other.id, other.round)).toBe(false);
        expect(await store.statementRuns.find(other.id)).toBeNull();
      }),
    );
  });
}

function unreachable(): never {
  throw new Error('the message names an order');
}
