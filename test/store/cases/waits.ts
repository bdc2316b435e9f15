import type { LatestWaits } from '../../../lib/store/ports/waits-port';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  freshToken,
  keysOf,
  LEASE_MS,
  message,
  order,
  paidAt,
  refund,
  refundNo,
  settlement,
  statementRun,
  tradeNo,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const DAY = 86_400_000;
const MINUTE = 60_000;

/**
 * Nothing can be due more than an hour ahead, nor leased for longer than a lease; after one query
 * the wait is a day at most.
 */
function latestAt(now: Instant): LatestWaits {
  const claim = { dueBy: later(now, 60 * MINUTE), leaseUntil: later(now, LEASE_MS) };
  const asks = [later(now, MINUTE), later(now, DAY), later(now, 5 * MINUTE)] as const;
  return { now, messages: claim, fulfilments: claim, runs: claim, orderAsks: asks, refundAsks: asks };
}

/** What a clock wrote that was ahead, and is seen now by one that is right. */
export function waitCases(open: OpenHarness): void {
  describe('a clock that was ahead', () => {
    it(
      'leaves no message waiting for it: what it put off is due, what it held is free after the time of a lease, and the fence stands',
      withHarness(open, async ({ store, now, advance }) => {
        const ahead = later(now(), DAY);
        const [put, held, usual, done] = [message(1), message(2), message(3), message(4)];
        await store.inbox.record({ ...put, receivedAt: ahead });
        await store.inbox.record({ ...held, receivedAt: now() });
        await store.inbox.record({ ...usual, receivedAt: later(now(), 30 * MINUTE) });
        await store.inbox.record({ ...done, receivedAt: ahead });
        const finished = claimAt(ahead);
        await store.inbox.claim({ ...finished, keys: [done.key] });
        await store.inbox.settle(finished.token, ahead, [settlement(done)]);
        const dead = claimAt(ahead);
        await store.inbox.claim({ ...dead, keys: [held.key] });

        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
        expect(await store.waits.pullForward(latestAt(now()))).toBe(2);
        expect(await store.waits.pullForward(latestAt(now()))).toBe(0);
        expect(keysOf(await store.inbox.claim(claimAt(now())))).toEqual([put.key]);
        expect(await store.inbox.find(usual.key)).toMatchObject({ dueAt: later(now(), 30 * MINUTE) });
        expect(await store.inbox.find(done.key)).toMatchObject({ state: 'done', finishedAt: ahead });

        advance(LEASE_MS);
        const next = claimAt(now());
        expect(keysOf(await store.inbox.claim({ ...next, keys: [held.key] }))).toEqual([held.key]);
        expect(await store.inbox.settle(dead.token, now(), [settlement(held)])).toEqual(['lease_lost']);
        expect(await store.inbox.settle(next.token, now(), [settlement(held)])).toEqual(['settled']);
      }),
    );

    it(
      'does not lose its work: who holds a message and is alive finishes it within a lease',
      withHarness(open, async ({ store, now, advance }) => {
        await store.inbox.record(message(1));
        const alive = claimAt(later(now(), DAY));
        await store.inbox.claim(alive);
        expect(await store.waits.pullForward(latestAt(now()))).toBe(1);
        advance(LEASE_MS - 1);
        expect(await store.inbox.claim(claimAt(now()))).toEqual([]);
        expect(await store.inbox.settle(alive.token, now(), [settlement(message(1))])).toEqual(['settled']);
      }),
    );

    it(
      'leaves no delivery waiting for it',
      withHarness(open, async ({ store, now, advance }) => {
        const ahead = later(now(), DAY);
        const due = (n: number, dueAt: Instant) =>
          store.orders.create(
            order(n, {
              payment: paidAt(n, now()),
              fulfilment: { state: 'due', attempts: 0, dueAt, lease: null, lastError: null },
            }),
          );
        await due(1, now());
        const dead = claimAt(ahead);
        await store.orders.claimFulfilments(dead);
        await due(2, ahead);
        await due(3, later(now(), 30 * MINUTE));
        expect(await store.orders.claimFulfilments(claimAt(now()))).toEqual([]);
        expect(await store.waits.pullForward(latestAt(now()))).toBe(2);
        const numbers = async (at: Instant) =>
          (await store.orders.claimFulfilments(claimAt(at))).map((one) => one.outTradeNo);
        expect(await numbers(now())).toEqual([tradeNo(2)]);
        advance(LEASE_MS);
        expect(await numbers(now())).toEqual(expect.arrayContaining([tradeNo(1)]));
        expect(await store.orders.finishFulfilment(dead.token, now(), tradeNo(1), { kind: 'return' })).toBe(
          false,
        );
      }),
    );

    it(
      'is not undone by a settlement that was decided before: what was pulled forward has another version',
      withHarness(open, async ({ store, now }) => {
        const ahead = later(now(), DAY);
        const due = { state: 'due', attempts: 0, dueAt: ahead, lease: null, lastError: null } as const;
        await store.orders.create(order(1, { payment: paidAt(1, now()), fulfilment: due }));
        const [decidedOn] = await store.orders.find([tradeNo(1)]);
        if (decidedOn === undefined) throw new Error('the order is not there');
        const stored = message(1);
        await store.inbox.record(stored);
        const claim = claimAt(now());
        await store.inbox.claim({ ...claim, keys: [stored.key] });

        expect(await store.waits.pullForward(latestAt(now()))).toBe(1);
        const { outTradeNo, payment, fulfilment, otherPayments, refunds, version } = decidedOn;
        const stale = settlement(stored, undefined, {
          change: {
            ...{ outTradeNo, expectedVersion: version, payment, fulfilment, otherPayments, refunds },
            entry: { at: now(), event: 'paid', path: 'callback', evidence: stored.key },
          },
        });
        expect(await store.inbox.settle(claim.token, now(), [stale])).toEqual(['stale']);
        expect((await store.orders.find([tradeNo(1)]))[0]?.fulfilment).toMatchObject({ dueAt: now() });
      }),
    );

    it(
      'leaves nothing unasked: how long each may wait depends on how often it was asked about',
      withHarness(open, async ({ store, now }) => {
        const at = (minutes: number): Instant => later(now(), minutes * MINUTE);
        const cases: readonly (readonly [asks: number, nextAskAt: Instant, expected: Instant])[] = [
          [0, at(1), at(1)],
          [0, at(2), now()],
          [1, at(1_440), at(1_440)],
          [1, at(1_441), now()],
          [2, at(6), now()],
          [9, at(5), at(5)],
          [9, at(6), now()],
        ];
        for (const [n, [asks, nextAskAt]] of cases.entries()) {
          await store.orders.create(order(n + 1, { asks, nextAskAt }));
          await store.orders.create(order(n + 101));
          await store.refunds.create(refund(n + 101, { asks, nextAskAt }));
        }
        await store.orders.create(order(50, { nextAskAt: at(9_999), payment: paidAt(50, now()) }));
        expect(await store.waits.pullForward(latestAt(now()))).toBe(8);
        for (const [n, [, , expected]] of cases.entries()) {
          const [asked] = await store.orders.find([tradeNo(n + 1)]);
          const [refunded] = await store.refunds.find([refundNo(n + 101)]);
          expect([n, asked?.nextAskAt, refunded?.nextAskAt]).toEqual([n, expected, expected]);
        }
        expect((await store.orders.find([tradeNo(50)]))[0]?.nextAskAt).toBe(at(9_999));
      }),
    );

    it(
      'leaves no statement waiting for it, but for those whose day says when they are due',
      withHarness(open, async ({ store, now, advance }) => {
        const ahead = later(now(), DAY);
        const run = (n: number, attempts: number) =>
          store.statementRuns.open(statementRun(n, { dueAt: ahead, attempts }));
        await run(-3, 1);
        await run(-2, 0);
        await store.statementRuns.open(statementRun(-4));
        const dead = { token: freshToken(), now: later(ahead, -1), leaseUntil: later(ahead, LEASE_MS) };
        expect((await store.statementRuns.claim(dead))?.id).toBe(statementRun(-4).id);
        const claim = () =>
          store.statementRuns.claim({
            token: freshToken(),
            now: now(),
            leaseUntil: later(now(), LEASE_MS),
          });
        expect(await claim()).toBeNull();
        expect(await store.waits.pullForward(latestAt(now()))).toBe(2);
        expect((await claim())?.id).toBe(statementRun(-3).id);
        expect(await claim()).toBeNull();
        advance(LEASE_MS);
        expect((await claim())?.id).toBe(statementRun(-4).id);
        expect((await store.statementRuns.find(statementRun(-2).id))?.dueAt).toBe(ahead);
      }),
    );

    it(
      'is noticed however long the schedule of queries is, and nothing that a right clock set is changed',
      withHarness(open, async ({ store, now }) => {
        // Each wait is a minute longer than the one before, 200 times.
        const rest = Array.from({ length: 199 }, (_, n) => later(now(), (n + 2) * MINUTE));
        const latest = { ...latestAt(now()), orderAsks: [later(now(), MINUTE), ...rest] as const };
        const asked = (n: number, asks: number, nextAskAt: Instant) =>
          store.orders.create(order(n, { asks, nextAskAt }));
        await asked(1, 0, later(now(), MINUTE));
        await asked(2, 100, later(now(), 101 * MINUTE));
        await asked(3, 500, later(now(), 200 * MINUTE));
        expect(await store.waits.pullForward(latest)).toBe(0);
        await asked(4, 0, later(now(), DAY));
        await asked(5, 100, later(now(), DAY));
        await asked(6, 500, later(now(), DAY));
        expect(await store.waits.pullForward(latest)).toBe(3);
        const pulled = await store.orders.find([tradeNo(4), tradeNo(5), tradeNo(6)]);
        expect(pulled.map(({ nextAskAt }) => nextAskAt)).toEqual([now(), now(), now()]);
      }),
    );
  });
}
