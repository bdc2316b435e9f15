import {
  billOf,
  buckets,
  match,
  ONE,
  OTHER,
  OTHER_PAID_BY,
  PAID_BY,
  reasons,
  refusal,
  TWO,
  write,
} from './matching';
import { numbersOf, trade } from '../statement/bill';
import { workbookOf } from './zip';

const HEADER = '商户订单号,金额(元),微信订单号,支付时间,状态';
const ROWS = [
  `${ONE},58.00,${PAID_BY},2026-03-01 09:05:06,已支付`,
  `${OTHER},1234.50,${OTHER_PAID_BY},2026-03-01 10:15:16,已支付`,
];
const PLAIN = [HEADER, ...ROWS].join('\n');
const matched = (orders: string | Buffer, ...more: readonly string[]) =>
  match('--bill', billOf(...TWO), '--orders', write(orders), ...more);

describe('lines that state no order', () => {
  test.each([
    ',1292.50,,,合计',
    ',1292.50,,,',
    '2笔,1292.50,,,',
    '2,1292.50,,,',
    '总 计,1292.50,,,',
    '【合计】,1292.50,,,',
    '订单数：2,1292.50,,,',
    '3月1日小计,1292.50,,2026-03-01,',
    '合计,,2,,',
    '实收合计,1292.50,,,',
    'Totals,1292.50,,,',
    'Total (2 orders),1292.50,,,',
    '平均,646.25,,,',
    '制表：张三,审核：李四,,,',
    '--END--,,,,',
  ])('%s', async (line) => {
    expect(await matched(`${PLAIN}\n${line}`)).toMatchObject({ agree: true, orders: { rows: 2 } });
  });

  test.each([
    ['TOTAL-1,10.00,,,', 2],
    ['sum,10.00,,2026-03-01 12:00:00,已支付', 3],
    ['sum,10.00,4200002999,,', 3],
    ['共1单A100,10.00,,2026-03-01 12:00:00,已支付', 2],
    [',10.00,,,', 2],
    [`,1292.50,${PAID_BY.replace('1', '2')},,`, 3],
  ])('%s is no total', async (line) => {
    const report = await matched(`${PLAIN}\n${line}`);
    expect(report).toMatchObject({ agree: false, orders: { rows: 3 } });
  });

  test('subtotals without a word, below parts with a line that states nothing', async () => {
    const part = (n: number) =>
      [`A-${n}1,1.00,,,已支付`, ',,,,已支付', `A-${n}2,2.00,,,已支付`, ',3.00,,,'].join('\n');
    const report = await matched(`${HEADER}\n${part(1)}\n${part(2)}`);
    expect(report).toMatchObject({ orders: { rows: 4 } });
  });

  test('an amount alone below one row may be an order that lost its number', async () => {
    const report = await matched(`${HEADER}\n${ROWS[0]}\n,58.00,,,`);
    expect(reasons(report)).toContainEqual(['bad_number', 1]);
  });

  test('one line for each of the goods, with the amount beside the first', async () => {
    const goods = `${HEADER},商品名称\n${ROWS[0]},茶\n${ONE},,,,,咖啡\n${ROWS[1]},茶\n${OTHER},,,,已支付,饼`;
    expect(await matched(goods)).toMatchObject({ agree: true, orders: { rows: 2 } });
  });
});

describe('headers of shops', () => {
  const shop = (header: string): string => [header, ...ROWS].join('\n');

  test.each([
    [
      'in both languages',
      '订单号 Order No,金额 Amount(元),微信订单号 Transaction ID,支付时间 Paid At,状态 Status',
    ],
    ['with a stroke', '订单号/Order No.,金额/Amount,交易单号/Transaction,支付时间/Paid at,状态/Status'],
    ['in traditional characters', '商戶訂單號,金額(元),微信訂單號,支付時間,狀態'],
    ['with hints', '*订单号（必填）,金额（元）（必填）,微信订单号,支付时间(北京时间),状态'],
    ['with a unit in other brackets', '订单号,订单金额【元】,微信订单号,支付时间,状态'],
    ['with a unit behind a stroke', '订单号,应付金额/元,微信订单号,支付时间,状态'],
    ['of a shop', '订单编号,订单实际支付金额,支付单号,付款时间,订单状态'],
  ])('%s', async (_, header) => {
    expect(await matched(shop(header))).toMatchObject({ agree: true });
  });

  test.each(['订单金额[分]', '订单金额分', '交易金额(分)', '订单金额（单位：分）'])('%s', async (amount) => {
    const fen = PLAIN.replace('金额(元)', amount).replace('58.00', '5800').replace('1234.50', '123450');
    expect(await matched(fen)).toMatchObject({ agree: true });
  });

  test.each(['优惠后金额', '买家实际支付金额', '店铺实付金额(元)', '结算金额', 'Net amount'])(
    'an amount beside %s is asked about',
    async (other) => {
      const text = PLAIN.split('\n').map((line, at) => `${line},${at === 0 ? other : '1.00'}`);
      const args = ['--bill', billOf(...TWO), '--orders', write(text.join('\n'))];
      expect(await refusal(...args)).toContain(`金额(元) | ${other}`);
      expect(await match(...args, '--columns', '金额=金额(元)')).toMatchObject({ agree: true });
    },
  );

  test('fees, discounts and points beside the amount are no choice', async () => {
    const text = PLAIN.split('\n').map(
      (line, at) => line + (at === 0 ? ',手续费,优惠金额,订单运费金额' : ',1,2,3'),
    );
    expect(await matched(text.join('\n'))).toMatchObject({ agree: true });
  });

  test('the account of a payer at Alipay does not make a shop’s file a bill of Alipay', async () => {
    const file = write('订单编号,买家支付宝账号,宝贝\na,b,c');
    expect(await refusal('--bill', billOf(...TWO), '--orders', file)).toContain('没有金额列');
  });
});

test('cells in single quotes, or with blanks before their quotes', async () => {
  const lines = PLAIN.split('\n');
  const around = (mark: string) =>
    lines.map((line) =>
      line
        .split(',')
        .map((cell) => `${mark[0]}${mark[1] ?? ''}${cell}${mark[1] ?? mark[0]}`)
        .join(','),
    );
  expect(await matched(around("'").join('\n'))).toMatchObject({ agree: true });
  expect(await matched(around(' "').join('\n'))).toMatchObject({ agree: true });
});

test('a workbook’s own true and false say whether an order is paid', async () => {
  const workbook = workbookOf([
    HEADER.replace('状态', '是否支付').split(','),
    ...ROWS.map((row) => row.replace('已支付', 'TRUE').split(',')),
  ]);
  expect(await matched(workbook)).toMatchObject({ agree: true });
});

describe('times that are not set', () => {
  test.each(['1970-01-01 08:00:00', '0000-00-00 00:00:00', '1900/1/0 0:00', '9999-12-31 00:00:00'])(
    'a paid order of %s is missing in the bill, not of another day',
    async (time) => {
      const report = await matched(`${PLAIN}\nx1,5.00,,${time},已支付`);
      expect(report.byClass).toEqual({ missing_payment: 1 });
    },
  );

  test('where payment times alone say what is paid, they say that it is not', async () => {
    const report = await matched(
      `${PLAIN}\nx1,5.00,,0000-00-00 00:00:00,\nx2,5.00,,0,`.replaceAll(/,(?:状态|已支付|)$/gm, ''),
    );
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'unpaid')).toEqual({ agreeing: 2 });
  });

  test('an order that costs nothing is in no bill', async () => {
    expect(await matched(`${PLAIN}\nx1,0.00,,2026-03-01 12:00:00,已支付`)).toMatchObject({ agree: true });
  });
});

describe('money that went back, in the column of what came in', () => {
  const { outRefundNo } = numbersOf(1);
  const bill = () =>
    billOf(...TWO, trade({ kind: 'refund', number: 1, amount: 2000, time: '2026-03-01 11:00:00' }));

  test('a negative row is a refund without a number, and its order is not in doubt', async () => {
    const file = write(`${PLAIN}\n${ONE},-20.00,${PAID_BY},2026-03-01 11:00:00,退款成功`);
    const report = await match('--bill', bill(), '--orders', file);
    expect(report.agree).toBe(false);
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2 });
    expect(reasons(report)).toContainEqual(['no_refund_number', 1]);
  });

  test.each(['-20.00', '20.00'])(
    'with refund numbers, --columns may give both one column: %s',
    async (amount) => {
      const lines = PLAIN.split('\n').map((line, at) => `${line},${at === 0 ? '退款单号' : ''}`);
      const file = write(
        [...lines, `${ONE},${amount},${PAID_BY},2026-03-01 11:00:00,退款成功,${outRefundNo}`].join('\n'),
      );
      const args = ['--bill', bill(), '--orders', file];
      expect(await refusal(...args)).toContain('--columns 退款金额=');
      const report = await match(...args, '--columns', '退款金额=金额(元)');
      expect(report.agree).toBe(true);
      expect(buckets(report, 'orders', 'refunds')).toEqual({ agreeing: 1 });
    },
  );
});

test('a question that leaves out every row is not answered by “agree”', async () => {
  const args = ['--bill', billOf(...TWO), '--orders', write(PLAIN)];
  expect(await refusal(...args, '--from', '2026-04-01')).toContain('没有所选日期的数据');
  expect(await refusal(...args, '--merchant', '1699999999')).toContain('没有该商户的数据');
  // The days are right here, so a sentence about the days alone would mislead.
  const both = ['--merchant', '1699999999', '--from', '2026-03-01', '--to', '2026-03-01'];
  expect(await refusal(...args, ...both)).toContain('请检查 --merchant、--from 和 --to');
});
