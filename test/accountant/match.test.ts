import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isRecord } from '../../lib/values/json';
import { bytesOf, numbers, PLAIN, trade, writeBill, type Trade } from '../statement/bill';
import { nodeRuns } from '../compiled/compiled';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-match-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs the command as an accountant does. */
function match(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const command = spawn(process.execPath, [...nodeRuns('accountant/main.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LANG: 'C', LC_ALL: 'C' },
    });
    let [out, error] = ['', ''];
    command.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
    command.stderr.setEncoding('utf8').on('data', (part: string) => (error += part));
    command.on('error', reject);
    command.on('close', (code) => {
      resolve({ code, out, error });
    });
  });
}

const sold = (n: number, changes: Partial<Trade> = {}): Trade => trade({ number: n, ...changes });
const AMOUNT = sold(1).amount;
const named = (n: number) => numbers(sold(n));

/** A bill of these trades, changed as a whole text. */
function billOf(trades: readonly Trade[], change: (text: string) => string = (text) => text): string {
  return write('bill.csv', change(bytesOf(writeBill(trades)).toString('utf8')));
}

/** One line of an orders file. */
function line(n: number, amount = (AMOUNT / 100).toFixed(2), state = '已支付', time = sold(n).time): string {
  return `${named(n).outTradeNo},${named(n).transactionId},${amount},${time},${state}`;
}

function ordersOf(lines: readonly string[]): string {
  return write(
    'orders.csv',
    `\uFEFF商户订单号,微信订单号,金额(元),支付时间,状态\r\n${lines.join('\r\n')}\r\n`,
  );
}

const report = (ended: Ended): Readonly<Record<string, unknown>> => {
  const value: unknown = JSON.parse(ended.out);
  if (!isRecord(value)) throw new TypeError('no report');
  return value;
};

test('a row that line feeds in its texts broke is set aside alone, and its order is not called absent', async () => {
  const bill = billOf([sold(1), sold(2, { body: '茶\n咖啡', attach: 'a\r\nb' }), sold(3)]);
  const ended = await match('--bill', bill, '--orders', ordersOf([line(1), line(2), line(3)]), '--json');
  expect(ended.error).toBe('');
  expect(report(ended)).toMatchObject({
    bill: { rows: 3 },
    matched: { payments: { count: 2 } },
    differences: [],
    setAside: { unreadable: { count: 1, lines: [3] } },
  });
});

test('an orders file whose quote never closes is refused before it fills the memory', async () => {
  const bill = billOf([sold(1)]);
  const orders = ordersOf([line(1), `"${'x'.repeat(2_000_000)}`]);
  const ended = await match('--bill', bill, '--orders', orders, '--json');
  expect(ended).toMatchObject({ code: 2, out: '' });
  expect(ended.error).toMatch(/a line of more than 1,000,000 characters/);
});

test('two sides that say the same agree, in every form, and nothing is said on the way', async () => {
  const trades = [sold(1), sold(2)];
  const [bill, orders] = [
    write('bill.csv.gz', gzipSync(bytesOf(writeBill(trades), PLAIN))),
    ordersOf([line(1), line(2)]),
  ];
  const text = await match('--bill', bill, '--orders', orders);
  expect(text).toMatchObject({ code: 0, error: '' });
  expect(text.out).toContain('Both sides agree.');
  expect((await match('--bill', bill, '--orders', orders, '--lang', 'zh')).out).toContain('两边完全一致');
  const json = report(await match('--bill', bill, '--orders', orders, '--json'));
  expect(json).toMatchObject({ differenceCount: 0, matched: { payments: { count: 2 } }, setAside: {} });
  // Without differences, the CSV has the terms of both equations alone.
  const csv = await match('--bill', bill, '--orders', orders, '--csv');
  const [, ...lines] = csv.out.trimEnd().split('\r\n');
  expect(lines.every((one) => one.startsWith('∑ '))).toBe(true);
  expect(lines).toContain(`∑ bill payments agreeing,,,,,,,,2,${((2 * AMOUNT) / 100).toFixed(2)}`);
});

test('each difference is found on its side, with both values and both lines', async () => {
  const trades = [1, 2, 3, 4].map((n) => sold(n));
  const orders = ordersOf([
    line(1, '99999.00'),
    line(2, undefined, '待支付', ''),
    line(4),
    line(5, '1.00'),
    line(6, '1.00', '已支付', '2019-01-01 00:00:00'),
  ]);
  const ended = await match('--bill', billOf(trades), '--orders', orders, '--json', '--fee-rate', '0.60%');
  expect(ended.code).toBe(1);
  const { differences, orders: ours } = report(ended);
  expect(ours).toMatchObject({ orders: 5, otherDays: 1 });
  const found = Array.isArray(differences) ? differences.filter(isRecord) : [];
  const of = (name: string) => found.filter((one) => one['class'] === name);
  expect(of('amount_mismatch')).toMatchObject([
    { outTradeNo: named(1).outTradeNo, ours: 9_999_900, ordersLine: 2 },
  ]);
  expect(of('unpaid_order')).toMatchObject([{ outTradeNo: named(2).outTradeNo, ours: 'pending' }]);
  expect(of('missing_order')).toMatchObject([{ outTradeNo: named(3).outTradeNo, ours: null }]);
  expect(of('missing_payment')).toMatchObject([
    { outTradeNo: named(5).outTradeNo, theirs: null, billLine: null, ordersLine: 5 },
  ]);
  expect(found.some((one) => one['outTradeNo'] === named(4).outTradeNo)).toBe(false);
});

test('refunds are compared when the orders file has any', async () => {
  const back = (n: number, amount: number) => sold(n, { kind: 'refund', amount, fee: 1 });
  const trades = [sold(1), sold(2), sold(3), back(1, 100), back(2, 200), back(3, 300)];
  const both = (n: number, amount: string) =>
    `${named(n).outTradeNo},${(AMOUNT / 100).toFixed(2)},已支付,${named(n).outRefundNo},${amount},退款成功`;
  const header = '商户订单号,金额(元),状态,商户退款单号,退款金额(元),退款状态';
  const orders = write('orders.csv', `${header}\n${both(1, '1.00')}\n${both(2, '2.01')}\n`);
  const { differences, matched } = report(
    await match('--bill', billOf(trades), '--orders', orders, '--json'),
  );
  expect(matched).toMatchObject({ refunds: { count: 1, sum: 100 } });
  expect(differences).toMatchObject([
    { class: 'missing_order', outTradeNo: named(3).outTradeNo },
    { class: 'refund_amount_mismatch', outRefundNo: named(2).outRefundNo, ours: 201, theirs: 200 },
    { class: 'refund_missing_here', outRefundNo: named(3).outRefundNo },
  ]);
});

test('refunds that an orders file says nothing about are not called agreed', async () => {
  const bill = billOf([sold(1), sold(1, { kind: 'refund', amount: 100, fee: 1 })]);
  const text = await match('--bill', bill, '--orders', ordersOf([line(1)]));
  expect(text).toMatchObject({ code: 1, error: '' });
  expect(text.out).toContain('refunds 1 (1.00) = agreeing 0 (0.00) + differing 0 (0.00)');
  expect(text.out).toContain('not looked for 1 (1.00)');
  expect(text.out).toContain('the orders file has no refunds');
  expect(text.out).toContain('The payments of both sides agree; the refunds were not compared.');
  expect(text.out).not.toContain('Both sides agree.');
});

test('rows that are doubtful on either side are named and matched with nothing', async () => {
  const trades = [sold(1), sold(2), sold(1), sold(3), sold(4)];
  const bill = billOf(trades, (text) =>
    text
      .replace(named(3).transactionId, '4.2E+27')
      .split('\r\n')
      .map((row) => (row.includes(named(4).transactionId) ? row.replace('1600012345', '1999999999') : row))
      .join('\r\n'),
  );
  const orders = ordersOf([
    line(1),
    line(3),
    '4.2E+27,,1.00,,已支付',
    line(2, '1.00'),
    line(2, '2.00'),
    'T9,,abc,,已支付',
    `T10,${'420000212345678'.padEnd(28, '0')},1.00,,已支付`,
  ]);
  const ended = await match('--bill', bill, '--orders', orders, '--json', '--merchant', '1600012345');
  const { setAside, differences, orderProblems, orders: ours, equations } = report(ended);
  expect(setAside).toMatchObject({
    duplicate_row: { count: 1, lines: [4] },
    unreadable: { count: 1, lines: [5] },
    other_merchant: { count: 1, lines: [6] },
  });
  expect(orderProblems).toEqual([
    { file: 0, line: 4, column: 'outTradeNo', code: 'scientific_notation' },
    { file: 0, line: 6, column: null, code: 'contradiction' },
    { file: 0, line: 7, column: 'yuan', code: 'bad_amount' },
    { file: 0, line: 8, column: 'transactionId', code: 'digits_lost' },
  ]);
  // T3 stands in the bill in a row nobody can read: it is in doubt, not absent. The number that T10
  // lost is not needed: the bill does not have it.
  expect(ours).toMatchObject({ inDoubt: 4 });
  expect(differences).toMatchObject([{ class: 'missing_payment', outTradeNo: 'T10' }]);
  expect(equations).toMatchObject([
    {
      ...{ side: 'bill', kind: 'payments', all: { count: 5 } },
      buckets: { agreeing: { count: 1 }, otherMerchants: { count: 1 }, inDoubt: { count: 3 } },
    },
    {
      ...{ side: 'orders', kind: 'payments', all: { count: 5 } },
      buckets: { agreeing: { count: 1 }, differing: { count: 1, sum: 100 }, inDoubt: { count: 3 } },
    },
    { side: 'orders', kind: 'other', all: { count: 1 }, buckets: { inDoubt: { count: 1 } } },
  ]);
  expect(ended.code).toBe(1);
});

test('text that a spreadsheet would run is written as text', async () => {
  const orders = write('orders.csv', `out_trade_no,amount,status\n-2-3,1.00,paid\n`);
  const { out } = await match(
    '--bill',
    billOf([sold(1)]),
    '--orders',
    orders,
    '--csv',
    '--out',
    join(folder, 'o.csv'),
  );
  expect(out).toBe('');
  expect(readFileSync(join(folder, 'o.csv'), 'utf8')).toContain("'-2-3");
});

test('an output never replaces a file that is compared', async () => {
  const bill = billOf([sold(1)]);
  const before = readFileSync(bill, 'utf8');
  const ended = await match(
    '--bill',
    bill,
    '--orders',
    ordersOf([line(1)]),
    '--out',
    join(folder, '.', 'bill.csv'),
  );
  expect(ended).toMatchObject({ code: 2, out: '' });
  expect(ended.error).toContain('would overwrite');
  expect(readFileSync(bill, 'utf8')).toBe(before);
});

test('the command starts from a bundle, and says how it is used', () => {
  const ended = spawnSync(process.execPath, ['accountant/start.mjs', '--help', '--lang', 'zh'], {
    encoding: 'utf8',
  });
  expect([ended.status, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout).toContain('--bill <文件>');
});

describe('what has to be fixed first is said in one sentence, with exit code 2', () => {
  test.each([
    ['no arguments', () => [], '--bill <file>'],
    ['a bill that is not there', () => ['--bill', 'nowhere.csv', '--orders', ordersOf([])], 'check the name'],
    [
      'orders that are not there',
      () => ['--bill', billOf([sold(1)]), '--orders', 'nowhere.csv'],
      'check the name',
    ],
    [
      'a fund-flow statement',
      () => ['--bill', 'test/statement/fixtures/fund-flow.csv', '--orders', ordersOf([])],
      'fund-flow',
    ],
    [
      'a bill whose rows do not add up',
      () => {
        const { lines } = linesOf([sold(1), sold(2)]);
        return [
          '--bill',
          write('cut.csv', lines.filter((_, n) => n !== 1).join('\r\n')),
          '--orders',
          ordersOf([]),
        ];
      },
      'do not add up',
    ],
    [
      'GZIP that ends early',
      () => [
        '--bill',
        write('cut.gz', gzipSync(bytesOf(writeBill([sold(1)]))).subarray(0, 60)),
        '--orders',
        ordersOf([]),
      ],
      'ends early',
    ],
    [
      'orders without amounts',
      () => ['--bill', billOf([sold(1)]), '--orders', write('o.csv', '订单号\n')],
      'amount',
    ],
    [
      'a bill of refunds, and orders without any',
      () => ['--bill', 'test/statement/fixtures/refund-current.csv', '--orders', ordersOf([line(1)])],
      'refunds only',
    ],
    ['empty orders', () => ['--bill', billOf([sold(1)]), '--orders', write('o.csv', '')], 'is empty'],
    ['a bad rate', () => ['--bill', 'b', '--orders', 'o', '--fee-rate', 'much'], '--fee-rate'],
  ])('%s', async (_, args, sentence) => {
    const { code, out, error } = await match(...args());
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(sentence);
    expect(error).not.toContain('    at ');
  });
});

function linesOf(trades: readonly Trade[]) {
  return { lines: bytesOf(writeBill(trades)).toString('utf8').split('\r\n') };
}
