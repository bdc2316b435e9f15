import type { NewMessage } from '../../../lib/model/message';
import type { Refund } from '../../../lib/model/refund';
import type { Store } from '../../../lib/store/port';
import {
  claimAt,
  day,
  discrepancy,
  message,
  NEXT_DAY,
  order,
  paidAt,
  paidBy,
  refund,
  refundedBy,
  refundMessage,
  refundNo,
  settlement,
  START,
  tradeNo,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

/** Records a message and claims it alone; answers the token it is held under. */
async function held(store: Store, one: NewMessage) {
  await store.inbox.record(one);
  const request = claimAt(START);
  const [claimed] = await store.inbox.claim({ ...request, keys: [one.key] });
  if (claimed === undefined) throw new Error('the message of the case cannot be claimed');
  return request.token;
}

async function read(store: Store, n: number): Promise<Refund | undefined> {
  return (await store.refunds.find([refundNo(n)]))[0];
}

/** Settling refund facts: order, refund, discrepancies and message are finished together. */
export function refundSettlementCases(open: OpenHarness): void {
  describe('settling a refund', () => {
    it(
      'makes one that nobody here asked for, with the order’s promise',
      withHarness(open, async ({ store, now }) => {
        const paid = order(1, { payment: paidAt(1, now()) });
        const told = refundMessage(1);
        await store.orders.create(paid);
        const token = await held(store, told);
        const made = refund(1, {
          origin: 'back_office',
          takenOver: { by: 'callback', evidence: told.key },
          progress: refundedBy(refund(1), told, now()).progress,
        });
        const reserved = [{ outRefundNo: refundNo(1), amount: made.amount }];
        const entry = {
          at: now(),
          event: 'refunded_in_merchant_platform',
          path: 'callback',
          evidence: told.key,
        } as const;
        const change = {
          outTradeNo: paid.outTradeNo,
          expectedVersion: 1,
          payment: paid.payment,
          fulfilment: paid.fulfilment,
          otherPayments: [],
          refunds: reserved,
          entry,
        };
        expect(
          await store.inbox.settle(token, now(), [
            settlement(told, undefined, { change, refund: { kind: 'create', refund: made } }),
          ]),
        ).toEqual(['settled']);
        expect(await read(store, 1)).toEqual(made);
        expect(await store.orders.find([paid.outTradeNo])).toEqual([
          { ...paid, version: 2, refunds: reserved, history: [...paid.history, entry] },
        ]);
        expect(await store.inbox.find(told.key)).toMatchObject({ state: 'done', outcome: 'applied' });
      }),
    );

    it(
      'changes one at the version it was decided on: its progress, its history and nothing else',
      withHarness(open, async ({ store, now }) => {
        const before = refund(1, { version: 5, lastError: 'time-out', asks: 3, reason: '退货' });
        const told = refundMessage(1);
        await store.refunds.create(before);
        const token = await held(store, told);
        const change = refundedBy(before, told, now());
        expect(
          await store.inbox.settle(token, now(), [settlement(told, undefined, { refund: change })]),
        ).toEqual(['settled']);
        expect(await read(store, 1)).toEqual({
          ...before,
          version: 6,
          progress: change.progress,
          history: [...before.history, change.entry],
        });
        expect((await store.refunds.counts()).succeeded).toBe(1);
        expect((await store.refunds.list({ state: 'requested', after: null, limit: 1 })).items).toEqual([]);
        expect(await store.refunds.claimAsks({ now: NEXT_DAY, limit: 9, again: [NEXT_DAY] })).toEqual([]);
      }),
    );

    it.each(['create', 'change'] as const)(
      'answers stale when the refund refuses the %s, and decided again under the claim it settles',
      async (kind) => {
        await withHarness(open, async ({ store, now }) => {
          const standing = refund(1, { version: 3, reason: 'stands' });
          await store.refunds.create(standing);
          const told = refundMessage(1);
          const token = await held(store, told);
          const claimed = await store.inbox.find(told.key);
          const stale = refundedBy(refund(1, { version: 2 }), told, now());
          const refused = kind === 'create' ? { kind, refund: refund(1, { reason: 'comes late' }) } : stale;
          expect(
            await store.inbox.settle(token, now(), [
              settlement(told, undefined, { refund: refused, discrepancies: [discrepancy(1, now())] }),
            ]),
          ).toEqual(['stale']);
          expect(await read(store, 1)).toEqual(standing);
          expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(0);
          expect(await store.inbox.find(told.key)).toEqual(claimed);

          const again = refundedBy(standing, told, now());
          expect(
            await store.inbox.settle(token, now(), [settlement(told, undefined, { refund: again })]),
          ).toEqual(['settled']);
          expect(await read(store, 1)).toMatchObject({ version: 4, progress: { state: 'succeeded' } });
        })();
      },
    );

    it(
      'answers stale for a change of a refund that is not there',
      withHarness(open, async ({ store, now }) => {
        const told = refundMessage(1);
        const token = await held(store, told);
        const change = refundedBy(refund(1), told, now());
        expect(
          await store.inbox.settle(token, now(), [settlement(told, undefined, { refund: change })]),
        ).toEqual(['stale']);
        expect(await read(store, 1)).toBeUndefined();
      }),
    );

    it(
      'does not touch the refund when the order refuses its change',
      withHarness(open, async ({ store, now }) => {
        await store.orders.create(order(1, { version: 2 }));
        await store.refunds.create(refund(2));
        const told = refundMessage(1);
        const token = await held(store, told);
        const change = paidBy(order(1), told, now());
        for (const wanted of [
          { kind: 'create', refund: refund(1) } as const,
          refundedBy(refund(2), told, now()),
        ]) {
          expect(
            await store.inbox.settle(token, now(), [settlement(told, undefined, { change, refund: wanted })]),
          ).toEqual(['stale']);
        }
        expect(await read(store, 1)).toBeUndefined();
        expect(await read(store, 2)).toEqual(refund(2));
        expect(await store.orders.find([tradeNo(1)])).toEqual([order(1, { version: 2 })]);
      }),
    );

    it(
      'writes nothing when the lease no longer stands',
      withHarness(open, async ({ store, now, advance }) => {
        await store.refunds.create(refund(1));
        const told = refundMessage(1);
        const token = await held(store, told);
        advance(600_000);
        for (const change of [
          { kind: 'create', refund: refund(2) } as const,
          refundedBy(refund(1), told, now()),
        ]) {
          expect(
            await store.inbox.settle(token, now(), [settlement(told, undefined, { refund: change })]),
          ).toEqual(['lease_lost']);
        }
        expect(await read(store, 1)).toEqual(refund(1));
        expect(await read(store, 2)).toBeUndefined();
      }),
    );

    it(
      'answers settled again under the same token, and writes no second time',
      withHarness(open, async ({ store, now }) => {
        await store.refunds.create(refund(1));
        for (const [n, change] of [
          [1, refundedBy(refund(1), refundMessage(1), now())],
          [2, { kind: 'create', refund: refund(2) }],
        ] as const) {
          const told = refundMessage(n);
          const token = await held(store, told);
          const batch = [settlement(told, undefined, { refund: change })];
          expect(await store.inbox.settle(token, now(), batch)).toEqual(['settled']);
          const before = await read(store, n);
          expect(await store.inbox.settle(token, now(), batch)).toEqual(['settled']);
          expect(await read(store, n)).toEqual(before);
        }
      }),
    );

    it(
      'lets only the first of two settlements on one refund through in a batch',
      withHarness(open, async ({ store, now }) => {
        await store.refunds.create(refund(1));
        const [first, second] = [refundMessage(1), refundMessage(1, { state: 'closed' })];
        await store.inbox.record(first);
        await store.inbox.record(second);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const closed = {
          ...refundedBy(refund(1), second, now()),
          progress: {
            state: 'closed',
            reason: null,
            knownAt: now(),
            knownBy: 'callback',
            evidence: second.key,
          },
        } as const;
        expect(
          await store.inbox.settle(request.token, now(), [
            settlement(first, undefined, { refund: refundedBy(refund(1), first, now()) }),
            settlement(second, undefined, { refund: closed }),
          ]),
        ).toEqual(['settled', 'stale']);
        expect(await read(store, 1)).toMatchObject({ version: 2, progress: { state: 'succeeded' } });
        expect(await store.inbox.find(second.key)).toMatchObject({ state: 'pending' });
      }),
    );

    it(
      'is refused by a note that came between',
      withHarness(open, async ({ store, now }) => {
        await store.refunds.create(refund(1));
        const told = refundMessage(1);
        const token = await held(store, told);
        const decided = refundedBy(refund(1), told, now());
        const progress = { state: 'processing', refundId: null, acceptedAt: now() } as const;
        await store.refunds.note({ outRefundNo: refundNo(1), expectedVersion: 1, progress });
        expect(
          await store.inbox.settle(token, now(), [settlement(told, undefined, { refund: decided })]),
        ).toEqual(['stale']);
        expect(await read(store, 1)).toMatchObject({ version: 2, progress });
      }),
    );

    it(
      'is not refused by a mark or a question that came between, and keeps them',
      withHarness(open, async ({ store, now }) => {
        const before = refund(1, { nextAskAt: now() });
        await store.refunds.create(before);
        await store.orders.create(order(1, { nextAskAt: now() }));
        const told = refundMessage(1);
        const token = await held(store, told);
        const mark = { day: day(), round: 1, chunk: 2 };
        await store.refunds.markStatement([refundNo(1)], mark);
        await store.orders.markStatement([tradeNo(1)], mark);
        const again = [NEXT_DAY] as const;
        await store.refunds.claimAsks({ now: now(), limit: 9, again });
        await store.orders.claimAsks({ now: now(), limit: 9, again });
        const batch = [
          settlement(told, undefined, {
            change: paidBy(order(1), told, now()),
            refund: refundedBy(before, told, now()),
          }),
        ];
        expect(await store.inbox.settle(token, now(), batch)).toEqual(['settled']);
        expect(await read(store, 1)).toMatchObject({
          version: 2,
          asks: 1,
          nextAskAt: NEXT_DAY,
          statement: mark,
        });
        expect(await store.orders.find([tradeNo(1)])).toMatchObject([
          {
            version: 2,
            asks: 1,
            nextAskAt: NEXT_DAY,
            statement: mark,
            payment: { state: 'paid', evidence: told.key },
          },
        ]);
      }),
    );
  });

  describe('money promised to refunds', () => {
    it(
      'is noted by one of several who decided on the same version at once',
      withHarness(open, async ({ store, now }) => {
        await store.orders.create(order(1, { payment: paidAt(1, now()) }));
        const promise = (n: number) => [{ outRefundNo: refundNo(n), amount: refund(1).amount }];
        const answers = await Promise.all(
          [1, 2, 3, 4].map((n) =>
            store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, refunds: promise(n) }),
          ),
        );
        expect(answers.filter(Boolean)).toHaveLength(1);
        const winner = answers.indexOf(true) + 1;
        expect(await store.orders.find([tradeNo(1)])).toMatchObject([
          { version: 2, refunds: promise(winner) },
        ]);
      }),
    );

    it(
      'is given back, and left alone by notes and marks that do not speak of it',
      withHarness(open, async ({ store, now }) => {
        const refunds = [{ outRefundNo: refundNo(1), amount: refund(1).amount }];
        const before = order(1, { payment: paidAt(1, now()), refunds });
        await store.orders.create(before);
        const noted = { outTradeNo: tradeNo(1), expectedVersion: 1, lastAskedAt: now() };
        expect(await store.orders.note(noted)).toBe(true);
        expect(await store.orders.find([tradeNo(1)])).toEqual([
          { ...before, version: 2, lastAskedAt: now() },
        ]);
        const given = { outTradeNo: tradeNo(1), expectedVersion: 2, refunds: [] };
        expect(await store.orders.note(given)).toBe(true);
        expect(await store.orders.find([tradeNo(1)])).toEqual([
          { ...before, version: 3, lastAskedAt: now(), refunds: [] },
        ]);
      }),
    );

    it(
      'is not lost to a payment that was decided before it',
      withHarness(open, async ({ store, now }) => {
        await store.orders.create(order(1));
        const token = await held(store, message(1));
        const refunds = [{ outRefundNo: refundNo(1), amount: refund(1).amount }];
        await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, refunds });
        const decided = paidBy(order(1), message(1), now());
        expect(
          await store.inbox.settle(token, now(), [settlement(message(1), undefined, { change: decided })]),
        ).toEqual(['stale']);
        expect(await store.orders.find([tradeNo(1)])).toMatchObject([{ version: 2, refunds }]);
      }),
    );
  });
}
