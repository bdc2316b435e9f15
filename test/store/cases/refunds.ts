import type { Refund, RefundNote, RefundProgress } from '../../../lib/model/refund';
import type { Store } from '../../../lib/store/port';
import { dayOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import { instant, later } from '../../../lib/values/instant';
import { day, message, refund, refundMessage, refundNo, START, succeededAt, tradeNo } from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const EVIDENCE = refundMessage(1).key;

const PROGRESS: readonly RefundProgress[] = [
  { state: 'requested' },
  { state: 'processing', refundId: null, acceptedAt: START },
  { state: 'processing', refundId: '50000000382019052709732000001', acceptedAt: START },
  succeededAt(START, refundMessage(1)),
  {
    state: 'succeeded',
    refundId: null,
    settled: null,
    succeededAt: null,
    knownAt: START,
    knownBy: 'statement',
    evidence: EVIDENCE,
  },
  { state: 'closed', reason: 'user_account_abnormal', knownAt: START, knownBy: 'refund', evidence: EVIDENCE },
  { state: 'closed', reason: null, knownAt: START, knownBy: 'query', evidence: EVIDENCE },
  { state: 'abnormal', reason: '退款“异常” 🧧', knownAt: START, knownBy: 'callback', evidence: EVIDENCE },
  {
    state: 'abnormal',
    reason: null,
    knownAt: START,
    knownBy: 'query',
    evidence: EVIDENCE,
    payOut: { at: START, by: 'li' },
  },
];

const AWKWARD = `'; DROP TABLE refunds; -- "\\ \u2028 \u0001 👩‍👩‍👧‍👦 {"$date":1}`;

async function read(store: Store, n: number): Promise<Refund | undefined> {
  return (await store.refunds.find([refundNo(n)]))[0];
}

/** Refunds beside their settling. */
export function refundCases(open: OpenHarness): void {
  describe('refunds', () => {
    it('take a note of an import to a final state and back, and count what succeeded by it', async () => {
      await withHarness(open, async ({ store: { refunds } }) => {
        const one = refund(1, { progress: succeededAt(START, refundMessage(1)) });
        await refunds.create(one);
        const query = { subMchId: one.subMchId, day: dayOf(START), after: null };
        const count = async () => (await refunds.booked(query)).all.count;
        expect(await count()).toBe(1);
        const said = { knownAt: START, knownBy: 'import', evidence: EVIDENCE } as const;
        const note = { outRefundNo: one.outRefundNo, expectedVersion: one.version } as const;
        const closed = { ...said, state: 'closed', reason: 'import_withdrawn' } as const;
        expect(await refunds.note({ ...note, progress: closed })).toBe(true);
        expect(await count()).toBe(0);
        expect(await refunds.counts()).toMatchObject({ closed: 1, succeeded: 0 });
        const back = {
          ...said,
          state: 'succeeded',
          refundId: null,
          settled: null,
          succeededAt: START,
        } as const;
        expect(await refunds.note({ ...note, progress: back })).toBe(false);
        const next = { ...note, expectedVersion: one.version + 1 };
        expect(await refunds.note({ ...next, progress: back })).toBe(true);
        expect(await count()).toBe(1);
        expect(await refunds.find([one.outRefundNo])).toMatchObject([{ progress: back }]);
      })();
    });

    it.each(PROGRESS)('come back as they were stored: $state, number %#', async (progress) => {
      await withHarness(open, async ({ store, now }) => {
        const full = refund(1, {
          progress,
          total: fen(Number.MAX_SAFE_INTEGER),
          amount: fen(1),
          reason: AWKWARD,
          requestedBy: AWKWARD,
          lastError: AWKWARD,
          asks: 7,
          version: 4,
          nextAskAt: instant(1),
          statement: { day: day(-3), round: 2, chunk: 999_001 },
          history: [
            { at: now(), event: 'requested', path: 'payer', evidence: AWKWARD },
            { at: now(), event: 'asked', path: 'operator', evidence: 'a line of an earlier version' },
            { at: now(), event: 'asked', path: 'call', actor: 'merchant', evidence: 'merchant' },
            { at: now(), event: 'closed', path: 'refund', evidence: null },
          ],
        });
        expect(await store.refunds.create(full)).toBe('created');
        expect(await read(store, 1)).toEqual(full);
        expect(await store.refunds.list({ state: progress.state, after: null, limit: 5 })).toEqual({
          items: [full],
          next: null,
          unreadable: [],
        });
      })();
    });

    it.each(['operator', 'merchant', 'policy', 'back_office'] as const)(
      'come back as they were stored: wanted by %s',
      async (origin) => {
        await withHarness(open, async ({ store }) => {
          await store.refunds.create(refund(1, { origin, lastError: '', history: [] }));
          expect(await read(store, 1)).toEqual(refund(1, { origin, lastError: '', history: [] }));
        })();
      },
    );

    it(
      'are created once, however many try at the same time',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            (i % 2 === 0 ? harness.store : other).refunds.create(
              refund(1, { reason: `reason ${String(i)}` }),
            ),
          ),
        );
        expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
        const reason = `reason ${String(answers.indexOf('created'))}`;
        expect(await read(harness.store, 1)).toEqual(refund(1, { reason }));
      }),
    );

    it(
      'are found by their numbers, the unknown ones left out',
      withHarness(open, async ({ store }) => {
        await Promise.all(Array.from({ length: 30 }, (_, n) => store.refunds.create(refund(n))));
        const found = await store.refunds.find(Array.from({ length: 40 }, (_, n) => refundNo(n + 10)));
        expect(new Set(found.map((one) => one.outRefundNo))).toEqual(
          new Set(Array.from({ length: 20 }, (_, n) => refundNo(n + 10))),
        );
        expect(await store.refunds.find([])).toEqual([]);
      }),
    );

    it(
      'of an order come first created first, and none of another order',
      withHarness(open, async ({ store, now }) => {
        const outTradeNo = tradeNo(1);
        const all = [
          refund(5, { outTradeNo, createdAt: later(now(), 1) }),
          refund(3, { outTradeNo, createdAt: later(now(), 2) }),
          refund(4, { outTradeNo, createdAt: later(now(), 3), progress: succeededAt(now(), message(1)) }),
        ] as const;
        for (const one of [all[1], all[2], refund(2), all[0]]) await store.refunds.create(one);
        expect(await store.refunds.ofOrder(outTradeNo)).toEqual(all);
        expect(await store.refunds.ofOrder(tradeNo(9))).toEqual([]);
      }),
    );

    it(
      'take a note only at the version it was decided on, and change only what it names',
      withHarness(open, async ({ store, now }) => {
        await store.refunds.create(refund(1, { lastError: 'time-out' }));
        const noted = (over: Omit<RefundNote, 'outRefundNo'>) =>
          store.refunds.note({ outRefundNo: refundNo(1), ...over });
        const progress = { state: 'processing', refundId: '5000', acceptedAt: now() } as const;
        const entry = { at: now(), event: 'refund_accepted', path: 'refund', evidence: '5000' } as const;
        expect(await noted({ expectedVersion: 1, progress, entry })).toBe(true);
        const history = [...refund(1).history, entry];
        const once = refund(1, { version: 2, progress, history, lastError: 'time-out' });
        expect(await read(store, 1)).toEqual(once);

        expect(await noted({ expectedVersion: 1, lastError: 'stale', nextAskAt: now(), entry })).toBe(false);
        expect(await read(store, 1)).toEqual(once);

        expect(await noted({ expectedVersion: 2, lastError: null })).toBe(true);
        expect(await read(store, 1)).toEqual({ ...once, version: 3, lastError: null });
        expect(await noted({ expectedVersion: 3, lastError: AWKWARD, nextAskAt: later(now(), 9) })).toBe(
          true,
        );
        const last = { ...once, version: 4, lastError: AWKWARD, nextAskAt: later(now(), 9) };
        expect(await read(store, 1)).toEqual(last);
        const refusal = { at: now(), code: 'bad_request', detail: AWKWARD } as const;
        expect(await noted({ expectedVersion: 4, refusal })).toBe(true);
        expect(await read(store, 1)).toEqual({ ...last, version: 5, refusal });
        expect(await noted({ expectedVersion: 5, nextAskAt: now() })).toBe(true);
        expect((await read(store, 1))?.refusal).toEqual(refusal);
        expect(await noted({ expectedVersion: 6, refusal: null })).toBe(true);
        expect(await read(store, 1)).toEqual({ ...last, version: 7, nextAskAt: now() });
        expect(await store.refunds.note({ outRefundNo: refundNo(2), expectedVersion: 1 })).toBe(false);
      }),
    );

    it(
      'keep the request to pay one out until a note takes it back',
      withHarness(open, async ({ store, now }) => {
        const progress = {
          state: 'abnormal',
          reason: null,
          knownAt: now(),
          knownBy: 'query',
          evidence: EVIDENCE,
        } as const;
        await store.refunds.create(refund(1, { progress }));
        const asked = { ...progress, payOut: { at: now(), by: AWKWARD } };
        const outRefundNo = refundNo(1);
        expect(await store.refunds.note({ outRefundNo, expectedVersion: 1, progress: asked })).toBe(true);
        expect((await read(store, 1))?.progress).toEqual(asked);
        expect(await store.refunds.note({ outRefundNo, expectedVersion: 2, progress })).toBe(true);
        expect((await read(store, 1))?.progress).toEqual(progress);
      }),
    );

    it(
      'take one of several notes decided on the same version at once',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        await store.refunds.create(refund(1));
        const answers = await Promise.all(
          [store, other, store, other].map((one, i) =>
            one.refunds.note({
              outRefundNo: refundNo(1),
              expectedVersion: 1,
              nextAskAt: later(now(), i),
              lastError: `error ${String(i)}`,
            }),
          ),
        );
        expect(answers.filter(Boolean)).toHaveLength(1);
        const winner = answers.indexOf(true);
        const lastError = `error ${String(winner)}`;
        expect(await read(store, 1)).toEqual(
          refund(1, { version: 2, lastError, nextAskAt: later(now(), winner) }),
        );
      }),
    );

    it(
      'are listed newest first, ties by number, all or of one state',
      withHarness(open, async ({ store }) => {
        const all = Array.from({ length: 20 }, (_, n) =>
          refund(n, {
            createdAt: later(START, Math.floor(n / 4)),
            progress: n % 3 === 0 ? succeededAt(START, refundMessage(n)) : { state: 'requested' },
          }),
        );
        await Promise.all(all.map((one) => store.refunds.create(one)));
        for (const state of [null, 'succeeded', 'requested', 'abnormal'] as const) {
          const seen: Refund[] = [];
          let after: string | null = null;
          for (let page = 0; page < 10; page += 1) {
            const got: Awaited<ReturnType<Store['refunds']['list']>> = await store.refunds.list({
              state,
              after,
              limit: 3,
            });
            seen.push(...got.items);
            after = got.next;
            if (after === null) break;
          }
          expect(after).toBeNull();
          const wanted = all.filter((one) => state === null || one.progress.state === state);
          expect(seen).toEqual([...wanted].reverse());
        }
      }),
    );

    it(
      'that are open are counted when they were created before a time, however they ended or got stuck',
      withHarness(open, async ({ store }) => {
        for (const [n, progress] of PROGRESS.entries())
          await store.refunds.create(refund(n, { progress, createdAt: START }));
        await store.refunds.create(refund(20, { createdAt: later(START, 5) }));
        expect(await store.refunds.countOverdue(START)).toBe(0);
        expect(await store.refunds.countOverdue(later(START, 1))).toBe(3);
        expect(await store.refunds.countOverdue(later(START, 5))).toBe(3);
        expect(await store.refunds.countOverdue(later(START, 6))).toBe(4);
      }),
    );

    it(
      'are counted by their state',
      withHarness(open, async ({ store }) => {
        const none = { requested: 0, processing: 0, succeeded: 0, closed: 0, abnormal: 0 };
        expect(await store.refunds.counts()).toEqual(none);
        for (const [n, progress] of PROGRESS.entries()) await store.refunds.create(refund(n, { progress }));
        expect(await store.refunds.counts()).toEqual({
          requested: 1,
          processing: 2,
          succeeded: 2,
          closed: 2,
          abnormal: 2,
        });
      }),
    );
  });
}
