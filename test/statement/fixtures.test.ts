import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { verifyStatement } from '../../lib/bill/read';
import { beijingTime } from '../../lib/values/instant';
import { readAll } from './bill';

const fixture = (name: string): Buffer => readFileSync(join(__dirname, 'fixtures', name));

/** Every known form of bill: its type, how many rows of which kind, and its summary in fen. */
const FORMS = [
  {
    file: 'all-current.csv',
    type: 'ALL',
    counts: { payment: 3, refund: 2, revoked: 1, other: 0 },
    totals: {
      settled: 6301,
      refunded: 6300,
      couponRefunded: 50,
      fee: 0,
      orderTotal: 6501,
      refundAsked: 6500,
    },
  },
  {
    file: 'success-provider.csv',
    type: 'SUCCESS',
    counts: { payment: 2, refund: 0, revoked: 0, other: 0 },
    totals: { settled: 10001990, fee: 60012, orderTotal: 10001990 },
  },
  {
    file: 'refund-current.csv',
    type: 'REFUND',
    counts: { payment: 0, refund: 2, revoked: 0, other: 0 },
    totals: { settled: 0, refunded: 1000, couponRefunded: 0, fee: -6, orderTotal: 0, refundAsked: 1000 },
  },
  {
    file: 'recharge-refund.csv',
    type: 'RECHARGE_REFUND',
    counts: { payment: 0, refund: 1, revoked: 0, other: 0 },
    totals: { settled: 0, refunded: 3000, couponRefunded: 0, fee: -18, orderTotal: 0, refundAsked: 3000 },
  },
  {
    file: 'all-legacy.csv',
    type: 'ALL',
    counts: { payment: 1, refund: 1, revoked: 0, other: 0 },
    totals: { settled: 1, refunded: 1, couponRefunded: 0, fee: 0 },
  },
  {
    file: 'all-bank-channel.csv',
    type: 'ALL',
    counts: { payment: 1, refund: 1, revoked: 0, other: 0 },
    totals: { settled: 2943, refunded: 706, couponRefunded: 0, fee: 15, net: 2237 },
  },
  {
    file: 'all-english.csv',
    type: 'ALL',
    counts: { payment: 1, refund: 0, revoked: 0, other: 0 },
    totals: { settled: 8800, refunded: 0, couponRefunded: 0, fee: 53 },
  },
] as const;

describe.each(FORMS)('$file', ({ file, type, counts, totals }) => {
  const bytes = fixture(file);

  test('is verified, with its type, its rows and its totals', async () => {
    const verdict = await verifyStatement([bytes]);
    expect(verdict).toMatchObject({ kind: 'verified', type, counts, gzipped: false, bytes: bytes.length });
    if (verdict.kind !== 'verified') throw new Error(verdict.message);
    expect(Object.fromEntries(verdict.totals)).toEqual(totals);
    expect(verdict.sha1).toBe(createHash('sha1').update(bytes).digest('hex'));
  });

  test('gzipped is the same statement', async () => {
    const plain = await verifyStatement([bytes]);
    const gzipped = await verifyStatement([gzipSync(bytes)]);
    expect(gzipped).toEqual({ ...plain, gzipped: true });
  });

  test('one byte at a time is the same statement', async () => {
    const bits = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    expect(await readAll(bits)).toEqual(await readAll([bytes]));
  });

  test('every row can be read', async () => {
    const { rows, problems } = await readAll([bytes]);
    expect(rows).toHaveLength(counts.payment + counts.refund + counts.revoked);
    expect(problems.filter(({ kept }) => !kept)).toEqual([]);
  });
});

test('a payment, its refunds and a revoked payment, field by field', async () => {
  const { rows } = await readAll([fixture('all-current.csv')], { texts: true });
  const [paid, quoted, first, second, , revoked] = rows;
  expect(paid).toEqual({
    kind: 'payment',
    line: 2,
    tradedAt: Date.UTC(2026, 10, 23, 1, 15, 2),
    transactionId: '4200002600112300000000000001',
    outTradeNo: 'shop-0001',
    paidTo: '1600012345',
    mchId: '1600012345',
    payer: 'oTest0000000000000000000aaaa',
    currency: 'CNY',
    fee: 35,
    rate: '0.60%',
    texts: {
      appId: 'wx0a1b2c3d4e5f6071',
      deviceInfo: 'till-3',
      tradeType: 'JSAPI',
      bankType: 'CMB_DEBIT',
      body: '热拿铁, 大杯',
      attach: '{"cart":17,"note":"少糖, 多冰"}',
      rateNote: '',
    },
    total: 6000,
    settled: 5800,
    coupon: 200,
  });
  expect(quoted).toMatchObject({ texts: { body: '"quoted" `ticked`', deviceInfo: '', attach: '' } });
  expect(first).toMatchObject({
    kind: 'refund',
    transactionId: '4200002600112300000000000001',
    refundId: '5030002600112300000000000001',
    outRefundNo: 'back-0001',
    asked: 2000,
    refunded: 2000,
    couponRefunded: 0,
    fee: -12,
    state: 'succeeded',
    requestedAt: null,
  });
  expect(second).toMatchObject({ kind: 'refund', asked: 4000, refunded: 3800, state: 'processing' });
  expect(revoked).toMatchObject({ kind: 'revoked', outTradeNo: 'shop-0003', payer: null, refunded: 500 });
});

test('a service provider’s row is paid to the sub-merchant', async () => {
  const { rows } = await readAll([fixture('success-provider.csv')]);
  expect(rows.map(({ mchId, paidTo }) => [mchId, paidTo])).toEqual([
    ['1500000001', '1600012345'],
    ['1500000001', '1600099999'],
  ]);
  expect(rows[1]).toMatchObject({ total: 10_000_000, fee: 60_000 });
});

test('a refund statement gives the time of the payment and both times of the refund', async () => {
  const { rows } = await readAll([fixture('refund-current.csv')]);
  expect(rows).toMatchObject([
    {
      tradedAt: beijingTime('20261001070000'),
      requestedAt: beijingTime('20261123143321'),
      succeededAt: beijingTime('20261123143324'),
      state: 'succeeded',
    },
    { requestedAt: beijingTime('20261123150000'), succeededAt: null, state: 'abnormal' },
  ]);
});

test('an old statement’s 总金额 is what the order cost, and its odd times are read and reported', async () => {
  const { rows, problems } = await readAll([fixture('all-legacy.csv')]);
  expect(rows).toMatchObject([
    { kind: 'payment', total: 1, settled: 1, tradedAt: beijingTime('20141110163345') },
    { kind: 'refund', asked: 1, refunded: 1, tradedAt: beijingTime('20141110170000') },
  ]);
  expect(problems).toEqual(
    [2, 3].map((line) => ({
      line,
      column: 'tradedAt',
      code: 'irregular_time',
      kept: true,
      outTradeNo: '1415640626',
    })),
  );
});

test('a column nobody knows is passed over and named', async () => {
  const verdict = await verifyStatement([fixture('all-english.csv')]);
  expect(verdict).toMatchObject({ unknownColumns: ['Settlement currency type'] });
});

test('a fund-flow statement is refused by name', async () => {
  expect(await verifyStatement([fixture('fund-flow.csv')])).toMatchObject({
    kind: 'refused',
    code: 'fund_flow',
    line: 1,
  });
});
