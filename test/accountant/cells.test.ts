import { cleaned, fenCell, yuanCell } from '../../accountant/orders/order-cells';
import { refundStateOfWord, stateOfWord } from '../../accountant/orders/order-states';
import { isUnsetTime, orderTimeReader } from '../../accountant/orders/order-times';

/** Fen as a case states them; null where a cell must not be read as an amount. */
test.each<readonly [string, number | null]>([
  ['1,234.50', 123_450],
  ['1 234.50', 123_450],
  ["1'234.50", 123_450],
  ['¥ 12.3元', 1230],
  ['CN¥58.00', 5800],
  ['58块', 5800],
  ['(12.00)', -1200],
  ['（１２．００）', -1200],
  ['−5.00', -500],
  ['–5.00', -500],
  ['¥-5.00', -500],
  ['+5', 500],
  ["'58.00'", 5800],
  ['12.340', 1234],
  ['1.2E3', 120_000],
  // Each of these was, or could be, read as another amount than it says.
  ['$12.00', null],
  ['US$12', null],
  ['12.00 USD', null],
  ['5 8', null],
  ['58 00', null],
  ['0,500', null],
  ['01,234', null],
  ['1,2345.00', null],
  ['+-58', null],
  ['(-58)', null],
  ['12.345', null],
  ['5800分', null],
  ['1.2万', null],
])('%s in a column of yuan', (cell, amount) => {
  expect(yuanCell(cleaned(cell))).toBe(amount);
});

test.each<readonly [string, number | null]>([
  ['5,800', 5800],
  ['5800分', 5800],
  ['58.5', null],
  ['58.00元', null],
  ['¥58.00', null],
])('%s in a column of fen', (cell, amount) => {
  expect(fenCell(cleaned(cell))).toBe(amount);
});

describe('times', () => {
  const read = orderTimeReader();

  test.each([
    '2026-03-01 9:05 p.m.',
    '2026/3/1 下午9:05',
    '2026年3月1日 星期日 21:05',
    '2026-03-01 (周日) 21:05',
    '2026年3月1日 21点5分',
    'Mar 1, 2026 9:05 PM',
    '1 Mar 2026 21:05',
    'Sun Mar 01 2026 21:05:00 GMT+0800 (中国标准时间)',
    'Sun, 01 Mar 2026 13:05:00 GMT',
    '2026-03-01 21:05:00 CST',
    '2026-03-01 21:05:00 Asia/Shanghai',
    '2026-03-01 21:05:00 (UTC+8)',
    '20260301T130500Z',
    '1772370300.123',
  ])('%s', (cell) => {
    const at = read(cleaned(cell), false);
    expect(at === null ? null : new Date(at).toISOString().slice(0, 19)).toBe('2026-03-01T13:05:00');
  });

  test('24:00:00 is the beginning of the next day, and 9点 is a time', () => {
    expect(read('2026-03-01 24:00:00', false)).toBe(Date.UTC(2026, 2, 1, 16));
    expect(read('2026年3月1日 9点', false)).toBe(Date.UTC(2026, 2, 1, 1));
  });

  test.each(['3/1/2026 9:05', '26-03-01', '2026-03-01 晚上12:05', '2026-03-01 24:05:00', '12345', '99999'])(
    '%s is no time',
    (cell) => {
      expect(read(cell, false)).toBeNull();
    },
  );

  test.each(['0000-00-00 00:00:00', '1970-01-01 08:00:00', '1900/1/0 0:00', '1899-12-30', '9999-12-31', '0'])(
    '%s says that there is none',
    (cell) => {
      expect([read(cell, false), isUnsetTime(cell)]).toEqual([null, true]);
    },
  );
});

describe('words', () => {
  test.each([
    [
      'paid',
      '买家已付款，等待卖家发货 卖家已发货,等待买家确认 已付款待发货 已支付(微信) 微信已支付 待接单 退款关闭',
    ],
    ['pending', '未付款(待支付) 等待付款确认'],
    ['closed', '手动取消 超时未支付自动取消 訂單已取消'],
    ['unclear', '已支付(部分) 已付款待审核 部分付款 待付尾款 已付款，交易关闭 未知状态'],
  ] as const)('%s', (state, words) => {
    for (const word of words.split(' ')) expect([word, stateOfWord(word, new Map())]).toEqual([word, state]);
  });

  test.each([
    ['succeeded', '退款成功(原路退回) 全部退款 已打款'],
    ['processing', '申请退款 待商家处理 退款审核中'],
    ['closed', '商家拒绝 买家撤销 没有退款'],
    ['unclear', '退款成功，待审核 未知'],
  ] as const)('a refund: %s', (state, words) => {
    for (const word of words.split(' ')) expect([word, refundStateOfWord(word)]).toEqual([word, state]);
  });
});
