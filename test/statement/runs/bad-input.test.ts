import { later } from '../../../lib/values/instant';
import type { Trade } from '../bill';
import { bytesOf, numbers, writeBill } from '../bill';
import {
  at,
  bill,
  billOf,
  DAY,
  discrepanciesOf,
  ledgerOf,
  orderOf,
  paidOrderOf,
  paymentOf,
  sale,
  stageOf,
  type StatementStage,
} from './stage';

/**
 * A stage that has read this bill, of whose trades `ours` are paid orders here and `silent` pending
 * ones.
 */
async function afterReading(of: {
  readonly bill: readonly Trade[];
  readonly ours?: readonly Trade[];
  readonly silent?: readonly Trade[];
  readonly change?: (text: string) => string;
}): Promise<StatementStage> {
  const stage = stageOf();
  for (const each of of.ours ?? []) await stage.store.orders.create(paidOrderOf(each));
  for (const each of of.silent ?? []) await stage.store.orders.create(orderOf(each));
  stage.bills.set(DAY, billOf(of.bill, of.change));
  await stage.turn();
  return stage;
}

/** Changes line `line` (from 1) of a bill. */
const changeLine = (line: number, change: (row: string) => string) => (text: string) =>
  text
    .split('\r\n')
    .map((row, n) => (n + 1 === line ? change(row) : row))
    .join('\r\n');

/** The row of `a`, written anew with the merchant number of somebody else. */
const ofAnother = (row: string) => row.replace('`1600012345', '`1600099999');

describe('rows that must not be matched', () => {
  const [first, second] = [sale(1), sale(2)];

  it('of another merchant are named, and the rest is matched', async () => {
    const stage = await afterReading({
      bill: [first, second],
      ours: [first],
      silent: [second],
      change: changeLine(3, ofAnother),
    });
    const { outcome, tally } = await stage.report();
    expect(outcome).toBe('reconciled');
    expect(tally.setAside).toMatchObject({ other_merchant: { count: 1, lines: [3] } });
    expect(tally.theirs.payments.count).toBe(1);
    expect((await ledgerOf(stage, second)).payment.state).toBe('pending');
    expect(await discrepanciesOf(stage, first, second)).toEqual([]);
  });

  it('of another day repair nothing', async () => {
    const late = sale(2, { time: '2026-11-24 00:00:00' });
    const stage = await afterReading({ bill: [first, late], ours: [first], silent: [late] });
    expect((await stage.report()).tally.setAside).toMatchObject({ other_day: { count: 1, lines: [3] } });
    expect((await ledgerOf(stage, late)).payment.state).toBe('pending');
  });

  it('of another day that are about a payment of ours of this day do not let it be called absent', async () => {
    const stage = stageOf();
    const late = sale(2, { time: '2026-11-24 00:00:01' });
    await stage.store.orders.create(paidOrderOf(first));
    await stage.store.orders.create(
      paidOrderOf(late, { payment: paymentOf(late, at('2026-11-23 23:59:59')) }),
    );
    stage.bills.set(DAY, billOf([first, late]));
    await stage.turn();
    expect((await stage.report()).tally.carriedOver.payments.count).toBe(0);
  });

  it('stand there twice in one chunk: the second is set aside', async () => {
    const stage = await afterReading({ bill: [first, second, first], ours: [first], silent: [second] });
    expect((await stage.report()).tally).toMatchObject({
      setAside: { duplicate_row: { count: 1, lines: [4] } },
      theirs: { payments: { count: 2 } },
      matched: { payments: { count: 2 } },
      repaired: { payments: { count: 1 } },
    });
  });

  it('stand there twice, a chunk apart: the mark tells', async () => {
    const sales = Array.from({ length: 1_200 }, (_, n) => sale(n + 1));
    const silent = sales[0] ?? first;
    const stage = await afterReading({
      bill: [...sales, silent, first],
      ours: sales.slice(1),
      silent: [silent],
    });
    expect((await stage.report()).tally).toMatchObject({
      setAside: { duplicate_row: { count: 2, lines: [1_202, 1_203] } },
      theirs: { payments: { count: 1_200 } },
      matched: { payments: { count: 1_200 } },
    });
  });

  it('have a state that WeChat Pay has not documented: named, and their order is not called absent', async () => {
    const change = changeLine(3, (row) => row.replace('`SUCCESS', '`FROZEN'));
    const stage = await afterReading({ bill: [first, second], ours: [first, second], change });
    expect((await stage.report()).tally).toMatchObject({
      setAside: { undocumented: { count: 1, lines: [3] } },
      theirs: { payments: { count: 1 } },
      carriedOver: { payments: { count: 0 } },
    });
  });
});

describe('rows that cannot be read', () => {
  const [first, second, third] = [sale(1), sale(2), sale(3)];

  it('because a spreadsheet touched their numbers: named, never repaired by, and not called absent', async () => {
    const stage = await afterReading({
      bill: [first, second, third],
      ours: [first, second],
      silent: [third],
      change: (text) =>
        text
          .replace(numbers(second).transactionId, '4.2E+27')
          .replace(numbers(third).transactionId, '4.2E+27'),
    });
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      setAside: { unreadable: { count: 2, lines: [3, 4] } },
      theirs: { payments: { count: 1 } },
      carriedOver: { payments: { count: 0 } },
    });
    expect(tally.problems).toMatchObject([
      {
        line: 3,
        column: 'transactionId',
        code: 'scientific_notation',
        kept: false,
        outTradeNo: numbers(second).outTradeNo,
      },
      { line: 4 },
    ]);
    expect((await ledgerOf(stage, second)).statement).toEqual({ day: DAY, round: 1, chunk: 0 });
    expect((await ledgerOf(stage, third)).payment.state).toBe('pending');
  });

  it('because columns are missing in the middle: the file does not add up, and nothing is matched', async () => {
    const stage = await afterReading({
      bill: [first, second, third],
      ours: [first, second, third],
      change: changeLine(3, (row) => row.slice(0, 60)),
    });
    await stage.untilDone();
    const report = await stage.report();
    expect(report).toMatchObject({ outcome: 'corrupt' });
    expect(report.refusal).toMatch(/^totals_mismatch, line 6.*rows with problems: line 3 too_few_fields/);
    expect(report.tally).toMatchObject({
      setAside: { unreadable: { count: 1, lines: [3] } },
      problems: [{ line: 3, code: 'too_few_fields' }],
      theirs: { payments: { count: 0 } },
    });
  });

  it('because columns are missing in a row that moved no money: the rest is matched', async () => {
    const nothing = sale(2, { amount: 0, fee: 0 });
    const stage = await afterReading({
      bill: [first, nothing, third],
      ours: [first, third],
      change: changeLine(3, (row) => row.slice(0, 60)),
    });
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      tally: {
        setAside: { unreadable: { count: 1, lines: [3] } },
        problems: [{ line: 3, code: 'too_few_fields', kept: false }],
        matched: { payments: { count: 2 } },
      },
    });
  });

  it('leave a doubt on what is absent, and that is written down', async () => {
    const stage = await afterReading({
      bill: [first, second],
      ours: [first, second],
      change: (text) => text.replace(numbers(second).outTradeNo, '1.5E+18'),
    });
    expect((await stage.report()).tally).toMatchObject({ carriedOver: { payments: { count: 1 } } });
    expect(await discrepanciesOf(stage, second)).toMatchObject([
      { class: 'missing_payment', ours: 1_002, theirs: { unreadableRows: 1 } },
    ]);
  });

  it('a chunk before the order’s own row: neither is the row taken for a duplicate', async () => {
    const sales = Array.from({ length: 1_200 }, (_, n) => sale(n + 1));
    const last = sales.at(-1) ?? first;
    const back = sale(last.number, { kind: 'refund', amount: 300 });
    const stage = await afterReading({
      bill: [
        sale(1),
        { ...back, number: last.number, kind: 'payment', amount: 0, fee: 0 },
        ...sales.slice(1),
      ],
      ours: sales,
      change: changeLine(3, (row) => row.replace(numbers(last).transactionId, '4.2E+27')),
    });
    expect((await stage.report()).tally).toMatchObject({
      setAside: { unreadable: { count: 1, lines: [3] } },
      matched: { payments: { count: 1_200 } },
      carriedOver: { payments: { count: 0 } },
    });
  });
});

describe('a whole file', () => {
  const sales = [1, 2, 3].map((n) => sale(n));

  it.each([
    [
      'merchant',
      { change: (text: string) => text.replaceAll('`1600012345', '`1600099999') },
      /other_merchant 3/,
    ],
    ['day', { change: (text: string) => text.replaceAll('`2026-11-23', '`2026-11-22') }, /other_day 3/],
  ])('of another %s proves nothing, and nothing is called absent', async (_, { change }, why) => {
    const stage = await afterReading({ bill: sales, ours: sales, change });
    const report = await stage.report();
    expect(report).toMatchObject({ outcome: 'corrupt', tally: { carriedOver: { payments: { count: 0 } } } });
    expect(report.refusal).toMatch(why);
    expect(await discrepanciesOf(stage, ...sales)).toEqual([]);
    stage.bills.set(DAY, billOf(sales));
    stage.goTo(at('2026-11-25 10:30:00'));
    await stage.turn();
    expect((await stage.report()).tally).toMatchObject({ matched: { payments: { count: 3 } }, setAside: {} });
  });

  it('without rows is a day without trades: what we have is carried over', async () => {
    const stage = await afterReading({ bill: [], ours: sales });
    expect(await stage.report()).toMatchObject({
      outcome: 'reconciled',
      statement: { rows: 0 },
      tally: { carriedOver: { payments: { count: 3, sum: 3_006 } } },
    });
  });
});

describe('more of one class than a run writes down', () => {
  it('are counted and not listed', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(sale(1)));
    stage.bills.set(DAY, billOf(Array.from({ length: 10_200 }, (_, n) => sale(n + 1))));
    await stage.turn();
    expect((await stage.report()).tally.found.missing_order?.count).toBe(10_199);
    expect(await stage.store.discrepancies.countOpen(stage.now())).toBe(10_000);
    // Again, nothing is added.
    await stage.store.statementRuns.again((await stage.run()).id, 'ops:lin', stage.now());
    await stage.turn();
    expect(await stage.store.discrepancies.countOpen(stage.now())).toBe(10_000);
  });
});

it('a run that kills its workers again and again is reported, with the fix', async () => {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  stage.bills.set(DAY, billOf([sale(1)]));
  await stage.turn({ remaining: () => 0, stopping: false });
  for (let death = 1; death <= 4; death += 1) {
    const now = stage.now();
    const leaseUntil = later(now, 120_000);
    const claim = { token: stage.deps.newToken(), now, leaseUntil };
    expect(await stage.store.statementRuns.claim(claim)).toMatchObject({ day: DAY, attempts: death });
    stage.goTo(leaseUntil);
  }
  expect((await stage.turn()).runs).toMatchObject([{ state: 'done' }]);
  const [told] = stage.log.lines.filter(({ event }) => event === 'statement_stuck');
  expect(told?.fields).toMatchObject({ day: DAY, attempts: 5 });
  expect(told?.fields['fix']).toMatch(/memoryMb/);
});

it.each([
  ['its header', (text: string) => text.indexOf('商户订单号')],
  ['its last row', (text: string) => text.indexOf('总交易单数') - 20],
  ['its summary', (text: string) => text.length - 9],
])('a bill that was cut in %s is downloaded again', async (_, cutAt) => {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  const text = bytesOf(writeBill([sale(1)])).toString();
  stage.bills.set(DAY, [bill(Buffer.from(text.slice(0, cutAt(text)))), billOf([sale(1)])]);
  await stage.untilDone();
  expect(stage.asked).toHaveLength(2);
  expect(await stage.report()).toMatchObject({ outcome: 'reconciled' });
});
