import { asCsv, asJson, asText } from '../../accountant/render';
import { paymentMeans } from '../../accountant/orders/payment-means';
import { billOf, buckets, match, ONE, OTHER, OTHER_PAID_BY, PAID_BY, reasons, TWO, write } from './matching';

describe('what a cell says of the means', () => {
  test.each([
    ...[
      '支付宝',
      '支付寶',
      '支付宝支付',
      '支付宝-小程序',
      'Alipay',
      'ALIPAY_WAP',
      '支付宝（花呗）',
      '余额',
      '余额支付',
    ],
    ...[
      '现金',
      '现金付款',
      '银行卡',
      '信用卡支付',
      'cash',
      'Bank Card',
      '对公转账',
      '支付宝+余额',
      '云闪付',
      '货到付款',
    ],
  ])('other: %s', (word) => {
    expect(paymentMeans(word)).toBe('other');
  });

  test.each([
    ...[
      '微信',
      '微信支付',
      'WeChat Pay',
      'wxpay',
      'weixin',
      'JSAPI',
      '小程序支付',
      '微信+余额',
      '余额,微信:48.00',
    ],
    ...[
      '微信支付宝',
      '支付宝/微信',
      '在线支付',
      '扫码',
      '零钱',
      '1',
      '组合支付',
      'stripe',
      '新支付',
      '余额+新支付',
    ],
  ])('compared: %s', (word) => {
    expect(paymentMeans(word)).toBe('comparable');
  });

  test.each(['', ' ', '()'])('nothing: “%s”', (word) => {
    expect(paymentMeans(word)).toBe('unstated');
  });
});

const HEADER = '商户订单号,金额(元),交易号,支付时间,状态,支付方式';
const ROWS = [
  `${ONE},58.00,${PAID_BY},2026-03-01 09:05:06,已支付,微信支付`,
  `${OTHER},1234.50,${OTHER_PAID_BY},2026-03-01 10:15:16,已支付,`,
];
const matched = (rows: readonly string[], more: readonly string[] = [], header = HEADER) =>
  match('--bill', billOf(...TWO), '--orders', write([header, ...ROWS, ...rows].join('\n')), ...more);

const ELSEWHERE = [
  'x1,5.00,2026030122001400001,2026-03-01 12:00:00,已支付,支付宝',
  'x2,6.00,,2026-03-01 12:00:00,已支付,现金',
  'x3,7.00,,昨天,,余额支付',
];

describe('orders that were paid by other means', () => {
  test('are in a bucket of their own, in every output', async () => {
    const report = await matched(ELSEWHERE);
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2, otherMeans: 3 });
    expect(asText(report, 'zh')).toContain('其他支付方式 3 (18.00)');
    expect(asText(report, 'en')).toContain('paid by other means 3 (18.00)');
    expect(asText(report, 'zh')).toContain('支付方式 = 支付方式');
    expect(asCsv(report, 'zh')).toMatch(/∑ 订单表 付款 其他支付方式,+3,18\.00/);
    expect(asJson(report)).toMatch(/"otherMeans": \{\s*"count": 3,\s*"sum": 1800/);
  });

  test('are compared without the column, and the column can have any name', async () => {
    const missing = await matched(ELSEWHERE.slice(0, 2), ['--columns', '支付方式=']);
    expect(missing.byClass).toEqual({ missing_payment: 2 });
    const named = await matched(
      ELSEWHERE,
      ['--columns', 'paid-by=怎么付的'],
      HEADER.replace('支付方式', '怎么付的'),
    );
    expect(named.agree).toBe(true);
  });

  test.each([
    ['an unknown word', 'x1,5.00,,2026-03-01 12:00:00,已支付,新支付'],
    ['a part of it by WeChat Pay', 'x1,5.00,,2026-03-01 12:00:00,已支付,微信+余额'],
    ['a transaction of WeChat Pay', 'x1,5.00,4200000883202603011151153100,2026-03-01 12:00:00,已支付,支付宝'],
    [
      'a transaction of WeChat Pay that a spreadsheet destroyed',
      'x1,5.00,4.20000088320260E+27,2026-03-01 12:00:00,已支付,支付宝',
    ],
    [
      'a further row with WeChat Pay',
      'x1,5.00,,2026-03-01 12:00:00,已支付,余额\nx1,5.00,,2026-03-01 12:00:00,已支付,微信',
    ],
  ])('%s: the order is missing in the bill', async (_, row) => {
    expect((await matched([row])).byClass).toEqual({ missing_payment: 1 });
  });

  test('an order that the bill has is compared, whatever the file says', async () => {
    const file = (row: string) => write([HEADER, row, ROWS[1]].join('\n'));
    const row = `${ONE},58.00,,2026-03-01 09:05:06,已支付,支付宝`;
    expect(await match('--bill', billOf(...TWO), '--orders', file(row))).toMatchObject({ agree: true });
    const other = row.replace('58.00', '57.00');
    const report = await match('--bill', billOf(...TWO), '--orders', file(other));
    expect(report.byClass).toEqual({ amount_mismatch: 1 });
    const paidTwice = row.replace(',,', ',2026030122001400001,');
    const twice = await match('--bill', billOf(...TWO), '--orders', file(paidTwice));
    expect(twice.byClass).toEqual({ duplicate_payment: 1 });
  });

  test('unpaid ones stay unpaid, and those of other days of other days', async () => {
    const report = await matched(['x1,5.00,,,待付款,支付宝', 'x2,5.00,,2026-03-09 12:00:00,已支付,支付宝']);
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'unpaid')).toEqual({ agreeing: 1 });
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2, otherDays: 1 });
  });
});

describe('their refunds', () => {
  const HEAD = `${HEADER},退款单号,退款金额`;
  const cash = 'x2,6.00,,2026-03-01 12:00:00,已支付,现金';

  test('are in no bill either, with a number or without', async () => {
    const report = await matched([`${ELSEWHERE[0]},r1,5.00`, `${cash},,2.00`], [], HEAD);
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'refunds')).toEqual({ otherMeans: 1 });
    expect(buckets(report, 'orders', 'other')).toEqual({ otherMeans: 1 });
  });

  test('nor those of a file of refunds that does not name the means', async () => {
    const refunds = write('退款单号,商户订单号,退款金额\nr1,x2,2.00');
    expect(await matched([cash], ['--orders', refunds])).toMatchObject({ agree: true });
  });

  test('of an order that the bill has they are looked for', async () => {
    const rows = [`${ONE},58.00,,2026-03-01 09:05:06,已支付,支付宝,r1,5.00`, `${ROWS[1]},,`];
    const report = await match('--bill', billOf(...TWO), '--orders', write([HEAD, ...rows].join('\n')));
    expect(report.byClass).toEqual({ refund_missing_there: 1 });
    const unnumbered = write([HEAD, ...rows].join('\n').replace('r1', ''));
    expect(reasons(await match('--bill', billOf(...TWO), '--orders', unnumbered))).toEqual([
      ['no_refund_number', 1],
    ]);
  });
});
