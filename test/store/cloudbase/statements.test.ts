import { modify } from '../../../lib/store/cloudbase/base/database';
import type { Fields } from '../../../lib/store/cloudbase/base/database';
import type { CollectionName } from '../../../lib/store/cloudbase/schema';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  MERCHANT,
  NO_TALLY,
  order,
  paidAt,
  refund,
  refundMessage,
  refundNo,
  statementRun,
  succeededAt,
  tradeNo,
} from '../builders';
import { onCloudBase, type CloudBaseHarness } from './harness';

/** Overwrites fields of a stored document, as a console or another version might. */
async function spoil(harness: CloudBaseHarness, name: CollectionName, id: string, data: Fields) {
  const query = harness.newCloud().database().collection(name).where({ _id: id });
  expect(await modify(name, query, data)).toBe(1);
}

describe('a question that is due', () => {
  it(
    'is put off even where its document cannot be read, so that such documents do not hold up the others',
    onCloudBase(async (harness) => {
      const { store, now, reported } = harness;
      for (const n of [0, 1, 2]) await store.orders.create(order(n, { nextAskAt: now() }));
      await spoil(harness, 'wxpay_orders', tradeNo(0), { body: 7 });
      await spoil(harness, 'wxpay_orders', tradeNo(1), { asks: 'often' });
      const again = [later(now(), 60_000), later(now(), 120_000)] as const;
      const taken = await store.orders.claimAsks({ now: now(), limit: 100, again });
      expect(taken.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(2)]);
      expect(reported.map(({ code }) => code)).toEqual(['invalid', 'invalid']);
      expect(await store.orders.claimAsks({ now: now(), limit: 100, again })).toEqual([]);
      // The one that had forgotten how often it was asked about counts from now on.
      const afterwards = await store.orders.claimAsks({ now: again[0], limit: 100, again });
      expect(afterwards.map(({ outTradeNo, asks }) => [outTradeNo, asks])).toEqual([
        [tradeNo(1), 1],
        [tradeNo(2), 1],
      ]);
    }),
  );

  it(
    'is not put off again by one who read it before another took it',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      await store.orders.create(order(0, { nextAskAt: now() }));
      const putOff = gateway.faults.add({
        match: { action: 'database.modifyDocument' },
        effect: { kind: 'hang' },
      });
      const first = store.orders.claimAsks({ now: now(), limit: 1, again: [later(now(), 60_000)] });
      await putOff.struck;
      await harness.secondHandle().orders.claimAsks({ now: now(), limit: 1, again: [later(now(), 90_000)] });
      putOff.release();
      await first;
      expect(await store.orders.find([tradeNo(0)])).toMatchObject([
        { asks: 1, nextAskAt: later(now(), 90_000), version: 1 },
      ]);
    }),
  );
});

describe('what no statement has', () => {
  it(
    'is asked for by single values of day and round, so that one index gives it sorted',
    onCloudBase(async ({ store, now, gateway }) => {
      const paid = (n: number) => order(n, { payment: paidAt(n, later(now(), n)) });
      for (const n of [0, 1, 2]) await store.orders.create(paid(n));
      await store.orders.markStatement([tradeNo(1)], { day: day(), round: 1, chunk: 2 });
      const query = { subMchId: MERCHANT, day: day(), after: null, limit: 10 };
      const first = await store.orders.absent({ ...query, round: 1 });
      expect(first.items.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(0), tradeNo(2)]);
      const second = await store.orders.absent({ ...query, round: 2 });
      expect(second.items).toHaveLength(3);
      const sent = JSON.stringify(gateway.requests.records.at(-1)?.fields['query']);
      expect(sent).toContain('statementRound');
      expect(sent).not.toMatch(/statement(Day|Round)[^}]*\$(lt|gt|ne|nin|or)/);
    }),
  );

  it(
    'is found for a refund of which WeChat Pay did not say when, by when we came to know',
    onCloudBase(async ({ store, now }) => {
      const told = { ...succeededAt(now(), refundMessage(0)), succeededAt: null, knownAt: later(now(), -1) };
      await store.refunds.create(refund(0, { progress: told }));
      await store.refunds.create(refund(1, { progress: succeededAt(now(), refundMessage(1)) }));
      const query = { subMchId: MERCHANT, day: day(), round: 1, after: null, limit: 1 };
      const first = await store.refunds.absent(query);
      expect(first.items.map(({ outRefundNo }) => outRefundNo)).toEqual([refundNo(0)]);
      const second = await store.refunds.absent({ ...query, after: first.next });
      expect(second.items.map(({ outRefundNo }) => outRefundNo)).toEqual([refundNo(1)]);
    }),
  );
});

it(
  'the progress of a refund is replaced, not merged with what was there',
  onCloudBase(async ({ store, now, gateway }) => {
    const progress = { state: 'processing', refundId: '5000', acceptedAt: now() } as const;
    await store.refunds.create(refund(0, { progress }));
    const back = { outRefundNo: refundNo(0), expectedVersion: 1, progress: { state: 'requested' } } as const;
    expect(await store.refunds.note(back)).toBe(true);
    const [stored] = gateway.database.documents('wxpay_refunds');
    expect(stored?.['progress']).toEqual({ state: 'requested' });
    expect(stored?.['succeededAt']).toBe(0);
  }),
);

describe('a run of a statement', () => {
  it(
    'that cannot be read is reported and does not keep the other days waiting',
    onCloudBase(async (harness) => {
      const { store, now, reported } = harness;
      for (const n of [0, 1]) await store.statementRuns.open(statementRun(n));
      const work = '{"state":"matching","tally":{"theirs":7}}';
      await spoil(harness, 'wxpay_statement_runs', statementRun(0).id, { work });
      expect(await store.statementRuns.claim(claimAt(now()))).toMatchObject({ id: statementRun(1).id });
      expect(reported.map(String)).toEqual([expect.stringMatching(/1900000109:20260301.*work/)]);
      await expect(store.statementRuns.find(statementRun(0).id)).rejects.toMatchObject({ code: 'invalid' });
      // It still stands in the way of opening that day a second time.
      expect(await store.statementRuns.daysOf(MERCHANT, day())).toEqual([day(0), day(1)]);
    }),
  );

  it(
    'is not taken up from where it was before another had it in between',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      await store.statementRuns.open(statementRun(0));
      const lease = gateway.faults.add({
        match: { action: 'database.modifyDocument' },
        effect: { kind: 'hang' },
      });
      const slow = store.statementRuns.claim(claimAt(now()));
      await lease.struck;
      const other = harness.secondHandle().statementRuns;
      const claim = claimAt(now());
      const run = await other.claim(claim);
      if (run === null) throw new Error('no run is due');
      const work = { state: 'waiting', reason: 'download_failed', detail: null } as const;
      await other.save(claim.token, now(), { ...run, lease: null, work });
      lease.release();
      expect(await slow).toBeNull();
      expect(await store.statementRuns.find(run.id)).toMatchObject({ attempts: 1, lease: null, work });
    }),
  );

  it(
    'keeps its tally and its report whole',
    onCloudBase(async ({ store, now }) => {
      const some = (count: number) => ({ count, sum: order(count).total });
      const tally = {
        ...NO_TALLY,
        matched: { payments: some(3), refunds: some(2) },
        found: { fee_mismatch: some(1), refund_missing_here: some(2) },
        setAside: { unreadable: { count: 2, lines: [7, 9] } },
        problems: [
          { line: 7, column: 'orderTotal', code: 'bad_amount', kept: false, outTradeNo: tradeNo(7) },
          { line: 9, column: null, code: 'too_few_fields', kept: false, outTradeNo: null },
        ],
      } as const;
      const statement = { type: 'ALL', rows: 12, refundRows: 2, gzipped: true, sha1: 'ab' } as const;
      const file = { location: 'cloud://x', bytes: 512, sha256: 'cd' };
      const matching = { state: 'matching', statement, file, tally, workedMs: 12.5 } as const;
      const report = {
        outcome: 'reconciled',
        statement,
        file,
        refusal: null,
        tally,
        workedMs: 90.25,
      } as const;
      const works = [
        { ...matching, checkpoint: { pass: 'refunds', afterLine: 8 } },
        { ...matching, checkpoint: { pass: 'absent_payments', after: '17 order-000003' } },
        { ...matching, statement: null, file: null, checkpoint: { pass: 'absent_refunds', after: null } },
        { state: 'done', report: { ...report, finishedAt: now() } },
      ] as const;
      for (const [n, work] of works.entries()) {
        const run = statementRun(n, { work });
        expect(await store.statementRuns.open(run)).toBe('created');
        expect(await store.statementRuns.find(run.id)).toEqual(run);
      }
    }),
  );
});

describe('what was marked just now', () => {
  it(
    'is not absent where reads are behind, and what was not marked is',
    onCloudBase(
      async ({ gateway, newCloud, now }) => {
        const store = openCloudBaseStore(newCloud(), () => undefined);
        const numbers = [0, 1, 2, 3, 4];
        for (const n of numbers) {
          await store.orders.create(order(n, { payment: paidAt(n, now()) }));
          await store.refunds.create(refund(n, { progress: succeededAt(now(), refundMessage(n)) }));
        }
        gateway.database.catchUp();
        const mark = { day: day(), round: 1, chunk: 2 };
        await store.orders.markStatement([0, 1, 3, 4].map(tradeNo), mark);
        await store.refunds.markStatement(numbers.map(refundNo), mark);
        const absence = { subMchId: MERCHANT, day: day(), round: 1, after: null, limit: 100 };
        expect((await store.orders.absent(absence)).items).toMatchObject([{ outTradeNo: tradeNo(2) }]);
        expect((await store.refunds.absent(absence)).items).toEqual([]);
      },
      { limits: { readLagMs: Number.POSITIVE_INFINITY } },
    ),
  );
});
