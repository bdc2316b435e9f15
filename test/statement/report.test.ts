import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { workbookTables } from '../../accountant/files/workbook';
import { handleOps } from '../../lib/ops/handle';
import { discrepancyId } from '../../lib/model/discrepancy';
import { keyOf } from '../../lib/model/message';
import { daySheet } from '../../lib/statement/report/day-sheet';
import { discrepancyHeader, discrepancyRow } from '../../lib/statement/report/discrepancy-sheet';
import { BUCKETS, equationsOf } from '../../lib/statement/report/equation';
import { REPORT_WORDS } from '../../lib/statement/report/words';
import { fen } from '../../lib/values/fen';
import { isRecord } from '../../lib/values/json';
import { csvFile } from '../../lib/values/sheet';
import { xlsxFile } from '../../lib/values/xlsx';
import { statementRunId } from '../../lib/model/statement/statement-run-id';
import { LI, operateOn } from '../ops/operating';
import { numbers } from './bill';
import {
  at,
  billOf,
  DAY,
  heardOf,
  MERCHANT,
  MORNING,
  orderOf,
  paidOrderOf,
  sale,
  stageOf,
  transactionNo,
} from './runs/stage';

const ID = statementRunId(MERCHANT, DAY);

/**
 * A day on which one payment agrees, one was unknown, one is absent from the bill, and one order
 * does not exist.
 */
async function stageAfterRun() {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  await stage.store.orders.create(orderOf(sale(2)));
  await stage.store.orders.create(paidOrderOf(sale(4)));
  stage.bills.set(DAY, billOf([sale(1), sale(2), sale(3)]));
  await stage.turn();
  return stage;
}

const rowsOf = (csv: string): readonly (readonly string[])[] =>
  parse(csv, { bom: true, relaxColumnCount: true, skipEmptyLines: true });

test('a run as a table has its figures, in the language of its reader', async () => {
  const stage = await stageAfterRun();
  const run = await stage.run();
  expect(rowsOf(csvFile(daySheet(REPORT_WORDS.en, run)))).toEqual(
    expect.arrayContaining([
      ['Merchant number', MERCHANT],
      ['Trade day', '2026-11-23'],
      ['Outcome', 'compared'],
      ['Payments', '3', '30.06', '3', '30.07', '-0.01'],
      ['WeChat Pay', '3', '30.06'],
      ['WeChat Pay: matched', '2', '20.03'],
      ['WeChat Pay: differing', '1', '10.03'],
      ['Our books: in doubt', '1', '10.04'],
      ['only in the bill', '1', '-10.03'],
      ['carried over: a later bill may show it', '1', '10.04'],
      ['Paid, no such order', '1', '10.03', '10.03'],
    ]),
  );
  const chinese = rowsOf(csvFile(daySheet(REPORT_WORDS.zh, run)));
  expect(chinese).toContainEqual(['已付款，我方无此订单', '1', '10.03', '10.03']);
  expect(chinese).toContainEqual(['仅见于账单', '1', '-10.03']);
});

test('a run that still waits says for what', async () => {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  await stage.turn();
  const rows = rowsOf(csvFile(daySheet(REPORT_WORDS.zh, await stage.run())));
  expect(rows).toContainEqual(['原因', '账单未生成', 'No Bill Exist']);
});

test('a run lists what the inbox opened, with merchant, day and standing', async () => {
  const stage = stageOf();
  // Order 1 was paid twice; a callback reported both payments before the bill came.
  const twice = sale(1);
  const second = { ...sale(9), amount: twice.amount };
  await stage.store.orders.create(
    paidOrderOf(twice, {
      otherPayments: [
        {
          as: 'duplicate_payment',
          transactionId: transactionNo(second),
          total: fen(second.amount),
          paidAt: at(second.time),
          evidence: keyOf(heardOf(second), 'platform'),
        },
      ],
    }),
  );
  const subject = {
    kind: 'payment',
    outTradeNo: orderOf(twice).outTradeNo,
    transactionId: transactionNo(second),
  } as const;
  const seenAt = at('2026-11-23 12:00:00');
  await stage.store.discrepancies.see([
    {
      id: discrepancyId('duplicate_payment', subject),
      class: 'duplicate_payment',
      subject,
      ours: 'paid',
      theirs: second.amount,
      path: 'callback',
      statementRun: null,
      firstSeenAt: seenAt,
      lastSeenAt: seenAt,
      opensAt: seenAt,
      resolution: null,
    },
  ]);
  const { outTradeNo } = numbers(twice);
  stage.bills.set(
    DAY,
    billOf([twice, second], (text) => text.replace(numbers(second).outTradeNo, outTradeNo)),
  );
  await stage.turn();
  const { tally } = await stage.report();
  expect(tally.found).toEqual({
    duplicate_payment: { count: 1, sum: second.amount, difference: 0 },
  });
  const listed = await stage.store.discrepancies.listOfRun({ run: ID, after: null, limit: 10 });
  expect(listed.items).toMatchObject([{ class: 'duplicate_payment', path: 'callback', firstSeenAt: seenAt }]);
  const run = await stage.run();
  const [one] = listed.items;
  if (one === undefined) throw new Error('nothing is listed');
  const row = discrepancyRow(REPORT_WORDS.zh, run, one, at('2026-11-24 11:00:00'));
  expect(rowsOf(csvFile([discrepancyHeader(REPORT_WORDS.zh), row]))).toEqual([
    [
      ...['交易日', '商户号', '差异类别', '商户订单号', '微信订单号', '商户退款单号', '微信支付', '我方账目'],
      ...['状态', '结转至', '首次发现', '最近发现', '了结人', '了结时间', '原因'],
    ],
    [
      ...[
        '2026-11-23',
        MERCHANT,
        '重复付款',
        outTradeNo,
        `\`${transactionNo(second)}`,
        '',
        '10.01',
        '已付款',
      ],
      ...['未了结', '', '2026-11-23 12:00:00', '2026-11-24 10:05:00', '', '', ''],
    ],
  ]);
});

test('rows that were not compared have an amount, open an item, and stand in the equation', async () => {
  const stage = stageOf();
  const [first, second, later_] = [sale(1), sale(2), sale(3, { time: '2026-11-24 00:00:00' })];
  await stage.store.orders.create(paidOrderOf(first));
  await stage.store.orders.create(paidOrderOf(second));
  stage.bills.set(
    DAY,
    billOf([first, second, later_], (text) => text.replace(numbers(second).transactionId, '4.2E+27')),
  );
  await stage.turn();
  const { tally } = await stage.report();
  expect(tally.setAside).toEqual({
    unreadable: { count: 1, lines: [3], money: { sum: second.amount, unread: 0 } },
    other_day: { count: 1, lines: [4], money: { sum: later_.amount, unread: 0 } },
  });
  const id = discrepancyId('excluded_rows', { kind: 'statement', subMchId: MERCHANT, day: DAY });
  const now = at('2026-11-24 11:00:00');
  expect(await stage.store.discrepancies.countOpenByClass(now)).toEqual({ excluded_rows: 1 });
  const item = await stage.store.discrepancies.find(id);
  if (item === null) throw new Error('no item was opened');
  const row = discrepancyRow(REPORT_WORDS.zh, await stage.run(), item, now);
  expect(row[6]).toBe('属于其他日期 行数 1, 金额 ¥10.03, 无法读取 行数 1, 金额 ¥10.02');

  const [theirs, ours] = equationsOf(await stage.run()) ?? [];
  expect(theirs).toEqual({
    side: 'theirs',
    all: { count: 3, sum: 3_006 },
    buckets: {
      agreeing: { count: 1, sum: 1_001 },
      differing: { count: 0, sum: 0 },
      otherDays: { count: 1, sum: 1_003 },
      inDoubt: { count: 1, sum: 1_002 },
      notLookedFor: { count: 0, sum: 0 },
    },
  });
  for (const side of [theirs, ours]) {
    if (side === undefined) throw new Error('a side is missing');
    expect(BUCKETS.reduce((sum, bucket) => sum + side.buckets[bucket].count, 0)).toBe(side.all.count);
    expect(BUCKETS.reduce((sum, bucket) => sum + side.buckets[bucket].sum, 0)).toBe(side.all.sum);
  }

  // A row that two buckets count makes the bill's number of rows too small for them.
  const { work } = await stage.run();
  if (work.state !== 'done' || work.report.statement === null) throw new Error('the run has not ended');
  const statement = { ...work.report.statement, rows: 2 };
  const [twice] = equationsOf({ work: { ...work, report: { ...work.report, statement } } }) ?? [];
  expect(twice).toMatchObject({ all: { count: 2 }, buckets: { notLookedFor: { count: -1 } } });

  // The day again, with a bill in which every row can be compared.
  stage.bills.set(DAY, billOf([first, second]));
  await stage.store.statementRuns.again(ID, 'li', MORNING);
  await stage.turn();
  expect(await stage.store.discrepancies.find(id)).toMatchObject({ resolution: { by: 'auto', who: ID } });
});

test('an operator exports both parts, page by page', async () => {
  const stage = await stageAfterRun();
  const { deps } = operateOn(stage.store, () => at('2026-11-24 11:00:00'));
  const ask = async (params: object) => {
    const reply: unknown = await handleOps(deps, LI, { op: 'export_run', id: ID, ...params });
    if (!isRecord(reply) || typeof reply['csv'] !== 'string') throw new Error(JSON.stringify(reply));
    return { csv: reply['csv'], next: reply['next'] };
  };
  const report = await ask({ part: 'report', language: 'en' });
  expect(report.csv).toBe(csvFile(daySheet(REPORT_WORDS.en, await stage.run())));
  let file = '';
  let after: unknown = null;
  for (let page = 0; page < 10; page += 1) {
    const { csv, next } = await ask({ part: 'differences', after, limit: 1 });
    file += csv;
    after = next;
    if (next === null) break;
  }
  const rows = rowsOf(file);
  expect(rows.map(([, , of]) => of).sort()).toEqual(
    [
      '差异类别',
      ...(['missing_order', 'missing_payment', 'unpaid_order'] as const).map(
        (of) => REPORT_WORDS.zh.class[of],
      ),
    ].sort(),
  );
  const absent = rows.find(([, , of]) => of === REPORT_WORDS.zh.class.missing_payment);
  expect(absent?.slice(8, 10)).toEqual(['结转中', '2026-11-27 00:00:00']);
  const nowhere = { op: 'export_run', id: `${MERCHANT}:20200101`, part: 'report' };
  expect(await handleOps(deps, LI, nowhere)).toMatchObject({ code: 'NOT_FOUND' });
});

test('a workbook keeps text as text and numbers as numbers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'workbook-'));
  try {
    const path = join(folder, 'day.xlsx');
    const id = '4200001799003750326202525000';
    const rows = [
      ['订单号', '金额', '笔数', '说明'],
      [{ id }, { fen: fen(-1_234_567) }, 3, '=1+1 <&"\u0000'],
      [null, null, null, '  two\nlines '],
    ] as const;
    writeFileSync(path, xlsxFile([{ name: '当日/汇总', rows }]));
    const tables = await workbookTables(path, () => undefined);
    expect(tables).toHaveLength(1);
    const read: unknown[] = [];
    for await (const some of tables[0]?.rows ?? []) read.push(...some.map(({ cells }) => cells));
    expect(read).toEqual([
      ['订单号', '金额', '笔数', '说明'],
      [id, '-12345.67', '3', '=1+1 <&"\ufffd'],
      ['', '', '', '  two\nlines '],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
