import type { DayCash } from '../../../lib/model/statement/cash';
import type { RunWork, StatementRun } from '../../../lib/model/statement/statement-run';
import type { Store } from '../../../lib/store/port';
import type { ClaimRequest } from '../../../lib/store/requests';
import { isSubMchId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import { day, freshToken, guarded, LEASE_MS, MERCHANT, NO_TALLY, statementRun } from '../builders';
import { AWKWARD, FULL_CASH, GIVEN, matching, WORKS } from '../run-works';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const OTHER_MERCHANT = guarded(isSubMchId, '1900000208');

function done(now: Instant): RunWork {
  const report = {
    outcome: 'none',
    statement: null,
    file: null,
    refusal: null,
    tally: NO_TALLY,
    workedMs: 5,
    finishedAt: now,
  } as const;
  return { state: 'done', report };
}

function claimOf(now: Instant): Omit<ClaimRequest, 'limit'> {
  return { token: freshToken(), now, leaseUntil: later(now, LEASE_MS) };
}

async function listed(store: Store, limit: number): Promise<readonly StatementRun[]> {
  const seen: StatementRun[] = [];
  let after: string | null = null;
  for (let page = 0; page < 20; page += 1) {
    const read: Awaited<ReturnType<Store['statementRuns']['list']>> = await store.statementRuns.list({
      after,
      limit,
    });
    seen.push(...read.items);
    if (read.next === null) return seen;
    after = read.next;
  }
  throw new Error('the list does not end');
}

/** The runs that reconcile statements: each to one worker at a time. */
export function statementRunCases(open: OpenHarness): void {
  describe('statement runs', () => {
    it.each(WORKS)('come back as they were stored and saved: $state, number %#', async (work) => {
      await withHarness(open, async ({ store, now }) => {
        const history = [
          { at: now(), event: 'opened', path: 'worker', evidence: AWKWARD },
          { at: now(), event: 'saved', path: 'statement', evidence: null },
        ] as const;
        const first = statementRun(0, { work, round: 3, attempts: 2, history });
        expect(await store.statementRuns.open(first)).toBe('created');
        expect(await store.statementRuns.find(first.id)).toEqual(first);

        await store.statementRuns.open(statementRun(-1));
        const request = claimOf(now());
        const claimed = await store.statementRuns.claim(request);
        if (claimed === null) throw new Error('the run of the case cannot be claimed');
        const saved = { ...claimed, work, round: 2, dueAt: later(now(), 1), lease: null, history };
        expect(await store.statementRuns.save(request.token, now(), saved)).toBe(true);
        expect(await store.statementRuns.find(saved.id)).toEqual(saved);
      })();
    });

    it(
      'are opened once per merchant and day, however many try at the same time',
      withHarness(open, async (harness) => {
        const other = await otherHandle(harness);
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, i) =>
            (i % 2 === 0 ? harness.store : other).statementRuns.open(statementRun(0, { attempts: i })),
          ),
        );
        expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
        const attempts = answers.indexOf('created');
        expect(await harness.store.statementRuns.find(statementRun(0).id)).toEqual(
          statementRun(0, { attempts }),
        );
        expect(await other.statementRuns.find(statementRun(1).id)).toBeNull();
      }),
    );

    it(
      'are claimed the earliest day first, with the attempt counted, and given to nobody else',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        for (const n of [2, -30, 1]) await store.statementRuns.open(statementRun(n));
        expect(await store.statementRuns.isDue(now())).toBe(true);
        const request = claimOf(now());
        const claimed = await store.statementRuns.claim(request);
        expect(claimed).toEqual(
          statementRun(-30, { attempts: 1, lease: { token: request.token, until: request.leaseUntil } }),
        );
        expect(await store.statementRuns.find(statementRun(-30).id)).toEqual(claimed);
        expect((await other.statementRuns.claim(claimOf(now())))?.day).toBe(day(1));
        expect((await store.statementRuns.claim(claimOf(now())))?.day).toBe(day(2));
        expect(await other.statementRuns.claim(claimOf(now()))).toBeNull();
        expect(await store.statementRuns.isDue(now())).toBe(false);
      }),
    );

    it(
      'are given once when several claim at the same time',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        for (let n = 0; n < 6; n += 1) await store.statementRuns.open(statementRun(n));
        const taken: string[] = [];
        // Who comes second may be given nothing: it asks again.
        for (let round = 0; round < 12 && taken.length < 6; round += 1) {
          const claims = await Promise.all(
            [store, other, store, other].map((one) => one.statementRuns.claim(claimOf(now()))),
          );
          taken.push(...claims.flatMap((one) => one?.id ?? []));
        }
        expect(taken.sort()).toEqual(Array.from({ length: 6 }, (_, n) => statementRun(n).id));
      }),
    );

    it(
      'are not claimed before they are due, nor when done, and again when the lease has run out',
      withHarness(open, async ({ store, now, advance }) => {
        await store.statementRuns.open(statementRun(0, { dueAt: later(now(), 1_000) }));
        await store.statementRuns.open(statementRun(1, { work: done(now()) }));
        expect(await store.statementRuns.claim(claimOf(now()))).toBeNull();
        advance(1_000);
        expect(await store.statementRuns.claim(claimOf(now()))).toMatchObject({ day: day(), attempts: 1 });
        advance(LEASE_MS - 1);
        expect(await store.statementRuns.claim(claimOf(now()))).toBeNull();
        advance(1);
        expect(await store.statementRuns.claim(claimOf(now()))).toMatchObject({ day: day(), attempts: 2 });
      }),
    );

    it(
      'are saved by who holds them, who may keep them, and who may lengthen the lease',
      withHarness(open, async ({ store, now, advance }) => {
        await store.statementRuns.open(statementRun(0));
        const request = claimOf(now());
        const claimed = await store.statementRuns.claim(request);
        if (claimed === null) throw new Error('the run of the case cannot be claimed');
        const lease = { token: request.token, until: later(now(), 5 * LEASE_MS) };
        const kept: StatementRun = {
          ...claimed,
          lease,
          work: matching({ pass: 'payments', afterLine: 1_001 }),
        };
        expect(await store.statementRuns.save(request.token, now(), kept)).toBe(true);
        // The same once more: nothing about it is a change.
        expect(await store.statementRuns.save(request.token, now(), kept)).toBe(true);
        advance(4 * LEASE_MS);
        expect(await store.statementRuns.claim(claimOf(now()))).toBeNull();
        const ended: StatementRun = { ...kept, lease: null, work: done(now()) };
        expect(await store.statementRuns.save(request.token, now(), ended)).toBe(true);
        expect(await store.statementRuns.find(kept.id)).toEqual(ended);
      }),
    );

    it(
      'are not saved under a lease that has run out, is another’s or was given back: nothing is written',
      withHarness(open, async (harness) => {
        const { store, now, advance } = harness;
        const other = await otherHandle(harness);
        await store.statementRuns.open(statementRun(0));
        const early = claimOf(now());
        const claimed = await store.statementRuns.claim(early);
        if (claimed === null) throw new Error('the run of the case cannot be claimed');
        const wrong: StatementRun = { ...claimed, lease: null, work: done(now()), attempts: 99 };
        expect(await store.statementRuns.save(freshToken(), now(), wrong)).toBe(false);
        expect(await store.statementRuns.find(claimed.id)).toEqual(claimed);

        advance(LEASE_MS);
        expect(await store.statementRuns.save(early.token, now(), wrong)).toBe(false);
        expect(await store.statementRuns.find(claimed.id)).toEqual(claimed);

        const late = claimOf(now());
        const held = await other.statementRuns.claim(late);
        if (held === null) throw new Error('the run of the case cannot be claimed again');
        expect(await store.statementRuns.save(early.token, now(), wrong)).toBe(false);
        expect(await store.statementRuns.find(claimed.id)).toEqual(held);

        const given: StatementRun = { ...held, lease: null };
        expect(await other.statementRuns.save(late.token, now(), given)).toBe(true);
        expect(await other.statementRuns.save(late.token, now(), wrong)).toBe(false);
        expect(await store.statementRuns.find(claimed.id)).toEqual(given);
        expect(await store.statementRuns.save(late.token, now(), statementRun(5))).toBe(false);
        expect(await store.statementRuns.find(statementRun(5).id)).toBeNull();
      }),
    );

    it(
      'keep the cash of the day beside the run: also while a worker has it, and by one writer at a time',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const run = statementRun(0);
        await store.statementRuns.open(run);
        const first: DayCash = { ...FULL_CASH, version: 1, proof: null, accounts: {}, dueAt: null };
        expect(await store.statementRuns.saveCash(run.id, 1, first)).toBe(false);
        expect(await store.statementRuns.saveCash(statementRun(5).id, 0, first)).toBe(false);
        const claimed = await store.statementRuns.claim(claimOf(now()));
        if (claimed === null) throw new Error('the run of the case cannot be claimed');
        const saving = [store, other].map((one) => one.statementRuns.saveCash(run.id, 0, first));
        expect((await Promise.all(saving)).filter(Boolean)).toHaveLength(1);
        // What holds the run writes everything but its cash.
        const ended: StatementRun = { ...claimed, lease: null, work: done(now()) };
        expect(await store.statementRuns.save(claimed.lease?.token ?? freshToken(), now(), ended)).toBe(true);
        expect(await store.statementRuns.find(run.id)).toEqual({ ...ended, cash: first });
        expect(await other.statementRuns.saveCash(run.id, 0, FULL_CASH)).toBe(false);
        expect(await other.statementRuns.saveCash(run.id, 1, FULL_CASH)).toBe(true);
        await store.statementRuns.again(run.id, 'ops:lin', now());
        expect(await listed(store, 10)).toMatchObject([{ round: 2, cash: FULL_CASH }]);
        const second = statementRun(1, { cash: FULL_CASH });
        await store.statementRuns.open(second);
        expect(await store.statementRuns.find(second.id)).toEqual(second);
      }),
    );

    it(
      'begin again when done: waiting, due now, the next round, the last 100 lines of history',
      withHarness(open, async ({ store, now, advance }) => {
        const line = (n: number) =>
          ({ at: now(), event: `chunk ${String(n)}`, path: 'worker', evidence: null }) as const;
        const history = Array.from({ length: 100 }, (_, n) => line(n));
        const ended = statementRun(0, {
          round: 2,
          attempts: 4,
          refusedDownloads: 2,
          work: done(now()),
          history,
        });
        await store.statementRuns.open(ended);
        await store.statementRuns.open(statementRun(1));
        advance(60_000);
        expect(await store.statementRuns.again(statementRun(1).id, 'ops:lin', now())).toBeNull();
        expect(await store.statementRuns.again(statementRun(2).id, 'ops:lin', now())).toBeNull();
        expect(await store.statementRuns.find(statementRun(1).id)).toEqual(statementRun(1));

        expect(await store.statementRuns.again(ended.id, 'ops:lin', now())).toBe(3);
        const entry = {
          at: now(),
          event: 'begun_again',
          path: 'call',
          actor: 'operator',
          evidence: 'ops:lin',
        } as const;
        expect(await store.statementRuns.find(ended.id)).toEqual({
          ...ended,
          round: 3,
          attempts: 0,
          begunAgainAt: now(),
          refusedDownloads: 0,
          dueAt: now(),
          work: { state: 'waiting', reason: 'not_asked', detail: null },
          history: [...history.slice(1), entry],
        });
        expect(await store.statementRuns.again(ended.id, 'ops:lin', now())).toBeNull();
        expect(await store.statementRuns.claim(claimOf(now()))).toMatchObject({ id: ended.id, attempts: 1 });
      }),
    );

    it(
      'begin again with a bill given by hand, and keep it until WeChat Pay’s own is compared',
      withHarness(open, async ({ store, now }) => {
        const ended = statementRun(0, { work: done(now()) });
        await store.statementRuns.open(ended);
        expect(await store.statementRuns.again(ended.id, 'li', now(), GIVEN)).toBe(2);
        const begun = await store.statementRuns.claim(claimOf(now()));
        if (begun === null) throw new Error('the run of the case cannot be claimed');
        const waiting = { state: 'waiting', reason: 'not_asked', detail: null } as const;
        expect(begun.work).toEqual({ ...waiting, kept: GIVEN });
        const work = done(now());
        if (work.state !== 'done') throw new Error('it is done');
        const report = { ...work.report, ...GIVEN };
        const compared: StatementRun = { ...begun, lease: null, work: { state: 'done', report } };
        expect(await store.statementRuns.save(begun.lease?.token ?? freshToken(), now(), compared)).toBe(
          true,
        );
        expect(await store.statementRuns.again(ended.id, 'li', now())).toBe(3);
        expect(await store.statementRuns.find(ended.id)).toMatchObject({
          work: { ...waiting, kept: GIVEN },
        });
      }),
    );

    it(
      'begin again once, however many want it at the same time',
      withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const ended = statementRun(0, { work: done(now()) });
        await store.statementRuns.open(ended);
        const answers = await Promise.all(
          [store, other, store, other].map((one) => one.statementRuns.again(ended.id, 'ops:lin', now())),
        );
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect(await store.statementRuns.find(ended.id)).toMatchObject({ round: 2 });
      }),
    );

    it(
      'tell the days a merchant has one for, from a day on',
      withHarness(open, async ({ store }) => {
        for (const n of [3, -1, 0, 40]) await store.statementRuns.open(statementRun(n));
        await store.statementRuns.open(statementRun(1, { subMchId: OTHER_MERCHANT }));
        const days = await store.statementRuns.daysOf(MERCHANT, day());
        expect([...days].sort()).toEqual([day(), day(3), day(40)]);
        expect(await store.statementRuns.daysOf(OTHER_MERCHANT, day(1))).toEqual([day(1)]);
        expect(await store.statementRuns.daysOf(OTHER_MERCHANT, day(2))).toEqual([]);
      }),
    );

    it(
      'are listed latest day first, ties by id',
      withHarness(open, async ({ store }) => {
        const all = [0, 1, 31, 365].flatMap((n) => [
          statementRun(n),
          statementRun(n, { subMchId: OTHER_MERCHANT }),
        ]);
        await Promise.all(all.map((one) => store.statementRuns.open(one)));
        expect(await listed(store, 3)).toEqual([...all].reverse());
        await expect(store.statementRuns.list({ after: 'nonsense', limit: 5 })).rejects.toMatchObject({
          name: 'StoreError',
          code: 'invalid',
        });
      }),
    );
  });
}
