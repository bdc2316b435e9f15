import { gzipSync } from 'node:zlib';
import { asText } from '../../accountant/render';
import { en } from '../../console/language/en';
import { zh } from '../../console/language/zh';
import { csvLine } from '../../lib/values/csv';
import { numbersOf, trade, type Trade } from '../statement/bill';
import {
  billBytes,
  billOf,
  buckets,
  FIRST,
  match,
  ONE,
  OTHER,
  OTHER_PAID_BY,
  PAID_BY,
  reasons,
  TWO,
  write,
} from './matching';
import { workbookOf, zipOf } from './zip';

describe('two orders that the bill has agree, however the file is written', () => {
  const header = '商户订单号,金额(元),微信订单号,支付时间,状态';
  const lines = [
    `${ONE},58.00,${PAID_BY},2026-03-01 09:05:06,已支付`,
    `${OTHER},1234.50,${OTHER_PAID_BY},2026-03-01 10:15:16,已支付`,
  ];
  const plain = [header, ...lines].join('\r\n');
  const withTimes = (first: string, second: string): string =>
    plain.replace('2026-03-01 09:05:06', first).replace('2026-03-01 10:15:16', second);
  const utf16 = Buffer.from(`\uFEFF${plain}`, 'utf16le');
  const rows = [header, ...lines].map((line) => line.split(','));

  test.each<readonly [string, string | Buffer]>([
    ['UTF-8 with BOM', `\uFEFF${plain}`],
    ['UTF-16', utf16],
    ['UTF-16, big endian', Buffer.from(utf16).swap16()],
    ['gzip', gzipSync(plain)],
    ['zip', zipOf({ 'orders.csv': plain })],
    ['xlsx', workbookOf(rows)],
    [
      'xlsx with numbers and serial dates',
      workbookOf([
        rows[0] ?? [],
        [ONE, 58, PAID_BY, 46_082.378_541_666_67, '已支付'],
        [OTHER, 1234.5, OTHER_PAID_BY, 46_082.427_268_518_52, '已支付'],
      ]),
    ],
    ['tabs', plain.replaceAll(',', '\t')],
    ['semicolons and decimal commas', plain.replaceAll(',', ';').replace('58.00', '58,00')],
    [
      'titles above, totals and notes below',
      `订单报表,,,,\n导出时间：2026-03-02,,,,\n\n${plain}\n合计,1292.50,,,\n制表人：张三\n`,
    ],
    [
      'cells as text',
      plain.replace(ONE, `="${ONE}"`).replace(PAID_BY, `'${PAID_BY}`).replace(OTHER, `\`${OTHER}\t`),
    ],
    ['amounts as people write them', plain.replace('58.00', '¥５８.00元').replace('1234.50', '"1,234.50"')],
    ['Excel times', withTimes('2026/3/1 9:05', '2026/3/1 10:15:16')],
    ['ISO times', withTimes('2026-03-01T01:05:06.000Z', '2026-03-01T10:15:16+08:00')],
    ['Chinese times', withTimes('2026年3月1日 09:05:06', '2026年3月1日上午10时15分16秒')],
    ['dates alone', withTimes('2026-03-01', '20260301')],
    ['seconds and milliseconds since 1970', withTimes('1772327106', '1772331316000')],
    ['unreadable times', withTimes('昨天', '3/1/2026')],
    ['a stray quote', plain.replaceAll('状态', '状态,商品名称').replace('已支付\r\n', '已支付,8" 蛋糕\r\n')],
    [
      'a quote that opens a cell and is never closed',
      plain
        .replace(header, `商品名称,${header}`)
        .replace(`${ONE},`, `"8 寸蛋糕,${ONE},`)
        .replace(`${OTHER},`, `茶,${OTHER},`),
    ],
    [
      'a cell of two lines',
      plain
        .replace(header, `商品名称,${header}`)
        .replace(`${ONE},`, `"茶\n咖啡",${ONE},`)
        .replace(`${OTHER},`, `茶,${OTHER},`),
    ],
    [
      'lines of merged cells',
      plain.replace('\r\n', '\r\n').replace(lines[1] ?? '', `,,,,\n${lines[1] ?? ''}\n,,,,`),
    ],
    ['no status, but payment times', plain.replaceAll(',状态', '').replaceAll(',已支付', '')],
  ])('%s', async (_, content) => {
    const report = await match('--bill', billOf(...TWO), '--orders', write(content));
    expect(report).toMatchObject({ agree: true, matched: { payments: { count: 2, sum: 129_250 } } });
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2 });
  });

  test('GBK', async () => {
    // 订单号,金额,状态 and 已支付
    const [head, paid] = [
      [0xb6, 0xa9, 0xb5, 0xa5, 0xba, 0xc5, 0x2c, 0xbd, 0xf0, 0xb6, 0xee, 0x2c, 0xd7, 0xb4, 0xcc, 0xac],
      [0xd2, 0xd1, 0xd6, 0xa7, 0xb8, 0xb6],
    ];
    const line = (number: string, amount: string) => [
      Buffer.from(`\n${number},${amount},`),
      Buffer.from(paid),
    ];
    const gbk = Buffer.concat([Buffer.from(head), ...line(ONE, '58.00'), ...line(OTHER, '1234.50')]);
    const report = await match('--bill', billOf(...TWO), '--orders', write(gbk));
    expect(report).toMatchObject({ agree: true, orders: { files: [{ encoding: 'GB18030' }] } });
  });

  test.each<readonly [string, (bill: string) => string | Buffer, boolean]>([
    ['zip', (bill) => zipOf({ '1900000109All2026-03-01.csv': bill }), false],
    ['UTF-16', (bill) => Buffer.from(bill, 'utf16le'), false],
    ['saved again by a spreadsheet', (bill) => padded(bill), true],
    ['quoted by a spreadsheet', (bill) => padded(bill).replace('`热拿铁', '"`热,拿铁"'), true],
    [
      'xlsx',
      (bill) =>
        workbookOf(
          bill
            .replace('\uFEFF', '')
            .trim()
            .split('\r\n')
            .map((line) => line.split(',')),
        ),
      false,
    ],
  ])('the bill: %s', async (_, change, resaved) => {
    const bill = write(change(billBytes(TWO).toString('utf8')), 'bill');
    const report = await match('--bill', bill, '--orders', write(plain));
    expect(report).toMatchObject({ agree: true, bill: { rows: 2, files: [{ resaved }] } });
  });

  /** The rows of a bill as a spreadsheet has them. `times`: its serial dates. */
  function billRows(times: readonly number[] = []): (string | number)[][] {
    const text = billBytes(TWO).toString('utf8').replace('\uFEFF', '').trim();
    return text
      .split('\r\n')
      .map((line, at) => line.split(',').map((cell, n) => (n === 0 ? (times[at - 1] ?? cell) : cell)));
  }

  test('the bill: xlsx with dates that count from 1904', async () => {
    const bill = write(
      workbookOf(billRows([44_620.378_541_666_67, 44_620.427_268_518_52]), { from1904: true }),
    );
    const report = await match('--bill', bill, '--orders', write(plain));
    expect(report).toMatchObject({ agree: true, bill: { days: ['20260301'] } });
  });

  test.each(['4000000000', '-5', '1e300', 'x'])(
    'the bill: xlsx whose rows are numbered %s',
    async (number) => {
      const bill = write(workbookOf(billRows(), { rowNumber: () => number }));
      expect(await match('--bill', bill, '--orders', write(plain))).toMatchObject({ agree: true });
    },
  );

  test('the report counts orders, and names an unknown state as it is written', async () => {
    const file = write(plain.replaceAll('已支付', () => "$&$'"));
    const text = asText(await match('--bill', billOf(...TWO), '--orders', file), 'zh');
    expect(text).toContain('订单表: 行数 2, 订单 2, 退款 0');
    expect(text).toContain("--states $&$'=paid");
  });

  /** Excel fills lines to the width of the sheet, with empty cells. */
  function padded(bill: string): string {
    return bill.replace(/^(总交易单数.*|`\d+,`[\d.]+,.*)$/gm, (line) => line.trimEnd() + ','.repeat(20));
  }
});

describe('nothing is called equal that was not looked for', () => {
  const bill = () => billOf(...TWO);
  const orders = (...lines: readonly string[]): string =>
    write(['商户订单号,金额(元),状态,支付时间', ...lines].join('\n'));

  test('words for unpaid never agree with a payment, and unknown words are in doubt', async () => {
    const unpaid =
      '待支付 等待买家付款 交易关闭 USERPAYING REVOKED NOTPAY 已取消 支付失败 已撤销 超时关闭 WAIT_BUYER_PAY CLOSED';
    for (const word of unpaid.split(' ')) {
      const file = write(
        `订单号,金额,状态,微信订单号\n${ONE},58,${word},${PAID_BY}\n${OTHER},1234.5,交易成功,${OTHER_PAID_BY}`,
      );
      const report = await match('--bill', bill(), '--orders', file);
      expect([word, buckets(report, 'bill', 'payments')]).toEqual([word, { agreeing: 1, differing: 1 }]);
    }
    const file = orders(`${ONE},58.00,审核通过,`, `${OTHER},1234.50,审核通过,`, 'X1,1.00,审核通过,');
    const report = await match('--bill', bill(), '--orders', file);
    expect(report).toMatchObject({
      agree: false,
      orders: { unknownStates: [{ word: '审核通过', rows: 3 }] },
    });
    expect(buckets(report, 'bill', 'payments')).toEqual({ inDoubt: 2 });
    expect(buckets(report, 'orders', 'payments')).toEqual({ inDoubt: 3 });
    const said = await match('--bill', bill(), '--orders', file, '--states', '审核通过=paid');
    expect(buckets(said, 'orders', 'payments')).toEqual({ agreeing: 2, differing: 1 });
  });

  test('a file without states looks for no absent order', async () => {
    const file = write(`订单号,金额\n${ONE},58\n${OTHER},1234.5\nX1,999\nX2,88`);
    const report = await match('--bill', bill(), '--orders', file);
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2, notLookedFor: 2 });
    expect(reasons(report)).toEqual([['no_state', 2]]);
    expect(report.agree).toBe(false);
  });

  test('a day inside a bill is covered, one between two bills is not, one outside is another day', async () => {
    const day = (n: number, of: number) => trade({ number: n, amount: 100, time: `2026-03-0${of} 10:00:00` });
    const line = (n: number, of: number) => `${numbersOf(n).outTradeNo},1.00,paid,2026-03-0${of} 10:00:00`;
    const file = orders(line(1, 2), line(2, 3), line(3, 4), line(4, 8));
    const whole = await match('--bill', billOf(day(1, 2), day(3, 4)), '--orders', file);
    expect(buckets(whole, 'orders', 'payments')).toEqual({ agreeing: 2, differing: 1, otherDays: 1 });
    const parts = ['--bill', billOf(day(1, 2)), '--bill', billOf(day(3, 4)), '--orders', file];
    const two = await match(...parts);
    expect(buckets(two, 'orders', 'payments')).toEqual({ agreeing: 2, notLookedFor: 1, otherDays: 1 });
    expect(reasons(two)).toEqual([['no_bill_of_day', 1]]);
    const said = await match(...parts, '--from', '2026-03-02', '--to', '20260304');
    expect(buckets(said, 'orders', 'payments')).toEqual({ agreeing: 2, differing: 1, otherDays: 1 });
    const later = await match(...parts, '--from', '2026-03-03');
    expect(buckets(later, 'bill', 'payments')).toEqual({ agreeing: 1, otherDays: 1 });
    expect(buckets(later, 'orders', 'payments')).toEqual({ agreeing: 1, differing: 2, otherDays: 1 });
  });

  test('a bill of no rows does not say its day', async () => {
    const file = orders(`${ONE},58.00,paid,2026-03-01 09:05:06`);
    const report = await match('--bill', billOf(), '--orders', file);
    expect(reasons(report)).toEqual([['day_unknown', 1]]);
    const said = await match(
      '--bill',
      billOf(),
      '--orders',
      file,
      '--from',
      '2026-03-01',
      '--to',
      '2026-03-01',
    );
    expect(said.byClass).toEqual({ missing_payment: 1 });
  });

  test('refunds: by number, amount, order and payment, with or without a time, from a file of their own', async () => {
    const back = (n: number, amount: number) =>
      trade({ ...FIRST, kind: 'refund', number: n, amount, fee: 0 });
    const paid = orders(`${ONE},58.00,paid,`, `${OTHER},1234.50,paid,`);
    const refunds = (...lines: readonly string[]): string =>
      write(['退款单号,订单号,微信订单号,退款金额,状态', ...lines].join('\n'));
    const all = billOf(...TWO, back(1, 100), back(2, 200));
    const { outRefundNo: back1 } = numbersOf(1);
    const { outRefundNo: back2 } = numbersOf(2);
    const good = [
      `${back1},${ONE},${PAID_BY},-1.00,退款成功`,
      `${back2},${OTHER},${OTHER_PAID_BY},2.00,退款成功`,
    ];
    const equal = await match('--bill', all, '--orders', paid, '--orders', refunds(...good));
    expect(equal).toMatchObject({ agree: true, matched: { refunds: { count: 2, sum: 300 } } });
    const moved = refunds(
      `${back1},${OTHER},,1.00,退款成功`,
      `${back2},${OTHER},${PAID_BY},2.00,退款成功`,
      'R9,A9,,7.00,',
    );
    const report = await match('--bill', all, '--orders', paid, '--orders', moved);
    expect(report.byClass).toEqual({ refund_transaction_mismatch: 2, refund_missing_there: 1 });
    expect(buckets(report, 'bill', 'refunds')).toEqual({ differing: 2 });
    expect(buckets(report, 'orders', 'refunds')).toEqual({ differing: 3 });
  });

  test('a revoked payment is compared as a refund is: state, amount that cannot be read, second row', async () => {
    const revoked = trade({ ...FIRST, kind: 'revoked', fee: 0 });
    const comparing = (amount: string, state: string, ...more: readonly Trade[]) => {
      const line = `${ONE},58.00,paid,${PAID_BY},${PAID_BY},${amount},${state}`;
      const file = write(`订单号,金额,状态,微信订单号,退款单号,退款金额,退款状态\n${line}`);
      return match('--bill', billOf(FIRST, revoked, ...more), '--orders', file);
    };
    expect(await comparing('58.00', '退款成功')).toMatchObject({ agree: true });
    const closed = await comparing('58.00', '退款关闭');
    expect(closed.differences).toMatchObject([
      { class: 'refund_state_mismatch', ours: 'closed', theirs: 'succeeded' },
    ]);
    const unreadable = await comparing('五十八', '退款成功');
    expect(buckets(unreadable, 'bill', 'revoked')).toEqual({ inDoubt: 1 });
    expect(buckets(unreadable, 'orders', 'refunds')).toEqual({ inDoubt: 1 });
    const twice = await comparing('58.00', '退款成功', revoked);
    expect(buckets(twice, 'bill', 'revoked')).toEqual({ agreeing: 1, inDoubt: 1 });
  });

  test('numbers that a spreadsheet destroyed are found by the transaction, or in doubt by name', async () => {
    const file = write(
      `订单号,微信订单号,金额,状态\n2.02603E+21,${PAID_BY},58.00,已支付\n2.02603E+21,4.2E+27,1234.50,已支付`,
    );
    const report = await match('--bill', bill(), '--orders', file);
    expect(buckets(report, 'bill', 'payments')).toEqual({ agreeing: 1, differing: 1 });
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 1 });
    expect(reasons(report)).toEqual([['scientific_notation', 1]]);
    expect(report.byClass).toEqual({ missing_order: 1 });
  });

  test('a fee with a fraction of a fen is summed, and checked against the rate', async () => {
    const text = billBytes([FIRST]).toString('utf8').replaceAll('0.12000', '0.34800');
    const args = ['--orders', orders(`${ONE},58.00,paid,`), '--fee-rate'];
    const exact = await match('--bill', write(text), ...args, '0.60%');
    expect(exact).toMatchObject({ agree: true, bill: { fees: 34.8 } });
    const off = await match('--bill', write(text), ...args, '0.59%');
    expect(off.differences).toMatchObject([{ class: 'fee_mismatch', ours: 34, theirs: 34.8 }]);
  });

  test('a merchant number filters both sides', async () => {
    const file = write(
      `订单号,金额,状态,商户号\n${ONE},58,paid,\n${OTHER},1234.5,paid,\nX1,1,paid,1999999999`,
    );
    const report = await match('--bill', bill(), '--orders', file, '--merchant', '1600012345');
    expect(report.agree).toBe(true);
    expect(buckets(report, 'orders', 'payments')).toEqual({ agreeing: 2, otherMerchants: 1 });
    const other = await match('--bill', bill(), '--orders', file, '--merchant', '1999999999');
    expect(buckets(other, 'bill', 'payments')).toEqual({ otherMerchants: 2 });
    expect(buckets(other, 'orders', 'payments')).toEqual({ differing: 1, otherMerchants: 2 });
  });

  test('an order of the merchant asked for is missing when only another merchant has its number', async () => {
    const file = write(`订单号,金额,状态,商户号\n${ONE},58,paid,1999999999`);
    const report = await match('--bill', billOf(FIRST), '--orders', file, '--merchant', '1999999999');
    expect(report.byClass).toEqual({ missing_payment: 1 });
    expect(buckets(report, 'bill', 'payments')).toEqual({ otherMerchants: 1 });
    expect(buckets(report, 'orders', 'payments')).toEqual({ differing: 1 });
  });
});

test.each(['en', 'zh'] as const)(
  'the console exports files that are read without loss: %s',
  async (language) => {
    const words = { en, zh }[language];
    const { column } = words;
    const orders = [
      [column.order, column.body, column.total, column.payment, column.fulfilment, column.refunded].concat([
        column.transaction,
        column.paid,
        column.merchant,
        column.payer,
        column.created,
      ]),
      [`\`${ONE}`, '茶', '58.00', words.payment.paid, words.fulfilment.done, '1.00', `\`${PAID_BY}`].concat([
        '2026-03-01 09:05:06',
        '1600012345',
        'oPa***',
        '2026-03-01 09:05:00',
      ]),
      ['X1', '茶', '8.00', words.payment.closed, words.fulfilment.none, '0.00', '', '', '1600012345', '', ''],
      [
        'X2',
        '茶',
        '8.00',
        words.payment.pending,
        words.fulfilment.none,
        '0.00',
        '',
        '',
        '1600012345',
        '',
        '',
      ],
    ];
    const refunds = [
      [column.refund, column.order, column.refundAmount, column.state, column.transaction].concat([
        column.refundedAt,
        column.merchant,
        column.origin,
        column.reason,
        column.created,
      ]),
      [numbersOf(1).outRefundNo, ONE, '1.00', words.refund.state.succeeded, PAID_BY].concat([
        '2026-03-01 12:00:00',
        '1600012345',
        'operator',
        '',
        '2026-03-01 11:00:00',
      ]),
    ];
    const asFile = (rows: readonly (readonly string[])[]) => write(rows.map((row) => csvLine(row)).join(''));
    const back = trade({ ...FIRST, kind: 'refund', amount: 100, fee: 0, time: '2026-03-01 12:00:00' });
    const report = await match(
      ...['--bill', billOf(FIRST, back), '--orders', asFile(orders), '--orders', asFile(refunds)],
    );
    expect(report).toMatchObject({ agree: true, orderProblemCount: 0, matched: { refunds: { sum: 100 } } });
    expect(report.orders.files.map(({ columns }) => columns.map(({ as }) => as))).toEqual([
      ['outTradeNo', 'yuan', 'transactionId', 'paidAt', 'state', 'subMchId'],
      ['outTradeNo', 'transactionId', 'subMchId', 'outRefundNo', 'refundYuan', 'refundState', 'refundedAt'],
    ]);
  },
);
