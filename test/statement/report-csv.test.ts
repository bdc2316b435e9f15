import { parse } from 'csv-parse/sync';
import { handleOps } from '../../lib/ops/handle';
import { differencesCsv, runCsv } from '../../lib/statement/run/report-csv';
import { isRecord } from '../../lib/values/json';
import { LI, operateOn } from '../ops/operating';
import { numbers } from './bill';
import {
  at,
  billOf,
  DAY,
  discrepanciesOf,
  MERCHANT,
  orderOf,
  paidOrderOf,
  sale,
  stageOf,
} from './runs/stage';

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

const rowsOf = (csv: string): readonly (readonly string[])[] => parse(csv, { bom: true });

test('a run as CSV has its figures, one per line', async () => {
  const stage = await stageAfterRun();
  const rows = rowsOf(runCsv(await stage.run()));
  expect(rows[0]).toEqual(['section', 'item', 'count', 'yuan', 'detail']);
  expect(rows).toEqual(
    expect.arrayContaining([
      ['run', 'merchant', '', '', MERCHANT],
      ['run', 'outcome', '', '', 'reconciled'],
      ['theirs', 'payments', '3', '30.06', ''],
      ['matched', 'payments', '2', '20.03', ''],
      ['repaired', 'payments', '1', '10.02', ''],
      ['carried_over', 'payments', '1', '10.04', ''],
      ['found', 'missing_order', '1', '10.03', ''],
    ]),
  );
});

test('a run that still waits says for what', async () => {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  await stage.turn();
  expect(rowsOf(runCsv(await stage.run()))).toContainEqual(['run', 'waits_for', '', '', 'not_available']);
});

test('differences as CSV keep the digits of long numbers, and pages make one file', async () => {
  const stage = await stageAfterRun();
  const found = await discrepanciesOf(stage, sale(2), sale(3), sale(4));
  const [first, ...others] = found;
  if (first === undefined) throw new Error('nothing was found');
  const whole = differencesCsv(found, false);
  expect(differencesCsv([first], false) + differencesCsv(others, true)).toBe(whole);
  const rows = rowsOf(whole);
  const { outTradeNo, transactionId } = numbers(sale(3));
  const missing = rows.find(([of]) => of === 'missing_order');
  expect(missing?.slice(1, 6)).toEqual([outTradeNo, `\`${transactionId}`, '', '', '10.03']);
  expect(rows.find(([of]) => of === 'unpaid_order')?.[9]).toMatch(/^auto /);
});

test('an operator exports both parts, page by page', async () => {
  const stage = await stageAfterRun();
  const { deps } = operateOn(stage.store, () => at('2026-11-24 11:00:00'));
  const ask = async (params: object) => {
    const reply: unknown = await handleOps(deps, LI, {
      op: 'export_run',
      id: `${MERCHANT}:${DAY}`,
      ...params,
    });
    if (!isRecord(reply) || typeof reply['csv'] !== 'string') throw new Error(JSON.stringify(reply));
    return { csv: reply['csv'], next: reply['next'] };
  };
  expect((await ask({ part: 'report' })).csv).toBe(runCsv(await stage.run()));
  let file = '';
  let after: unknown = null;
  for (let page = 0; page < 10; page += 1) {
    const { csv, next } = await ask({ part: 'differences', after, limit: 1 });
    file += csv;
    after = next;
    if (next === null) break;
  }
  const classes = rowsOf(file).map(([of]) => of);
  expect(classes.sort()).toEqual(['class', 'missing_order', 'missing_payment', 'unpaid_order']);
  const nowhere = { op: 'export_run', id: `${MERCHANT}:20200101`, part: 'report' };
  expect(await handleOps(deps, LI, nowhere)).toMatchObject({ code: 'NOT_FOUND' });
});
