import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { gzipSync } from 'node:zlib';
import { Cron } from 'croner';
import { readConfig } from '../../../lib/config/config';
import { instant } from '../../../lib/values/instant';
import type { BillAnswer } from '../../../lib/wechat/port';
import { bytesOf, writeBill } from '../bill';
import {
  at,
  bill,
  billOf,
  DAY,
  day,
  discrepanciesOf,
  MERCHANT,
  NO_BILL,
  orderOf,
  paidOrderOf,
  sale,
  stageOf,
  timeless,
  tinyBudget,
  type StatementStage,
} from './stage';

const corruptId = `statement_corrupt:${MERCHANT}:${DAY}`;

/** A stage whose books have one payment of the day, and a second order that was not paid. */
async function withPayment(over: Parameters<typeof stageOf>[0] = {}): Promise<StatementStage> {
  const stage = stageOf(over);
  await stage.store.orders.create(paidOrderOf(sale(1)));
  return stage;
}

const eventsOf = ({ log }: StatementStage) => log.lines.map(({ event }) => event);

describe('WeChat Pay has no statement', () => {
  it('before noon: not yet. It is asked again after half an hour', async () => {
    const stage = await withPayment();
    stage.bills.set(DAY, [NO_BILL, billOf([sale(1)])]);
    const dueAt = at('2026-11-24 10:35:00');
    expect((await stage.turn()).runs).toMatchObject([{ state: 'waiting', reason: 'not_available', dueAt }]);
    stage.goTo(at('2026-11-24 10:34:59'));
    expect((await stage.turn()).runs).toEqual([]);
    stage.goTo(dueAt);
    expect((await stage.turn()).runs).toMatchObject([{ state: 'done' }]);
    expect(await stage.report()).toMatchObject({ outcome: 'reconciled' });
  });

  it('is asked again at a full minute, when a timer comes: a second later would cost the timer’s gap', async () => {
    const stage = await withPayment({ start: at('2026-11-24 10:00:03'), settings: { notYetMs: 300_000 } });
    const dueAt = at('2026-11-24 10:05:00');
    expect((await stage.turn()).runs).toMatchObject([{ reason: 'not_available', dueAt }]);
  });

  it('as configured by default, a file that is ready by 10:25 is known by 10:30', async () => {
    const { statement, timers } = readConfig({ merchants: [{ subMchId: MERCHANT }] });
    const cron = new Cron(timers.reconcileStatement, { paused: true, timezone: 'Asia/Shanghai' });
    const stage = await withPayment({
      start: at('2026-11-24 09:59:59'),
      settings: { notYetMs: statement.notYetMs, fromHour: statement.fromHour },
    });
    const end = at('2026-11-24 10:30:00');
    for (let next = cron.nextRun(new Date(stage.now())); next !== null && next.getTime() <= end;) {
      // A function is started a little late.
      stage.goTo(instant(next.getTime() + 4_000));
      if (stage.now() >= at('2026-11-24 10:25:00')) stage.bills.set(DAY, billOf([sale(1)]));
      await stage.turn();
      next = cron.nextRun(next);
    }
    expect(await stage.report()).toMatchObject({ outcome: 'reconciled' });
    expect((await stage.report()).finishedAt).toBeLessThan(end);
  });

  it('after noon, and neither have we: none. It is asked once a day all the same, until the deadline', async () => {
    const stage = stageOf({ start: at('2026-11-24 12:00:00') });
    await stage.store.orders.create(orderOf(sale(1)));
    await stage.turn();
    expect(await stage.report()).toMatchObject({ outcome: 'none', file: null, refusal: null });
    expect(eventsOf(stage)).not.toContain('statement_missing');
    await stage.turn();
    expect(stage.asked).toHaveLength(1);
    const laterDays = ['20261124', '20261125', '20261126', '20261127'].map(day);
    for (const [n, of] of laterDays.entries()) {
      stage.goTo(at(`2026-11-${String(25 + n)} 12:30:00`));
      await stage.turn();
      await stage.turn();
      expect((await stage.report(of)).outcome).toBe('none');
    }
    // On the 24th, 25th and 26th; the carry-over ends with the 26th.
    expect(stage.asked.filter((one) => one.day === DAY)).toHaveLength(3);
    expect(await stage.run()).toMatchObject({ round: 3 });
  });

  it('after noon, although we have payments: an alarm, and they are carried over', async () => {
    const stage = await withPayment({ start: at('2026-11-24 12:10:00') });
    await stage.turn();
    expect(await stage.report()).toMatchObject({
      outcome: 'missing',
      statement: null,
      tally: {
        ours: { payments: { count: 1, sum: 1_001 } },
        carriedOver: { payments: { count: 1, sum: 1_001 } },
      },
    });
    expect(eventsOf(stage)).toContain('statement_missing');
    expect(await discrepanciesOf(stage, sale(1))).toMatchObject([
      { class: 'missing_payment', opensAt: at('2026-11-27 00:00:00'), resolution: null },
    ]);
  });

  it('at first, and it comes a day later: what was carried over is explained', async () => {
    const stage = await withPayment({ start: at('2026-11-24 12:10:00') });
    await stage.turn();
    stage.bills.set(DAY, billOf([sale(1)]));
    stage.goTo(at('2026-11-25 09:59:00'));
    expect(await stage.turn()).toMatchObject({ triedAgain: 0 });
    stage.goTo(at('2026-11-25 10:00:00'));
    expect(await stage.turn()).toMatchObject({ triedAgain: 1 });
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      tally: { explained: 1, carriedOver: { payments: { count: 0 } } },
    });
    expect(await discrepanciesOf(stage, sale(1))).toMatchObject([
      { resolution: { who: `${MERCHANT}:${DAY}` } },
    ]);
  });

  it('for a day that was reconciled and is run again: nothing that stood in it is missing', async () => {
    const stage = await withPayment();
    stage.bills.set(DAY, billOf([sale(1)]));
    await stage.turn();
    stage.bills.set(DAY, NO_BILL);
    stage.goTo(at('2026-11-24 15:00:00'));
    expect(await stage.store.statementRuns.again((await stage.run()).id, 'ops:lin', stage.now())).toBe(2);
    await stage.turn();
    expect(await stage.report()).toMatchObject({
      outcome: 'missing',
      tally: { carriedOver: { payments: { count: 0 } } },
    });
    expect(await discrepanciesOf(stage, sale(1))).toEqual([]);
  });

  it('of a day it keeps no longer: that proves nothing, and nothing is carried over', async () => {
    const stage = await withPayment();
    stage.bills.set(DAY, { kind: 'unknown', reason: 'transport', detail: 'reset' });
    await stage.turn();
    stage.goTo(at('2027-02-23 11:00:00'));
    await stage.turn();
    const report = await stage.report();
    expect(report).toMatchObject({ outcome: 'missing', tally: { carriedOver: { payments: { count: 0 } } } });
    expect(report.refusal).toMatch(/no longer keeps the bill of 20261123/);
    expect(await discrepanciesOf(stage, sale(1))).toEqual([]);
  });

  it('page by page, when more than one turn can carry over is ours', async () => {
    const stage = stageOf({ start: at('2026-11-24 12:10:00') });
    for (let n = 1; n <= 2_500; n += 1) await stage.store.orders.create(paidOrderOf(sale(n)));
    expect((await stage.turn(tinyBudget())).runs).toMatchObject([
      { state: 'matching', checkpoint: { pass: 'absent_payments' } },
    ]);
    await stage.untilDone(tinyBudget);
    const { tally } = await stage.report();
    expect(tally.carriedOver.payments.count).toBe(2_500);
    expect((await stage.run()).attempts).toBeGreaterThan(2);
  });
});

describe('a download that fails', () => {
  const failures: readonly BillAnswer[] = [
    { kind: 'unknown', reason: 'transport', detail: 'the connection was reset half-way' },
    { kind: 'unknown', reason: 'gateway', detail: '502' },
    { kind: 'refused', code: 'not_authorised', detail: '当前商户号账单API权限已经关闭' },
  ];

  it.each(failures)('is tried again with backoff ($kind, $detail)', async (failure) => {
    const stage = await withPayment();
    stage.bills.set(DAY, [failure, failure, billOf([sale(1)])]);
    expect((await stage.turn()).runs).toMatchObject([{ state: 'waiting', reason: 'download_failed' }]);
    const first = (await stage.run()).dueAt - stage.now();
    expect(first).toBe(45_000);
    stage.advance(first);
    await stage.turn();
    expect((await stage.run()).dueAt - stage.now()).toBe(90_000);
    await stage.untilDone();
    expect(await stage.report()).toMatchObject({ outcome: 'reconciled' });
  });

  it('for want of a token is one alarm with its fix, and the other days are not asked in vain', async () => {
    const stage = stageOf({ start: at('2026-11-27 10:05:00') });
    const token: BillAnswer = {
      kind: 'unknown',
      reason: 'missing_api_token',
      detail: 'missing wxCloudApiToken',
    };
    await stage.store.orders.create(paidOrderOf(sale(1)));
    const days = ['20261123', '20261124', '20261125', '20261126'].map(day);
    for (const of of days) stage.bills.set(of, token);
    expect((await stage.turn()).runs).toMatchObject(
      days.map((of) => ({ day: of, state: 'waiting', reason: 'missing_api_token' })),
    );
    expect(stage.asked).toHaveLength(1);
    const told = stage.log.lines.filter(({ event }) => event === 'api_token_missing');
    expect(told).toHaveLength(1);
    expect(told[0]?.fields['fix']).toMatch(/developer tools/);
    for (const of of days) stage.bills.set(of, billOf([]));
    stage.bills.set(DAY, billOf([sale(1)]));
    await stage.untilDone();
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      tally: { matched: { payments: { count: 1 } } },
    });
  });

  it('is no reason to wait for a run whose file is here already', async () => {
    const stage = stageOf();
    const sales = Array.from({ length: 1_500 }, (_, n) => sale(n + 1));
    for (const each of sales) await stage.store.orders.create(paidOrderOf(each));
    stage.bills.set(DAY, billOf(sales));
    expect((await stage.turn(tinyBudget())).runs).toMatchObject([{ state: 'matching' }]);
    stage.bills.set(DAY, { kind: 'unknown', reason: 'missing_api_token', detail: 'missing wxCloudApiToken' });
    await stage.untilDone();
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      tally: { matched: { payments: { count: 1_500 } } },
    });
    expect(stage.asked).toHaveLength(1);
  });
});

describe('a file that proves nothing', () => {
  const whole = gzipSync(bytesOf(writeBill([sale(1)])));
  const wrong = billOf([sale(1)], (text) => text.replaceAll('`10.01', '`10.02').replace('`10.02', '`10.01'));

  it.each([
    ['was cut', bill(whole.subarray(0, whole.length - 20))],
    ['does not add up', wrong],
  ])('and %s is downloaded again before it is believed', async (_, first) => {
    const stage = await withPayment();
    const page = bill(Buffer.from('<xml><return_code>FAIL</return_code></xml>'));
    stage.bills.set(DAY, [first, page, bill(whole)]);
    expect((await stage.turn()).runs).toMatchObject([{ state: 'waiting', reason: 'download_failed' }]);
    await stage.untilDone();
    expect(await stage.report()).toMatchObject({ outcome: 'reconciled' });
    expect((await stage.run()).history.map(({ event }) => event)).toEqual([
      'opened',
      'file_refused',
      'file_refused',
      'proved',
      'reconciled',
    ]);
    expect(await stage.store.discrepancies.countOpen(at('2027-01-01 00:00:00'))).toBe(0);
  });

  it('however often it is downloaded is corrupt: named, kept, matched against nothing', async () => {
    const stage = await withPayment();
    await stage.store.orders.create(orderOf(sale(2)));
    const both = gzipSync(bytesOf(writeBill([sale(1), sale(2)])));
    stage.bills.set(DAY, bill(both.subarray(0, both.length - 20)));
    await stage.untilDone();
    const report = await stage.report();
    expect(report).toMatchObject({ outcome: 'corrupt', statement: null, file: { bytes: both.length - 20 } });
    expect(report.refusal).toMatch(/^gzip_truncated, line \d+: /);
    expect(stage.asked).toHaveLength(3);
    expect(stage.archive.files.size).toBe(1);
    expect(eventsOf(stage)).toContain('statement_corrupt');
    const open = await stage.store.discrepancies.listOpen({ now: stage.now(), after: null, limit: 10 });
    expect(open.items).toMatchObject([
      {
        id: corruptId,
        ours: null,
        theirs: { code: 'gzip_truncated' },
        statementRun: statementRunId(MERCHANT, DAY),
      },
    ]);
    // Nothing is called missing, and nothing is repaired, by a file that proves nothing.
    expect(await discrepanciesOf(stage, sale(1), sale(2))).toEqual([]);
    expect(await stage.store.orders.counts()).toMatchObject({ payment: { paid: 1, pending: 1 } });
  });

  it('because its rows do not add up, however often, is named, and ended by a whole one', async () => {
    const stage = await withPayment();
    stage.bills.set(DAY, wrong);
    await stage.untilDone();
    expect(stage.asked).toHaveLength(3);
    expect((await stage.report()).refusal).toMatch(/^totals_mismatch, line 4/);
    stage.bills.set(DAY, billOf([sale(1)]));
    stage.goTo(at('2026-11-25 10:30:00'));
    await stage.turn();
    expect(await stage.report()).toMatchObject({ outcome: 'reconciled', tally: { explained: 1 } });
    const now = at('2027-01-01 00:00:00');
    expect(await stage.store.discrepancies.listOpen({ now, after: null, limit: 10 })).toMatchObject({
      items: [],
    });
    expect(await stage.store.discrepancies.countResolvedBy(`${MERCHANT}:${DAY}`)).toBe(1);
  });

  it('because it is another kind of statement is not matched', async () => {
    const stage = await withPayment();
    stage.bills.set(DAY, bill(bytesOf(writeBill([sale(1)], 'SUCCESS'))));
    await stage.turn();
    const report = await stage.report();
    expect(report).toMatchObject({ outcome: 'corrupt', statement: { type: 'SUCCESS' } });
    expect(report.refusal).toMatch(/of the type SUCCESS, but ALL was requested/);
    expect((await stage.store.orders.ledger([paidOrderOf(sale(1)).outTradeNo]))[0]?.statement).toBeNull();
  });

  it('any more, because the archive was tampered with: the day begins anew with another download', async () => {
    const stage = stageOf();
    const sales = Array.from({ length: 1_500 }, (_, n) => sale(n + 1));
    for (const each of sales) await stage.store.orders.create(paidOrderOf(each));
    stage.bills.set(DAY, billOf(sales));
    await stage.turn(tinyBudget());
    const [location] = [...stage.archive.files.keys()];
    stage.archive.files.set(location ?? '', gzipSync(bytesOf(writeBill(sales.slice(0, 1_400)))));
    await stage.turn();
    expect(await stage.run()).toMatchObject({
      round: 2,
      work: { state: 'waiting', reason: 'download_failed' },
    });
    expect(eventsOf(stage)).toContain('statement_file_changed');
    await stage.untilDone();
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      matched: { payments: { count: 1_500 } },
      setAside: {},
      carriedOver: { payments: { count: 0 } },
    });
  });
});

describe('days that were missed', () => {
  it('are caught up in order, as far back as there are orders and statements', async () => {
    const stage = stageOf({ start: at('2026-11-27 10:30:00') });
    const days = ['20261123', '20261124', '20261125', '20261126'].map(day);
    const sales = days.map((_, n) => sale(n + 1, { time: `2026-11-${String(23 + n)} 08:00:00` }));
    for (const [n, each] of sales.entries()) {
      await stage.store.orders.create(orderOf(each));
      stage.bills.set(days[n] ?? DAY, billOf([each]));
    }
    const turn = await stage.turn();
    expect(turn).toMatchObject({ opened: 4, runs: days.map((of) => ({ day: of, state: 'done' })) });
    expect(await stage.store.orders.counts()).toMatchObject({ payment: { paid: 4 } });
    expect(await stage.turn()).toEqual({ opened: 0, triedAgain: 0, runs: [] });
  });

  it('go back 90 days at most, and are due at ten of the next day', async () => {
    const stage = stageOf({ start: at('2026-11-24 00:00:30') });
    await stage.store.orders.create(orderOf(sale(1, { time: '2026-01-01 08:00:00' })));
    await stage.turn({ remaining: () => 60_000, stopping: true });
    const { items } = await stage.store.statementRuns.list({ after: null, limit: 1_000 });
    expect(items).toHaveLength(90);
    expect(items[0]).toMatchObject({ day: '20261123', dueAt: at('2026-11-24 10:00:00'), attempts: 0 });
    expect(items.at(-1)?.day).toBe('20260826');
  });

  it('are none while there is no order at all', async () => {
    const stage = stageOf();
    expect(await stage.turn()).toEqual({ opened: 0, triedAgain: 0, runs: [] });
  });
});

describe('a day that is run again', () => {
  it('changes nothing in the books, and comes to the same report', async () => {
    const stage = stageOf({ settings: { merchants: [{ subMchId: MERCHANT, feeRate: 5_000 }] } });
    const sales = [1, 2, 3, 4].map((n) => sale(n));
    const [paid, silent, absent, unknown] = sales;
    if (!paid || !silent || !absent || !unknown) throw new Error('four sales');
    await stage.store.orders.create(paidOrderOf(paid));
    await stage.store.orders.create(orderOf(silent));
    await stage.store.orders.create(paidOrderOf(absent));
    stage.bills.set(DAY, billOf([paid, silent, unknown]));
    await stage.turn();
    const [before, books] = [await stage.report(), await booksOf(stage)];
    stage.advance(3_600_000);
    await stage.store.statementRuns.again((await stage.run()).id, 'ops:lin', stage.now());
    await stage.turn();
    expect(timeless(await stage.report())).toEqual(timeless(before));
    expect(before.tally.found).not.toEqual({});
    expect(await booksOf(stage)).toEqual(books);
    expect(await stage.run()).toMatchObject({ round: 2 });
  });
});

/** Everything but marks and times of seeing. */
async function booksOf({ store }: StatementStage) {
  const orders = (await store.orders.list({ after: null, limit: 1_000 })).items;
  const unresolved = (await store.discrepancies.listUnresolved({ after: null, limit: 1_000 })).items;
  const seen = unresolved.map((one) => ({ ...one, lastSeenAt: 0 }));
  const messages = (await store.inbox.list({ state: 'done', after: null, limit: 1_000 })).items;
  return {
    orders: orders.map((order) => ({ ...order, statement: null })),
    discrepancies: [...seen].sort((a, b) => (a.id < b.id ? -1 : 1)),
    messages: messages.map(({ key, state }) => ({ key, state })),
    counts: await store.orders.counts(),
  };
}
