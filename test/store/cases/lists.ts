import type { MessageSummary, Store } from '../../../lib/store/port';
import { instant, later } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  message,
  order,
  recordRange,
  settlement,
  START,
  tradeNo,
  NEXT_DAY,
} from '../builders';
import { cases } from '../../share';
import type { OpenHarness, StoreHarness } from '../harness';
import { withHarness } from '../harness';

/**
 * The longest read, and a rest. Ten thousand prove the same, and cost 40 s of processor time on
 * CloudBase.
 */
const MANY = cases({ everyTime: 1_300, all: 10_000 });
const SLOW_MS = 180_000;

/** Ten messages share each millisecond, so that ties have to be broken. */
function inTens(n: number) {
  return message(n, { receivedAt: instant(START + Math.floor(n / 10)) });
}

async function pages(
  store: Store,
  state: MessageSummary['state'],
  betweenPages: (page: number) => Promise<void>,
): Promise<readonly MessageSummary[]> {
  const seen: MessageSummary[] = [];
  let after: string | null = null;
  // One page more than needed, so that a list that never ends fails instead of hanging.
  for (let page = 0; page <= MANY / 1_000 + 1; page += 1) {
    const read: Awaited<ReturnType<Store['inbox']['list']>> = await store.inbox.list({
      state,
      after,
      limit: 1_000,
    });
    seen.push(...read.items);
    if (read.next === null) return seen;
    expect(read.items).toHaveLength(1_000);
    after = read.next;
    await betweenPages(page);
  }
  throw new Error('the list does not end');
}

/** Lists and counts, with few and with many rows. */
export function listCases(open: OpenHarness): void {
  describe('lists', () => {
    describe(`with ${String(MANY)} messages`, () => {
      let harness: StoreHarness;

      beforeAll(async () => {
        harness = await open();
        await recordRange(harness.store, 0, MANY, inTens);
      }, SLOW_MS);

      afterAll(() => harness.close());

      it(
        'counts what is waiting, leased, not due and dead',
        async () => {
          const { store } = harness;
          // Half of them are due.
          const now = later(START, MANY / 20 - 1);
          const dead = claimAt(now, { limit: 100 });
          const claimed = await store.inbox.claim(dead);
          await store.inbox.settle(
            dead.token,
            now,
            claimed.map((one) => settlement(one, { kind: 'dead', reason: 'mismatch', error: null })),
          );
          const leased = await store.inbox.claim(claimAt(now, { limit: 50 }));
          expect([claimed.length, leased.length]).toEqual([100, 50]);
          expect(await store.inbox.backlog(now)).toEqual({
            pending: MANY - 100,
            dead: 100,
            oldestDueAt: later(START, 15),
            unverified: { pending: 0, dead: 0 },
            alone: 0,
          });
          expect(await store.inbox.backlog(later(now, 60_000))).toMatchObject({
            oldestDueAt: later(START, 10),
          });
        },
        SLOW_MS,
      );

      it(
        'pages through all of them, newest first, while new ones arrive',
        async () => {
          const { store } = harness;
          const before = new Set(Array.from({ length: MANY - 100 }, (_, i) => message(i + 100).key));
          const seen = await pages(store, 'pending', async (page) => {
            const start = MANY + page * 20;
            await recordRange(store, start, start + 20, (n) =>
              message(n, { receivedAt: later(START, MANY + n) }),
            );
          });
          expect(seen.filter((one) => before.has(one.key))).toHaveLength(before.size);
          expect(new Set(seen.map((one) => one.key)).size).toBe(seen.length);
          const sorted = [...seen].sort((a, b) => b.receivedAt - a.receivedAt || (a.key < b.key ? 1 : -1));
          expect(seen.map((one) => one.key)).toEqual(sorted.map((one) => one.key));
        },
        SLOW_MS,
      );
    });

    it(
      'shows a summary of the messages of one state',
      withHarness(open, async ({ store, now }) => {
        await recordRange(store, 1, 4);
        const request = claimAt(now(), { limit: 1 });
        const [claimed] = await store.inbox.claim({ ...request, keys: [message(1).key] });
        expect(claimed).toBeDefined();
        await store.inbox.settle(request.token, now(), [settlement(message(1))]);
        const done = await store.inbox.list({ state: 'done', after: null, limit: 10 });
        expect(done).toEqual({
          items: [
            {
              key: message(1).key,
              outTradeNo: tradeNo(1),
              state: 'done',
              trust: 'platform',
              attempts: 0,
              claims: 0,
              alone: false,
              deliveries: 1,
              receivedAt: message(1).receivedAt,
            },
          ],
          next: null,
        });
        expect((await store.inbox.list({ state: 'dead', after: null, limit: 10 })).items).toEqual([]);
        expect((await store.inbox.list({ state: 'pending', after: null, limit: 10 })).items).toHaveLength(2);
      }),
    );

    it(
      'tells believed and unverified messages apart, and counts unverified ones apart',
      withHarness(open, async ({ store, now }) => {
        const hint = (n: number) => message(n, { trust: 'unverified' });
        for (const n of [1, 2, 3]) await store.inbox.record(hint(n));
        await recordRange(store, 4, 6);
        const claim = claimAt(now());
        await store.inbox.claim({ ...claim, keys: [hint(1).key, hint(2).key, message(4).key] });
        const dead = { kind: 'dead', reason: 'not_confirmed_by_query', error: null } as const;
        const [first, second, believed] = [hint(1), hint(2), message(4)].map((one) => settlement(one, dead));
        if (first === undefined || second === undefined || believed === undefined) throw new Error('none');
        await store.inbox.settle(claim.token, now(), [first, second, believed]);
        await store.inbox.dismiss([hint(2).key], 'lin', 'a stranger', now());
        expect(await store.inbox.backlog(now())).toMatchObject({
          pending: 1,
          dead: 1,
          unverified: { pending: 1, dead: 1 },
        });
        expect(await store.inbox.countDead(START)).toBe(1);
        // Only an unverified one is due: nobody has to be called for that.
        await store.inbox.claim({ ...claimAt(now()), keys: [message(5).key] });
        expect(await store.inbox.backlog(now())).toMatchObject({ oldestDueAt: null });
        const keysOf = async (state: MessageSummary['state'], trust: MessageSummary['trust']) => {
          const { items } = await store.inbox.list({ state, trust, after: null, limit: 10 });
          return items.map(({ key }) => key);
        };
        expect(await keysOf('pending', 'unverified')).toEqual([hint(3).key]);
        expect(await keysOf('pending', 'platform')).toEqual([message(5).key]);
        expect(await keysOf('dead', 'unverified')).toEqual([hint(2).key, hint(1).key]);
        expect(await keysOf('dead', 'platform')).toEqual([message(4).key]);
        const reason = { reason: 'not_confirmed_by_query', trust: 'unverified' } as const;
        const page = await store.inbox.list({ state: 'dead', ...reason, after: null, limit: 10 });
        expect(page.items.map(({ key }) => key)).toEqual([hint(1).key]);
      }),
    );

    it(
      'lists and counts what is claimed alone while it is pending',
      withHarness(open, async ({ store, now, advance }) => {
        await recordRange(store, 1, 4);
        const keys = [message(1).key, message(3).key];
        for (let claims = 1; claims <= 3; claims += 1) {
          await store.inbox.claim({ ...claimAt(now()), keys });
          advance(30_000);
        }
        expect(await store.inbox.claim({ ...claimAt(now()), keys })).toEqual([]);
        expect(await store.inbox.backlog(now())).toMatchObject({ pending: 3, alone: 2 });
        const query = { state: 'pending', alone: true, limit: 1 } as const;
        const first = await store.inbox.list({ ...query, after: null });
        expect(first.items).toMatchObject([{ key: message(3).key, alone: true, claims: 3 }]);
        const second = await store.inbox.list({ ...query, after: first.next });
        expect(second).toMatchObject({ items: [{ key: message(1).key }], next: null });
        const claim = claimAt(now());
        await store.inbox.claim({ ...claim, keys: [message(1).key], alone: true });
        await store.inbox.settle(claim.token, now(), [settlement(message(1))]);
        expect(await store.inbox.backlog(now())).toMatchObject({ alone: 1 });
        expect((await store.inbox.list({ ...query, after: null })).items).toHaveLength(1);
        expect((await store.inbox.list({ ...query, state: 'done', after: null })).items).toEqual([]);
      }),
    );

    it(
      'says that nothing waits in an empty inbox',
      withHarness(open, async ({ store, now }) => {
        expect(await store.inbox.backlog(now())).toEqual({
          pending: 0,
          dead: 0,
          oldestDueAt: null,
          unverified: { pending: 0, dead: 0 },
          alone: 0,
        });
        expect(await store.inbox.list({ state: 'pending', after: null, limit: 1 })).toEqual({
          items: [],
          next: null,
        });
      }),
    );

    it(
      'pages through orders, newest first, ties by number',
      withHarness(open, async ({ store }) => {
        const all = Array.from({ length: 25 }, (_, n) =>
          order(n, { createdAt: instant(START + Math.floor(n / 5)) }),
        );
        await Promise.all(all.map((one) => store.orders.create(one)));
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0; page < 10; page += 1) {
          const read: Awaited<ReturnType<Store['orders']['list']>> = await store.orders.list({
            after,
            limit: 7,
          });
          seen.push(...read.items.map((one) => one.outTradeNo));
          after = read.next;
          if (after === null) break;
        }
        expect(after).toBeNull();
        expect(seen).toEqual(all.map((one) => one.outTradeNo).reverse());
      }),
    );

    it(
      'pages through open discrepancies, latest seen first, ties by id',
      withHarness(open, async ({ store, now }) => {
        await store.inbox.record(message(1));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const all = Array.from({ length: 25 }, (_, n) => discrepancy(n, instant(START + Math.floor(n / 5))));
        await store.inbox.settle(request.token, now(), [
          settlement(message(1), undefined, { discrepancies: all }),
        ]);
        const seen: string[] = [];
        let after: string | null = null;
        for (let page = 0; page < 10; page += 1) {
          const read: Awaited<ReturnType<Store['discrepancies']['listOpen']>> =
            await store.discrepancies.listOpen({ now: NEXT_DAY, after, limit: 7 });
          seen.push(...read.items.map((one) => one.id));
          after = read.next;
          if (after === null) break;
        }
        expect(after).toBeNull();
        expect(seen).toEqual(all.map((one) => one.id).reverse());
      }),
    );

    it(
      'rejects a cursor that is not one with StoreError invalid',
      withHarness(open, async ({ store }) => {
        await expect(
          store.inbox.list({ state: 'pending', after: 'nonsense', limit: 5 }),
        ).rejects.toMatchObject({
          name: 'StoreError',
          code: 'invalid',
        });
      }),
    );
  });
}
