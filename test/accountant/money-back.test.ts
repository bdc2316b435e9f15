import { numbersOf, trade } from '../statement/bill';
import {
  billBytes,
  billOf,
  buckets,
  match,
  ONE,
  OTHER,
  OTHER_PAID_BY,
  PAID_BY,
  reasons,
  TWO,
  write,
} from './matching';

const HEADER = '商户订单号,金额(元),微信订单号,支付时间,订单状态';
const FIRST_PAID = `${ONE},58.00,${PAID_BY},2026-03-01 09:05:06`;
const SECOND_PAID = `${OTHER},1234.50,${OTHER_PAID_BY},2026-03-01 10:15:16,已支付`;

const refundOf = (amount: number, number = 1) =>
  trade({ kind: 'refund', number, amount, time: '2026-03-01 11:00:00' });

/** The first order with this word, the second paid. */
async function matched(
  word: string,
  bill = billOf(...TWO),
  args: readonly string[] = [],
  further: { readonly head: string; readonly cells: string } = { head: '', cells: '' },
) {
  const orders = [
    `${HEADER}${further.head}`,
    `${FIRST_PAID},${word}${further.cells}`,
    `${SECOND_PAID}${further.head.replace(/[^,]/g, '')}`,
  ];
  return match('--bill', bill, '--orders', write(orders.join('\n')), ...args);
}

describe('an order whose state says that its money went back, while no file names the refund', () => {
  test.each([
    ['已退款', 5800],
    ['全额退款', 5800],
    ['微信已退款', 5800],
    ['买家已付款，已退款', 5800],
    ['refunded', 5800],
    ['转入退款', 5800],
    ['部分退款', 0],
    ['已完成/部分退款', 0],
    ['partially_refunded', 0],
  ])('is in doubt where the bill has no refund: %s', async (word, sum) => {
    const report = await matched(word);
    expect(report.agree).toBe(false);
    expect(report.causes).toEqual([expect.objectContaining({ reason: 'refund_not_named', count: 1, sum })]);
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2 });
  });

  test.each(['已支付', '退款中', '退款失败', '退款关闭', '拒绝退款', '申请退款', '退货中'])(
    'is none where the state does not say so: %s',
    async (word) => {
      expect(await matched(word)).toMatchObject({ agree: true });
    },
  );

  test('agrees with a refund of the whole order in the bill, whatever its number', async () => {
    const report = await matched('已退款', billOf(...TWO, refundOf(5800)));
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'refunds')).toEqual({ agreeing: 1 });
    expect(buckets(report, 'bill', 'refunds')).toEqual({ agreeing: 1 });
  });

  test.each([
    ['a part of it', '已退款', [refundOf(2000)]],
    ['the whole, where a part went back', '部分退款', [refundOf(5800)]],
    ['as much of another order', '已退款', [refundOf(5800, 2)]],
  ])('does not agree with %s', async (_, word, rows) => {
    const report = await matched(word, billOf(...TWO, ...rows));
    expect(report.agree).toBe(false);
    expect(reasons(report)).toEqual(
      expect.arrayContaining([
        ['refund_not_named', 1],
        ['no_refunds', 1],
      ]),
    );
  });

  test('is looked for under the number that a file names, and a refund that failed names nothing', async () => {
    const refunds = (state: string) =>
      write(`商户退款单号,商户订单号,退款金额,退款状态\nback-1,${ONE},58.00,${state}`);
    const bill = billOf(...TWO, refundOf(5800));
    expect(await matched('已退款', bill, ['--orders', refunds('退款成功')])).toMatchObject({ agree: true });
    const missing = await matched('已退款', billOf(...TWO), ['--orders', refunds('退款成功')]);
    expect(missing.byClass).toEqual({ refund_missing_there: 1 });
    expect(buckets(missing, 'orders', 'refunds')).toEqual({ differing: 1 });
    const failed = await matched('已退款', billOf(...TWO), ['--orders', refunds('退款关闭')]);
    expect(reasons(failed)).toEqual([['refund_not_named', 1]]);
  });

  test('needs refunds of the whole amount where it says that all of it went back', async () => {
    const [first, second] = [numbersOf(1), numbersOf(3)];
    const refunds = (state: string) =>
      write(
        [
          '商户退款单号,商户订单号,退款金额,退款状态',
          `${first.outRefundNo},${ONE},20.00,退款成功`,
          `${second.outRefundNo},${ONE},38.00,${state}`,
        ].join('\n'),
      );
    const part = billOf(...TWO, refundOf(2000));
    const whole = write(
      billBytes([...TWO, refundOf(2000), refundOf(3800, 3)])
        .toString()
        .replaceAll(`\`${second.outTradeNo},`, `\`${ONE},`)
        .replaceAll(second.transactionId, PAID_BY),
      'bill.csv',
    );
    const closed = ['--orders', refunds('退款关闭')];
    expect(await matched('已退款', part, closed)).toMatchObject({ agree: true });
    for (const word of ['全额退款', '已退款，全部退款', 'fully_refunded']) {
      expect((await matched(word, part, closed)).causes).toEqual([
        expect.objectContaining({ reason: 'refund_not_named', count: 1, sum: 3800 }),
      ]);
    }
    expect(await matched('全额退款', whole, ['--orders', refunds('退款成功')])).toMatchObject({
      agree: true,
    });
    const onlyFirst = write(`商户退款单号,商户订单号,退款金额\n${first.outRefundNo},${ONE},20.00`);
    expect(await matched('全额退款', whole, ['--orders', onlyFirst])).toMatchObject({ agree: true });
  });

  test('is of another day only when it was paid after every bill', async () => {
    const later = await matched('已退款', billOf(TWO[1] ?? trade()), ['--to', '2026-03-01']);
    expect(reasons(later)).toContainEqual(['refund_not_named', 1]);
    const next = write(`${HEADER}\n${ONE},58.00,,2026-03-05,已退款\n${SECOND_PAID}`);
    const report = await match('--bill', billOf(TWO[1] ?? trade()), '--orders', next);
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'refunds')).toEqual({ otherDays: 1 });
  });

  test('means what --states says, where that is given', async () => {
    expect(await matched('售后完成')).toMatchObject({ agree: false });
    expect(await matched('售后完成', billOf(...TWO), ['--states', '售后完成=paid'])).toMatchObject({
      agree: true,
    });
  });
});

describe('a refund that a row states in words, without number and amount', () => {
  test.each([
    ['退款状态', '退款成功', false],
    ['是否退款', '是', false],
    ['退款状态', '退款异常', false],
    ['退款状态', '无退款', true],
    ['退款状态', '退款中', true],
    ['退款时间', '2026-03-01 11:00:00', false],
    ['退款时间', '-', true],
  ])('%s: %s', async (column, cell, agree) => {
    const columns = column === '是否退款' ? ['--columns', 'refund-state=是否退款'] : [];
    const report = await matched('已支付', billOf(...TWO), columns, {
      head: `,${column}`,
      cells: `,${cell}`,
    });
    expect(report.agree).toBe(agree);
    expect(reasons(report)).toEqual(agree ? [] : [['refund_not_named', 1]]);
  });

  test('beside a further line of the same order', async () => {
    const lines = [`${HEADER},退款状态`, `${FIRST_PAID},已支付,无退款`, `${ONE},,,,已支付,退款成功`];
    const report = await match(
      ...['--bill', billOf(...TWO), '--orders', write([...lines, `${SECOND_PAID},`].join('\n'))],
    );
    expect(reasons(report)).toEqual([['refund_not_named', 1]]);
    const merged = [...lines.slice(0, 2), ',,,,,退款成功', `${SECOND_PAID},`].join('\n');
    expect(reasons(await match('--bill', billOf(...TWO), '--orders', write(merged)))).toEqual([
      ['refund_not_named', 1],
    ]);
  });
});

describe('a state that says “not paid” beside a time of payment', () => {
  test.each(['交易关闭', '待支付', '已取消', '支付失败'])(
    'is in doubt while no bill has it: %s',
    async (word) => {
      const file = (time: string) =>
        write(`${HEADER}\n${FIRST_PAID},已支付\n${SECOND_PAID}\nx1,5.00,,${time},${word}`);
      const report = await match('--bill', billOf(...TWO), '--orders', file('2026-03-01 12:00:00'));
      expect(report.agree).toBe(false);
      expect(reasons(report)).toEqual([['unpaid_with_time', 1]]);
      expect(await match('--bill', billOf(...TWO), '--orders', file('0000-00-00'))).toMatchObject({
        agree: true,
      });
      const other = await match('--bill', billOf(...TWO), '--orders', file('2026-03-09 12:00:00'));
      expect(buckets(other, 'orders', 'unpaid')).toEqual({ otherDays: 1 });
    },
  );
});

describe('a column without a header is not read, and what it denies is not passed over', () => {
  const unnamed = (word: string, args: readonly string[] = [], bill = billOf(...TWO)) =>
    matched('已支付', bill, args, { head: ',', cells: `,${word}` });

  test.each([
    ['已退款', 5800],
    ['部分退款', 0],
    ['refunded', 5800],
  ])('%s leaves the order in doubt where the bill has no refund', async (word, sum) => {
    const report = await unnamed(word);
    expect(report.agree).toBe(false);
    expect(report.causes).toEqual([expect.objectContaining({ reason: 'refund_not_named', count: 1, sum })]);
  });

  test.each(['已取消', '交易关闭', '待付款', 'unpaid', 'cancelled'])(
    '%s beside a state that says paid leaves the order in doubt, and says why',
    async (word) => {
      const report = await unnamed(word);
      expect(report.agree).toBe(false);
      expect(reasons(report)).toContainEqual(['unknown_state', 1]);
      expect(report.orderProblems).toContainEqual(
        expect.objectContaining({ code: 'word_without_header', line: 2, column: null }),
      );
      expect(await unnamed(word, ['--states', `${word}=paid`])).toMatchObject({ agree: true });
    },
  );

  test.each(['', '已支付', '已发货', '失败', 'no', 'new', '请在付款后发货', '-'])(
    '"%s" denies nothing',
    async (word) => {
      expect(await unnamed(word)).toMatchObject({ agree: true });
    },
  );

  test('a refund of the whole order that the bill has ends there', async () => {
    const report = await unnamed('已退款', [], billOf(...TWO, refundOf(5800)));
    expect(buckets(report, 'orders', 'refunds')).toEqual({ agreeing: 1 });
  });

  test('a row that is longer than the header is read so, too', async () => {
    const report = await matched('已支付', billOf(...TWO), [], { head: '', cells: ',已退款' });
    expect(report.agree).toBe(false);
  });
});
