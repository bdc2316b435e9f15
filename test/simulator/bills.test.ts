import fc from 'fast-check';
import { verifyStatement } from '../../lib/bill/read';
import type { StatementRow } from '../../lib/bill/row';
import { isBeijingDay, startOf, type BeijingDay } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import { memoryJournal } from '../../simulator/journal';
import { readAll } from '../statement/bill';
import { manualTime } from './manual-time';
import type { Stage } from './stage';
import { stage } from './stage';

const MERCHANT = '1606704502';
const HOUR = 3_600_000;
const NOON = (day: BeijingDay) => startOf(day) + 12 * HOUR;

function dayNamed(text: string): BeijingDay {
  if (!isBeijingDay(text)) throw new TypeError(`no day: ${text}`);
  return text;
}
const DAY = dayNamed('20260301');

const TYPES = ['ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND'] as const;

async function paid(on: Stage, outTradeNo: string, total: number): Promise<void> {
  await on.order(outTradeNo, { total_fee: total });
  on.simulator.pay(outTradeNo);
  await on.time.pass(1_000);
}

async function refunded(on: Stage, outTradeNo: string, outRefundNo: string, total: number, amount: number) {
  const answer = await on.call('refund', {
    sub_mch_id: MERCHANT,
    nonce_str: 'n',
    out_trade_no: outTradeNo,
    out_refund_no: outRefundNo,
    total_fee: total,
    refund_fee: amount,
    function_name: 'refundCallback',
  });
  if (answer.result_code !== 'SUCCESS') throw new Error(JSON.stringify(answer));
  await on.time.pass(10_000);
}

/** Downloads as a merchant does. */
async function download(on: Stage, more: object = {}): Promise<Buffer | Readonly<Record<string, unknown>>> {
  const { body } = await on.simulator.payApi('downloadBill', {
    sub_mch_id: MERCHANT,
    nonce_str: 'n',
    bill_date: DAY,
    ...more,
  });
  if (typeof body !== 'string') return body;
  const answer: unknown = JSON.parse(body);
  return { ...(typeof answer === 'object' ? answer : {}) };
}

async function billOf(on: Stage, more: object = {}): Promise<Buffer> {
  const answer = await download(on, more);
  if (!Buffer.isBuffer(answer)) throw new Error(`no bill: ${JSON.stringify(answer)}`);
  return answer;
}

/** Until WeChat Pay has the statement. */
const tomorrowAtNoon = (on: Stage) => on.time.pass(NOON(DAY) + 24 * HOUR - on.time.clock.now());

describe('a statement of the simulator', () => {
  test.each(TYPES.flatMap((type) => [true, false].map((gzip) => [type, gzip] as const)))(
    'of type %s, gzipped: %s, proves itself and says what happened',
    async (type, gzip) => {
      const on = stage();
      await paid(on, 'T1', 10_000);
      await paid(on, 'T2', 1);
      await refunded(on, 'T1', 'R1', 10_000, 300);
      await refunded(on, 'T1', 'R2', 10_000, 9_700);
      await tomorrowAtNoon(on);
      const asked = { bill_type: type, ...(gzip ? { tar_type: 'GZIP' } : {}) };
      if (type === 'RECHARGE_REFUND') {
        // Nothing was refunded from topped-up funds.
        expect(await download(on, asked)).toMatchObject({ return_code: 'FAIL', error_code: '20002' });
        return;
      }
      const bytes = await billOf(on, asked);
      expect(bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))).toBe(gzip);
      expect(await verifyStatement([bytes])).toMatchObject({ kind: 'verified', type, gzipped: gzip });
      const { rows } = await readAll([bytes]);
      const told = rows.map((row) => [row.kind, row.outTradeNo, amountOf(row), row.fee]).sort();
      const payments = [
        ['payment', 'T1', 10_000, 60],
        ['payment', 'T2', 1, 0],
      ];
      const refunds = [
        ['refund', 'T1', 300, -2],
        ['refund', 'T1', 9_700, -58],
      ];
      const wanted = { ALL: [...payments, ...refunds], SUCCESS: payments, REFUND: refunds };
      expect(told).toEqual(wanted[type].sort());
    },
  );

  test('has its BOM, its line ends and its columns as v2 writes them', async () => {
    const on = stage();
    await paid(on, 'T1', 100);
    await tomorrowAtNoon(on);
    const text = (await billOf(on)).toString('utf8');
    expect(text.startsWith('\uFEFF交易时间,公众账号ID,')).toBe(true);
    expect(text.split('\r\n')[0]?.split(',')).toHaveLength(27);
  });

  test('is there from 10 the next morning, and for a day without trades never', async () => {
    const on = stage();
    await paid(on, 'T1', 100);
    await on.time.pass(startOf(DAY) + 33 * HOUR - on.time.clock.now());
    expect(await download(on)).toMatchObject({ error_code: '20002' });
    await on.time.pass(HOUR - 1);
    expect(await download(on)).toMatchObject({ error_code: '20002', return_msg: 'Bill Creating' });
    await on.time.pass(1);
    expect(Buffer.isBuffer(await download(on))).toBe(true);
    expect(await download(on, { bill_date: '20260228' })).toMatchObject({ return_msg: 'No Bill Exist' });
    expect(await download(on, { sub_mch_id: '1900000109' })).toMatchObject({ error_code: '20002' });
  });

  test('survives a restart with what was planted in it', async () => {
    const journal = memoryJournal();
    const time = manualTime(stage().time.clock.now());
    const before = stage({ journal, time });
    await paid(before, 'T1', 100);
    await paid(before, 'T2', 200);
    before.simulator.plant({ class: 'missing_payment', outTradeNo: 'T2' });
    await tomorrowAtNoon(before);
    const bill = await billOf(before);
    before.simulator.stop();
    expect(await billOf(stage({ journal, time }))).toEqual(bill);
    expect((await readAll([bill])).rows.map(({ outTradeNo }) => outTradeNo)).toEqual(['T1']);
  });

  test.each([
    ['totals_mismatch', 'totals_mismatch'],
    ['no_summary', 'no_summary'],
    ['gzip_truncated', 'gzip_truncated'],
  ] as const)('that is %s is refused as that', async (says, code) => {
    const on = stage();
    await paid(on, 'T1', 100);
    on.simulator.plant({ class: 'statement_corrupt', subMchId: MERCHANT, day: DAY, says });
    await tomorrowAtNoon(on);
    expect(await verifyStatement([await billOf(on, { tar_type: 'GZIP' })])).toMatchObject({
      kind: 'refused',
      code,
    });
  });

  test('tells each planted lie in a file that adds up all the same', async () => {
    const on = stage();
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await paid(on, `T${n}`, 1_000 * n);
    await refunded(on, 'T8', 'R8', 8_000, 100);
    const { simulator } = on;
    simulator.plant({ class: 'amount_mismatch', outTradeNo: 'T1', says: fen(999) });
    simulator.plant({ class: 'currency_mismatch', outTradeNo: 'T2', says: 'USD' });
    simulator.plant({ class: 'duplicate_payment', outTradeNo: 'T3' });
    simulator.plant({ class: 'duplicate_row', outTradeNo: 'T4' });
    simulator.plant({ class: 'fee_mismatch', outTradeNo: 'T5', says: fen(77) });
    simulator.plant({ class: 'scientific_notation', outTradeNo: 'T6' });
    simulator.plant({
      class: 'missing_order',
      subMchId: MERCHANT,
      day: DAY,
      outTradeNo: 'NOBODY',
      says: fen(5),
    });
    simulator.plant({ class: 'refund_amount_mismatch', outRefundNo: 'R8', says: fen(101) });
    simulator.plant({ class: 'refund_missing_here', outTradeNo: 'T7', outRefundNo: 'R7', says: fen(7) });
    await tomorrowAtNoon(on);
    const bytes = await billOf(on);
    expect(await verifyStatement([bytes])).toMatchObject({ kind: 'verified' });
    const { rows, problems } = await readAll([bytes]);
    const of = (outTradeNo: string) => rows.filter((row) => row.outTradeNo === outTradeNo);
    expect(of('T1')).toMatchObject([{ total: 999 }]);
    expect(of('T2')).toMatchObject([{ currency: 'USD' }]);
    expect(new Set(of('T3').map(({ transactionId }) => transactionId)).size).toBe(2);
    expect(of('T4').map(({ transactionId }) => transactionId)).toHaveLength(2);
    expect(new Set(of('T4').map(({ transactionId }) => transactionId)).size).toBe(1);
    expect(of('T5')).toMatchObject([{ fee: 77 }]);
    expect(of('T6')).toEqual([]);
    expect(problems.map(({ code }) => code)).toContain('scientific_notation');
    expect(of('NOBODY')).toMatchObject([{ kind: 'payment', total: 5 }]);
    expect(
      of('T8')
        .map((row) => [row.kind, amountOf(row)])
        .sort(),
    ).toEqual([
      ['payment', 8_000],
      ['refund', 101],
    ]);
    expect(of('T7').some((row) => row.kind === 'refund' && row.outRefundNo === 'R7')).toBe(true);
  });

  test('adds up to the simulator’s books, whatever was paid and refunded', async () => {
    const trade = fc.record({
      total: fc.integer({ min: 1, max: 1_000_000 }),
      parts: fc.array(fc.nat(100), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(trade, { minLength: 1, maxLength: 6 }), async (trades) => {
        const on = stage();
        let [sold, back] = [0, 0];
        for (const [n, { total, parts }] of trades.entries()) {
          await paid(on, `T${n}`, total);
          sold += total;
          let left = total;
          for (const [m, part] of parts.entries()) {
            const amount = Math.min(left, Math.ceil((total * part) / 300));
            if (amount === 0) continue;
            await refunded(on, `T${n}`, `R${n}-${m}`, total, amount);
            left -= amount;
            back += amount;
          }
        }
        await tomorrowAtNoon(on);
        const verdict = await verifyStatement([await billOf(on, { tar_type: 'GZIP' })]);
        if (verdict.kind !== 'verified') throw new Error(verdict.message);
        expect(verdict.totals.get('orderTotal')).toBe(sold);
        expect(verdict.totals.get('refundAsked')).toBe(back);
      }),
      { numRuns: 25 },
    );
  });
});

function amountOf(row: StatementRow): number {
  switch (row.kind) {
    case 'payment':
    case 'revoked':
    case 'other':
      return row.total;
    case 'refund':
      return row.asked;
  }
}
