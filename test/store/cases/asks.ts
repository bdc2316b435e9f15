import type { RefundProgress } from '../../../lib/model/refund';
import type { Store } from '../../../lib/store/port';
import type { AskRequest } from '../../../lib/store/requests';
import type { Instant } from '../../../lib/values/instant';
import type { SubMchId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  MERCHANT,
  message,
  order,
  OTHER_MERCHANT,
  paidAt,
  paidBy,
  refund,
  refundMessage,
  refundNo,
  settlement,
  START,
  succeededAt,
  tradeNo,
} from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const MINUTE = 60_000;

/** What of an order or refund the schedule turns on. */
interface Asked {
  readonly version: number;
  readonly asks: number;
  readonly nextAskAt: Instant;
}

/** Orders or refunds, as far as the schedule goes. */
interface Kind {
  readonly name: string;
  /** Makes the `n`th one, waiting for an answer. */
  readonly create: (
    store: Store,
    n: number,
    over?: Partial<Asked & { readonly subMchId: SubMchId }>,
  ) => Promise<unknown>;
  readonly claim: (store: Store, request: AskRequest) => Promise<readonly Asked[]>;
  readonly isDue: (store: Store, now: Instant) => Promise<boolean>;
  readonly names: (claimed: readonly Asked[]) => readonly number[];
  readonly find: (store: Store, n: number) => Promise<Asked | undefined>;
  /** Makes one of every state of which nothing is asked, all long due, from number 100 on. */
  readonly createSettled: (store: Store, nextAskAt: Instant) => Promise<void>;
}

const numberOf = (name: string): number => Number(name.slice(-6));

const ORDERS: Kind = {
  name: 'orders',
  create: (store, n, over) => store.orders.create(order(n, over)),
  claim: (store, request) => store.orders.claimAsks(request),
  isDue: (store, now) => store.orders.isAskDue(now),
  names: (claimed) =>
    claimed.flatMap((one) =>
      'requestId' in one && 'outTradeNo' in one ? [numberOf(String(one.outTradeNo))] : [],
    ),
  find: async (store, n) => (await store.orders.findWithoutCarts([tradeNo(n)]))[0],
  createSettled: async (store, nextAskAt) => {
    const evidence = message(1).key;
    await store.orders.create(order(100, { nextAskAt, payment: paidAt(100, START) }));
    await store.orders.create(order(101, { nextAskAt, payment: { state: 'closed', at: START, evidence } }));
    await store.orders.create(order(102, { nextAskAt, payment: { state: 'failed', at: START, evidence } }));
  },
};

const WAITING: readonly RefundProgress[] = [
  { state: 'requested' },
  { state: 'processing', refundId: null, acceptedAt: START },
  { state: 'abnormal', reason: null, knownAt: START, knownBy: 'query', evidence: refundMessage(1).key },
];

const REFUNDS: Kind = {
  name: 'refunds',
  create: (store, n, over) =>
    store.refunds.create(
      refund(n, {
        ...over,
        // The states that wait, in turns.
        progress: WAITING[n % WAITING.length] ?? { state: 'requested' },
      }),
    ),
  claim: (store, request) => store.refunds.claimAsks(request),
  isDue: (store, now) => store.refunds.isAskDue(now),
  names: (claimed) =>
    claimed.flatMap((one) => ('outRefundNo' in one ? [numberOf(String(one.outRefundNo))] : [])),
  find: async (store, n) => (await store.refunds.find([refundNo(n)]))[0],
  createSettled: async (store, nextAskAt) => {
    const by = refundMessage(1);
    const known = { reason: null, knownAt: START, knownBy: 'query', evidence: by.key } as const;
    await store.refunds.create(refund(100, { nextAskAt, progress: succeededAt(START, by) }));
    await store.refunds.create(refund(101, { nextAskAt, progress: { state: 'closed', ...known } }));
  },
};

function askAt(now: Instant, over: Partial<AskRequest> = {}): AskRequest {
  return { now, limit: 100, again: [later(now, MINUTE)], ...over };
}

/** The schedule of questions: what is due is taken and put off by the same step. */
export function askCases(open: OpenHarness): void {
  describe.each([ORDERS, REFUNDS])('asking about $name', (kind) => {
    it(
      'takes what is due, earliest first, as it was before, and leaves the version alone',
      withHarness(open, async ({ store, now }) => {
        await kind.create(store, 1, { nextAskAt: later(now(), -1) });
        await kind.create(store, 2, { nextAskAt: later(now(), 1) });
        await kind.create(store, 3, { nextAskAt: later(now(), -2), version: 7 });
        await kind.create(store, 4, { nextAskAt: now() });
        const before = [await kind.find(store, 3), await kind.find(store, 1), await kind.find(store, 4)];
        const claimed = await kind.claim(store, askAt(now()));
        expect(kind.names(claimed)).toEqual([3, 1, 4]);
        expect(claimed).toEqual(before);
        expect(await kind.find(store, 3)).toEqual({ ...before[0], asks: 1, nextAskAt: later(now(), MINUTE) });
        expect(await kind.find(store, 2)).toMatchObject({ asks: 0, nextAskAt: later(now(), 1) });
        expect(await kind.claim(store, askAt(now()))).toEqual([]);
      }),
    );

    it(
      'is worth a run only while one that waits for an answer is due',
      withHarness(open, async ({ store, now }) => {
        await kind.createSettled(store, later(now(), -MINUTE));
        expect(await kind.isDue(store, now())).toBe(false);
        await kind.create(store, 1, { nextAskAt: later(now(), 1) });
        expect(await kind.isDue(store, now())).toBe(false);
        expect(await kind.isDue(store, later(now(), 1))).toBe(true);
        await kind.claim(store, askAt(later(now(), 1)));
        expect(await kind.isDue(store, later(now(), 1))).toBe(false);
      }),
    );

    it(
      'puts each off by how often it was asked about, the last time holding for all further ones',
      withHarness(open, async ({ store, now }) => {
        for (const [n, asks] of [0, 1, 2, 3, 90].entries())
          await kind.create(store, n, { asks, nextAskAt: now() });
        const again = [later(now(), MINUTE), later(now(), 2 * MINUTE), later(now(), 5 * MINUTE)] as const;
        expect(await kind.claim(store, askAt(now(), { again }))).toHaveLength(5);
        const next = await Promise.all([0, 1, 2, 3, 4].map((n) => kind.find(store, n)));
        expect(next.map((one) => one?.asks)).toEqual([1, 2, 3, 4, 91]);
        expect(next.map((one) => one?.nextAskAt)).toEqual([again[0], again[1], again[2], again[2], again[2]]);
      }),
    );

    it(
      'leaves the merchants out that it is told to, and takes what is due behind them',
      withHarness(open, async ({ store, now }) => {
        for (let n = 1; n <= 4; n += 1) {
          const subMchId = n <= 2 ? OTHER_MERCHANT : MERCHANT;
          await kind.create(store, n, { subMchId, nextAskAt: later(now(), n - 9) });
        }
        const request = askAt(now(), { limit: 2, except: [OTHER_MERCHANT] });
        expect(kind.names(await kind.claim(store, request))).toEqual([3, 4]);
        expect(await kind.find(store, 1)).toMatchObject({ asks: 0, nextAskAt: later(now(), -8) });
        expect(await kind.claim(store, askAt(now(), { except: [MERCHANT, OTHER_MERCHANT] }))).toEqual([]);
        expect(kind.names(await kind.claim(store, askAt(now(), { except: [] })))).toEqual([1, 2]);
      }),
    );

    it(
      'takes the earliest of the others first, whichever was created first',
      withHarness(open, async ({ store, now }) => {
        await kind.create(store, 1, { subMchId: OTHER_MERCHANT, nextAskAt: now() });
        for (let n = 2; n <= 6; n += 1) await kind.create(store, n, { nextAskAt: later(now(), -n) });
        const request = askAt(now(), { limit: 2, except: [OTHER_MERCHANT] });
        const taken: (readonly number[])[] = [];
        for (let round = 0; round < 3; round += 1) taken.push(kind.names(await kind.claim(store, request)));
        expect(taken).toEqual([[6, 5], [4, 3], [2]]);
      }),
    );

    it(
      'takes no more than the limit, and the rest the next time',
      withHarness(open, async ({ store, now }) => {
        for (let n = 0; n < 25; n += 1) await kind.create(store, n, { nextAskAt: later(now(), -n) });
        const taken: number[] = [];
        for (let round = 0; round < 4; round += 1) {
          const claimed = await kind.claim(store, askAt(now(), { limit: 10 }));
          expect(claimed.length).toBeLessThanOrEqual(10);
          taken.push(...kind.names(claimed));
        }
        expect(taken).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i));
      }),
    );

    it(
      'forgets none and puts off each when several take at the same time',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        for (let n = 0; n < 40; n += 1) await kind.create(store, n, { nextAskAt: now() });
        const taken = new Set<number>();
        // Two may get the same, which is harmless, and then fewer are claimed than requested.
        for (let round = 0; round < 20 && taken.size < 40; round += 1) {
          const claims = await Promise.all(
            [store, other, store, other].map((one) => kind.claim(one, askAt(now(), { limit: 10 }))),
          );
          for (const n of claims.flatMap(kind.names)) taken.add(n);
        }
        expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
        expect(await kind.claim(store, askAt(now()))).toEqual([]);
        const after = await Promise.all([...taken].map((n) => kind.find(store, n)));
        expect(after.every((one) => one?.nextAskAt === later(now(), MINUTE) && one.asks >= 1)).toBe(true);
      }),
    );

    it(
      'never takes what waits for no answer',
      withHarness(open, async ({ store, now }) => {
        await kind.createSettled(store, later(now(), -MINUTE));
        expect(await kind.claim(store, askAt(now()))).toEqual([]);
        expect(await kind.find(store, 100)).toMatchObject({ asks: 0, nextAskAt: later(now(), -MINUTE) });
      }),
    );

    it(
      'brings back what was put off once its time has come',
      withHarness(open, async ({ store, now, advance }) => {
        await kind.create(store, 1, { nextAskAt: now() });
        await kind.claim(store, askAt(now()));
        advance(MINUTE - 1);
        expect(await kind.claim(store, askAt(now()))).toEqual([]);
        advance(1);
        expect(await kind.claim(store, askAt(now()))).toMatchObject([{ asks: 1, nextAskAt: now() }]);
      }),
    );
  });

  describe('asking again at a given time', () => {
    it(
      'is noted on the orders that are pending, and on no others',
      withHarness(open, async ({ store, now }) => {
        const at = later(now(), 10 * MINUTE);
        await store.orders.create(order(1, { asks: 3 }));
        await store.orders.create(order(2, { payment: paidAt(2, now()) }));
        await store.orders.create(order(3));
        await store.orders.askAgainAt([tradeNo(1), tradeNo(2), tradeNo(9)], at, null);
        await store.orders.askAgainAt([], at, null);
        expect(await store.orders.find([tradeNo(1)])).toEqual([order(1, { asks: 3, nextAskAt: at })]);
        expect(await store.orders.find([tradeNo(2)])).toEqual([order(2, { payment: paidAt(2, now()) })]);
        expect(await store.orders.find([tradeNo(3)])).toEqual([order(3)]);
        expect(await store.orders.claimAsks(askAt(later(now(), 2 * MINUTE)))).toMatchObject([
          { outTradeNo: tradeNo(3) },
        ]);
      }),
    );

    it(
      'is noted with what was said, on pending orders only; without an answer the last one stays, and the version always',
      withHarness(open, async ({ store, now }) => {
        const at = later(now(), 10 * MINUTE);
        const first = { at: now(), said: 'not_paid' };
        const second = { at: later(now(), 1), said: 'close:unknown:transport' };
        const paid = order(3, { payment: paidAt(3, now()) });
        for (const one of [order(1), order(2), paid]) await store.orders.create(one);
        await store.orders.askAgainAt([tradeNo(1), tradeNo(2), tradeNo(3)], at, first);
        await store.orders.askAgainAt([tradeNo(2)], at, second);
        await store.orders.askAgainAt([tradeNo(1)], later(at, 1), null);
        expect(await store.orders.find([tradeNo(1)])).toEqual([
          order(1, { nextAskAt: later(at, 1), lastAnswer: first }),
        ]);
        expect(await store.orders.find([tradeNo(2)])).toEqual([
          order(2, { nextAskAt: at, lastAnswer: second }),
        ]);
        expect(await store.orders.find([tradeNo(3)])).toEqual([paid]);
      }),
    );

    it(
      'leaves the answer with the order when it is paid and found in a statement',
      withHarness(open, async ({ store, now }) => {
        const lastAnswer = { at: now(), said: 'paying' };
        await store.orders.create(order(1));
        await store.orders.askAgainAt([tradeNo(1)], later(now(), MINUTE), lastAnswer);
        await store.inbox.record(message(1));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const change = paidBy(order(1), message(1), now());
        expect(
          await store.inbox.settle(request.token, now(), [settlement(message(1), undefined, { change })]),
        ).toEqual(['settled']);
        const statement = { day: day(), round: 1, chunk: 0 };
        await store.orders.markStatement([tradeNo(1)], statement);
        expect(await store.orders.find([tradeNo(1)])).toMatchObject([
          { version: 2, payment: { state: 'paid' }, lastAnswer, statement },
        ]);
      }),
    );
  });

  describe('the first order', () => {
    it(
      'is known by when it was created',
      withHarness(open, async ({ store, now }) => {
        expect(await store.orders.firstCreatedAt()).toBeNull();
        await store.orders.create(order(1, { createdAt: later(now(), 5) }));
        await store.orders.create(order(2, { createdAt: later(now(), -5) }));
        await store.orders.create(order(3, { createdAt: now() }));
        expect(await store.orders.firstCreatedAt()).toBe(later(now(), -5));
      }),
    );
  });
}
