import type { Order } from '../../../lib/model/order';
import type { StatementMark } from '../../../lib/model/statement/statement-mark';
import type { Store } from '../../../lib/store/port';
import type { AbsentQuery, BookedPart, BookedQuery, Page } from '../../../lib/store/requests';
import { fen } from '../../../lib/values/fen';
import { startOf, type BeijingDay } from '../../../lib/values/day';
import type { SubMchId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  day,
  MERCHANT,
  message,
  order,
  OTHER_MERCHANT,
  paidAt,
  refund,
  refundMessage,
  refundNo,
  START,
  succeededAt,
  tradeNo,
  transactionId,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const OF_THIS_RUN: StatementMark = { day: day(), round: 2, chunk: 1_001 };

/** Orders or refunds, as far as statements go. */
interface Kind {
  readonly name: string;
  /** Makes the `n`th one, paid or succeeded at `at`. */
  readonly create: (
    store: Store,
    n: number,
    at: Instant,
    over?: { readonly statement?: StatementMark; readonly subMchId?: SubMchId },
  ) => Promise<unknown>;
  readonly mark: (store: Store, numbers: readonly number[], mark: StatementMark) => Promise<void>;
  readonly absent: (
    store: Store,
    query: AbsentQuery,
  ) => Promise<Page<{ readonly statement: StatementMark | null }>>;
  /** The amount of the `n`th one, in fen. */
  readonly amount: (n: number) => number;
  readonly held: (store: Store, query: BookedQuery) => Promise<BookedPart>;
  /** The numbers of what a page gave. */
  readonly names: (items: readonly object[]) => readonly number[];
  readonly find: (
    store: Store,
    n: number,
  ) => Promise<{ readonly version: number; readonly statement: StatementMark | null } | undefined>;
}

const ORDERS: Kind = {
  name: 'orders',
  create: (store, n, at, over) => store.orders.create(order(n, { ...over, payment: paidAt(n, at) })),
  mark: (store, numbers, mark) => store.orders.markStatement(numbers.map(tradeNo), mark),
  absent: (store, query) => store.orders.absent(query),
  held: (store, query) => store.orders.booked(query),
  amount: (n) => order(n).total,
  names: (items) =>
    items.flatMap((one) => ('outTradeNo' in one ? [Number(String(one.outTradeNo).slice(-6))] : [])),
  find: async (store, n) => (await store.orders.find([tradeNo(n)]))[0],
};

const REFUNDS: Kind = {
  name: 'refunds',
  create: (store, n, at, over) =>
    store.refunds.create(refund(n, { ...over, progress: succeededAt(at, refundMessage(n)) })),
  mark: (store, numbers, mark) => store.refunds.markStatement(numbers.map(refundNo), mark),
  absent: (store, query) => store.refunds.absent(query),
  held: (store, query) => store.refunds.booked(query),
  amount: (n) => refund(n).amount,
  names: (items) =>
    items.flatMap((one) => ('outRefundNo' in one ? [Number(String(one.outRefundNo).slice(-6))] : [])),
  find: async (store, n) => (await store.refunds.find([refundNo(n)]))[0],
};

const WHOLE_DAY: AbsentQuery = { subMchId: MERCHANT, day: day(), round: 2, after: null, limit: 100 };

/** All pages, each followed by `between`. */
async function allAbsent(
  kind: Kind,
  store: Store,
  query: AbsentQuery,
  between: (seen: readonly number[]) => Promise<void> = async () => undefined,
): Promise<readonly number[]> {
  const seen: number[] = [];
  let after: string | null = null;
  for (let page = 0; page < 50; page += 1) {
    const read: Awaited<ReturnType<Kind['absent']>> = await kind.absent(store, { ...query, after });
    expect(read.items.length).toBeLessThanOrEqual(query.limit);
    seen.push(...kind.names(read.items));
    if (read.next === null) return seen;
    after = read.next;
    await between(seen);
  }
  throw new Error('the list does not end');
}

/** All parts of a day. */
async function allHeld(
  kind: Kind,
  store: Store,
  query: Omit<BookedQuery, 'after'>,
): Promise<Pick<BookedPart, 'all' | 'otherDays'>> {
  const plus = (a: BookedPart['all'], b: BookedPart['all']) => ({
    count: a.count + b.count,
    total: fen(a.total + b.total),
  });
  const nothing = { count: 0, total: fen(0) };
  let [all, otherDays, after]: [BookedPart['all'], BookedPart['all'], string | null] = [
    nothing,
    nothing,
    null,
  ];
  for (let part = 0; part < 50; part += 1) {
    const read = await kind.held(store, { ...query, after });
    all = plus(all, read.all);
    otherDays = plus(otherDays, read.otherDays);
    if (read.next === null) return { all, otherDays };
    after = read.next;
  }
  throw new Error('the day does not end');
}

/** A thousand orders are made one by one, and a busy machine takes its time. */
const SLOW_MS = 180_000;

/** Marks of statements, and what has none. */
export function markCases(open: OpenHarness): void {
  describe.each([ORDERS, REFUNDS])('statements and $name', (kind) => {
    it(
      'mark by one call, whatever mark there was, and leave the version alone',
      withHarness(open, async ({ store, now }) => {
        await kind.create(store, 1, now());
        await kind.create(store, 2, now(), { statement: { day: day(-1), round: 1, chunk: 2 } });
        await kind.create(store, 3, now());
        const before = await Promise.all([1, 2, 3].map((n) => kind.find(store, n)));
        await kind.mark(store, [1, 2, 9], OF_THIS_RUN);
        await kind.mark(store, [], OF_THIS_RUN);
        expect(await kind.find(store, 1)).toEqual({ ...before[0], statement: OF_THIS_RUN });
        expect(await kind.find(store, 2)).toEqual({ ...before[1], statement: OF_THIS_RUN });
        expect(await kind.find(store, 3)).toEqual(before[2]);
        const next = { ...OF_THIS_RUN, round: 3, chunk: 1 };
        await kind.mark(store, [1], next);
        expect(await kind.find(store, 1)).toEqual({ ...before[0], statement: next });
      }),
    );

    it(
      'mark 1000 at once',
      withHarness(open, async ({ store, now }) => {
        const numbers = Array.from({ length: 1_000 }, (_, n) => n);
        for (let from = 0; from < 1_000; from += 100) {
          await Promise.all(numbers.slice(from, from + 100).map((n) => kind.create(store, n, now())));
        }
        await kind.mark(store, numbers, OF_THIS_RUN);
        expect((await kind.find(store, 0))?.statement).toEqual(OF_THIS_RUN);
        expect((await kind.find(store, 999))?.statement).toEqual(OF_THIS_RUN);
        expect(await kind.absent(store, WHOLE_DAY)).toEqual({ items: [], next: null });
      }),
      SLOW_MS,
    );

    it(
      'find absent what lies in the day and has no mark, or one of an earlier round over the same day',
      withHarness(open, async ({ store }) => {
        const noon = START;
        await kind.create(store, 1, noon);
        await kind.create(store, 2, noon, { statement: { day: day(), round: 1, chunk: 2 } });
        await kind.create(store, 3, noon, { statement: OF_THIS_RUN });
        await kind.create(store, 4, noon, { statement: { day: day(), round: 3, chunk: 2 } });
        await kind.create(store, 5, noon, { statement: { day: day(-1), round: 1, chunk: 2 } });
        await kind.create(store, 6, noon, { statement: { day: day(1), round: 1, chunk: 2 } });
        await kind.create(store, 7, noon, { subMchId: OTHER_MERCHANT });
        expect(await allAbsent(kind, store, WHOLE_DAY)).toEqual([1, 2]);
        expect(await allAbsent(kind, store, { ...WHOLE_DAY, round: 1 })).toEqual([1]);
        expect(await allAbsent(kind, store, { ...WHOLE_DAY, round: 4 })).toEqual([1, 2, 3, 4]);
        expect(await allAbsent(kind, store, { ...WHOLE_DAY, subMchId: OTHER_MERCHANT })).toEqual([7]);
        expect(await allAbsent(kind, store, { ...WHOLE_DAY, day: day(1) })).toEqual([]);
      }),
    );

    it(
      'take the first millisecond of a day in and that of the next one not',
      withHarness(open, async ({ store }) => {
        const [begin, end] = [startOf(day()), startOf(day(1))];
        await kind.create(store, 1, later(begin, -1));
        await kind.create(store, 2, begin);
        await kind.create(store, 3, later(end, -1));
        await kind.create(store, 4, end);
        expect(await allAbsent(kind, store, WHOLE_DAY)).toEqual([2, 3]);
        expect(await allAbsent(kind, store, { ...WHOLE_DAY, day: day(-1) })).toEqual([1]);
        expect(await allAbsent(kind, store, { ...WHOLE_DAY, day: day(1) })).toEqual([4]);
      }),
    );

    it(
      'page through what is absent, earliest first, ties by number, while others are marked',
      withHarness(open, async ({ store }) => {
        // Numbers go down while times go up, three to a second.
        const at = (n: number) => later(START, Math.floor((30 - n) / 3) * 1_000);
        for (let n = 0; n < 30; n += 1) await kind.create(store, n, at(n));
        const sorted = Array.from({ length: 30 }, (_, n) => n).sort((a, b) => at(a) - at(b) || a - b);
        const seen = await allAbsent(kind, store, { ...WHOLE_DAY, limit: 4 }, async (sofar) => {
          // One that was given, and one that is still to come.
          const [given, coming] = [sofar.at(-1), sorted[sofar.length + 4]];
          const numbers = [given, coming].flatMap((n) => n ?? []);
          await kind.mark(store, numbers, OF_THIS_RUN);
        });
        expect(seen).toEqual(sorted.filter((n) => seen.includes(n)));
        expect(new Set(seen).size).toBe(seen.length);
        const left = await allAbsent(kind, store, WHOLE_DAY);
        expect(seen).toEqual(expect.arrayContaining([...left]));
        expect(seen.length).toBeGreaterThan(20);
        expect(seen.length).toBeLessThan(30);
      }),
    );

    it(
      'count what a day holds, whatever its marks, and of it what other days have',
      withHarness(open, async ({ store }) => {
        const [begin, end] = [startOf(day()), startOf(day(1))];
        await kind.create(store, 1, later(begin, -1));
        await kind.create(store, 2, begin);
        await kind.create(store, 3, START, { statement: OF_THIS_RUN });
        await kind.create(store, 4, START, { statement: { ...OF_THIS_RUN, chunk: 0 } });
        await kind.create(store, 5, START, { statement: { ...OF_THIS_RUN, day: day(-1) } });
        await kind.create(store, 6, later(end, -1), { statement: { ...OF_THIS_RUN, day: day(1) } });
        await kind.create(store, 7, end);
        await kind.create(store, 8, START, { subMchId: OTHER_MERCHANT, statement: OF_THIS_RUN });
        const held = (of: BeijingDay, subMchId = MERCHANT) => allHeld(kind, store, { subMchId, day: of });
        const sum = (...numbers: readonly number[]) => ({
          count: numbers.length,
          total: numbers.reduce((total, n) => total + kind.amount(n), 0),
        });
        expect(await held(day())).toEqual({ all: sum(2, 3, 4, 5, 6), otherDays: sum(5, 6) });
        expect(await held(day(-1))).toEqual({ all: sum(1), otherDays: sum() });
        expect(await held(day(2))).toEqual({ all: sum(), otherDays: sum() });
        expect(await held(day(), OTHER_MERCHANT)).toEqual({ all: sum(8), otherDays: sum() });
      }),
    );

    it(
      'refuse a cursor that is none with StoreError invalid',
      withHarness(open, async ({ store }) => {
        await expect(kind.absent(store, { ...WHOLE_DAY, after: 'nonsense' })).rejects.toMatchObject({
          name: 'StoreError',
          code: 'invalid',
        });
      }),
    );
  });

  describe('statements', () => {
    it(
      'compare what the books say of an order, in every state',
      withHarness(open, async ({ store, now }) => {
        const evidence = message(1).key;
        const all = [
          order(1),
          order(2, {
            payment: paidAt(2, now()),
            statement: OF_THIS_RUN,
            total: fen(Number.MAX_SAFE_INTEGER),
          }),
          order(3, {
            subMchId: OTHER_MERCHANT,
            payment: { state: 'closed', at: now(), evidence },
            otherPayments: [
              {
                transactionId: transactionId(3),
                total: fen(1),
                paidAt: now(),
                as: 'paid_after_close',
                evidence,
              },
            ],
          }),
          order(4, { payment: { state: 'failed', at: now(), evidence } }),
        ];
        for (const one of all) await store.orders.create(one);
        const found = await store.orders.ledger([...all.map((one) => one.outTradeNo), tradeNo(9)]);
        expect([...found].sort((a, b) => (a.outTradeNo < b.outTradeNo ? -1 : 1))).toEqual(
          all.map(({ outTradeNo, subMchId, total, currency, payment, otherPayments, statement }) => ({
            outTradeNo,
            subMchId,
            total,
            currency,
            payment,
            otherPayments,
            statement,
          })),
        );
        expect(await store.orders.ledger([])).toEqual([]);
      }),
    );

    it(
      'compare stated payments by one call, and mark those that plainly agree and no others',
      withHarness(open, async ({ store, now }) => {
        const mark: StatementMark = { ...OF_THIS_RUN, chunk: 2_001 };
        const paid = (n: number, over: Partial<Order> = {}) =>
          order(n, { payment: paidAt(n, now()), ...over });
        const evidence = message(1).key;
        const beside = { transactionId: transactionId(90), total: fen(1), paidAt: now(), evidence };
        const all = [
          paid(1),
          paid(2, { total: fen(103) }),
          paid(3, { payment: { ...paidAt(3, now()), transactionId: transactionId(4) } }),
          order(4),
          paid(5, { subMchId: OTHER_MERCHANT }),
          paid(6, { payment: { ...paidAt(6, now()), knownBy: 'statement' } }),
          paid(7, { otherPayments: [{ ...beside, as: 'duplicate_payment' }] }),
          paid(8, { statement: OF_THIS_RUN }),
          paid(9, { statement: mark }),
          paid(10, { statement: { ...OF_THIS_RUN, round: 1 } }),
          paid(11, { statement: { ...OF_THIS_RUN, day: day(-1) } }),
          paid(12, { statement: { ...OF_THIS_RUN, chunk: 0 } }),
          order(13, { payment: { state: 'closed', at: now(), evidence } }),
          paid(14, { payment: paidAt(14, later(now(), -1)) }),
          paid(15, { payment: paidAt(15, later(now(), 1)) }),
        ];
        for (const one of all) await store.orders.create(one);
        const stated = (n: number) => ({
          outTradeNo: tradeNo(n),
          transactionId: transactionId(n),
          total: fen(100 + n),
        });
        const payments = [...all.map((_, n) => stated(n + 1)), stated(16)];
        const paidIn = { from: now(), to: later(now(), 1) };
        const request = { subMchId: MERCHANT, currency: 'CNY', paidIn, payments, mark };
        const agreeing = [1, 9, 10, 11].map(tradeNo);
        const rest = all.map((one) => one.outTradeNo).filter((number) => !agreeing.includes(number));
        const before = await store.orders.ledger(rest);
        // Again, it is the same.
        for (let time = 0; time < 2; time += 1) {
          const { agreed, others } = await store.orders.agree(request);
          expect([...agreed].sort()).toEqual([...agreeing].sort());
          expect(new Set(others)).toEqual(new Set(before));
        }
        expect(new Set(await store.orders.ledger(rest))).toEqual(new Set(before));
        const marked = await store.orders.ledger(agreeing);
        expect(marked.map(({ statement }) => statement)).toEqual([mark, mark, mark, mark]);
        const foreign = await store.orders.agree({ ...request, currency: 'HKD' });
        expect(foreign.agreed.size).toBe(0);
        expect(await store.orders.agree({ ...request, payments: [] })).toEqual({
          agreed: new Set(),
          others: [],
        });
      }),
    );

    it(
      'miss only orders that are paid, and give of them what is compared',
      withHarness(open, async ({ store, now }) => {
        const evidence = message(1).key;
        await store.orders.create(order(1));
        await store.orders.create(order(2, { payment: { state: 'closed', at: now(), evidence } }));
        await store.orders.create(order(3, { payment: paidAt(3, now()) }));
        const [paid] = await store.orders.ledger([tradeNo(3)]);
        expect(await store.orders.absent(WHOLE_DAY)).toEqual({ items: [paid], next: null });
      }),
    );

    it(
      'miss only refunds that succeeded, by when we knew where WeChat Pay does not say when',
      withHarness(open, async ({ store, now }) => {
        const silent = { ...succeededAt(now(), refundMessage(2)), succeededAt: null };
        const said = succeededAt(now(), refundMessage(3));
        const all = [
          refund(1),
          refund(2, { progress: { ...silent, knownAt: startOf(day(1)) } }),
          refund(3, { progress: { ...said, knownAt: startOf(day(1)) } }),
          refund(4, { progress: { state: 'processing', refundId: null, acceptedAt: now() } }),
        ];
        for (const one of all) await store.refunds.create(one);
        expect(await store.refunds.absent(WHOLE_DAY)).toEqual({ items: [all[2]], next: null });
        expect(await store.refunds.absent({ ...WHOLE_DAY, day: day(1) })).toEqual({
          items: [all[1]],
          next: null,
        });
      }),
    );
  });
}
