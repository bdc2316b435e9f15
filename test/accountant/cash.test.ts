import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { closeCash } from '../../accountant/cash/close';
import { writtenCash } from '../../accountant/cash/render';
import { readCashRequest } from '../../accountant/cash/request';
import { isInputError } from '../../accountant/input-error';
import { sentenceOf } from '../../accountant/sentences';
import { readFundFlow } from '../../lib/bill/fund-flow/read';
import { CASH_BUCKETS } from '../../lib/model/statement/cash';
import { bytesOf, trade, writeBill, type Trade } from '../statement/bill';
import { fundBill, movedBy, SUMMARY, withdrawal, type Moved } from '../statement/fund-bill';
import { write } from './matching';

/** A month: on each day sales with coupons, a refund and a withdrawal of what was sold. */
const MONTH = Array.from({ length: 28 }, (_, n) => {
  const date = `2026-02-${String(n + 1).padStart(2, '0')}`;
  const sales = [1, 2, 3].map((k) =>
    trade({
      number: n * 10 + k,
      time: `${date} 1${k}:00:00`,
      amount: 10_000 + n,
      coupon: k === 2 ? 500 : 0,
      fee: 60,
    }),
  );
  const back = trade({ kind: 'refund', number: n * 10 + 1, time: `${date} 15:00:00`, amount: 1_000, fee: 6 });
  const trades = [...sales, back];
  const moved = [
    ...sales.flatMap((one) => movedBy(one)),
    ...movedBy(back, n % 2 === 0),
    withdrawal(`${date} 20:00:00`, 5_000),
  ];
  return { trades, moved };
});

const tradeBill = (trades: readonly Trade[]) => write(bytesOf(writeBill(trades)), 'trades.csv');

/** The month's files, each day's fund-flow bill begun with the balance of the one before it. */
function monthFiles(change: (moved: readonly Moved[], day: number) => readonly Moved[] = (moved) => moved) {
  let balance = 100_000;
  const args = MONTH.flatMap(({ trades, moved }, n) => {
    const changed = change(moved, n);
    const text = fundBill(balance, changed);
    balance += changed.reduce((sum, { amount }) => sum + amount, 0);
    const fund = n % 3 === 0 ? write(gzipSync(text), 'fund.csv.gz') : write(text, 'fund.csv');
    return ['--fundflow', fund, '--bill', tradeBill(trades)];
  });
  return { args, closing: balance };
}

async function close(...args: readonly string[]) {
  const request = readCashRequest(args);
  if (request === 'help') throw new TypeError('no close');
  return closeCash(request);
}

async function refusal(...args: readonly string[]): Promise<string> {
  try {
    await close(...args);
  } catch (error) {
    if (isInputError(error)) return sentenceOf(error, 'zh');
    throw error;
  }
  throw new Error('it was not refused');
}

test('a month with fees, coupons, refunds and withdrawals closes', async () => {
  const { args, closing } = monthFiles();
  const report = await close(...args);
  expect(report).toMatchObject({
    closes: true,
    gaps: [],
    opening: 100_000,
    closing,
    gross: { refunds: { count: 28, sum: 28_000 } },
    coupons: { payments: 28 * 500, refunds: 0 },
    netFees: 28 * (180 - 6),
    buckets: { booked: { count: 112 }, named: { count: 28, sum: -140_000 }, differs: { count: 0 } },
  });
  expect(report.movements.sum).toBe(closing - 100_000);
  const text = writtenCash(report, { form: 'text', language: 'zh' });
  expect(text).toContain('期初结余 1000.00 + 本期变动');
  expect(text).toContain('账平。');
  const csv = writtenCash(report, { form: 'csv', language: 'zh' });
  expect(csv).toContain('其他资金变动,提现,bank-1,1001,2026-02-01 20:00:00,0.00,-50.00,-50.00,,9,\r\n');
});

test.each([
  ['a fee of one fen more', (m: Moved) => (m.type === '扣除交易手续费' ? { ...m, amount: m.amount - 1 } : m)],
  ['a payment of one fen less', (m: Moved) => (m.type === '交易' ? { ...m, amount: m.amount - 1 } : m)],
])('a theft of one fen in a month, by %s, is found and named', async (_, steal) => {
  const { args } = monthFiles((moved, day) =>
    day === 17 ? moved.map((one, n) => (n < 2 ? steal(one) : one)) : moved,
  );
  const report = await close(...args);
  expect(report.closes).toBe(false);
  const stolen = report.items.filter(({ bucket }) => bucket !== 'named');
  expect(stolen).toMatchObject([{ bucket: 'differs', number: 'order-171' }]);
  expect((stolen[0]?.booked ?? 0) - (stolen[0]?.expected ?? 0)).toBe(-1);
});

test('a movement without a trade, a trade without one, and a gap between days are named', async () => {
  const { args } = monthFiles((moved, day) => {
    if (day === 3) return moved.slice(2);
    return day === 5
      ? [...moved, { ...movedBy(trade({ number: 999, time: '2026-02-06 21:00:00' }))[0], amount: 7 }].flatMap(
          (m) => (m.time === undefined ? [] : [{ ...withdrawal('', 0), ...m }]),
        )
      : moved;
  });
  const report = await close(...args);
  expect(report.items.filter(({ bucket }) => bucket !== 'named')).toMatchObject([
    { bucket: 'not_booked', number: 'order-31', expected: 9_943 },
    { bucket: 'without_trade', number: 'order-999', booked: 7 },
  ]);
  const [first, second] = [fundBill(5_000, MONTH[0]?.moved ?? []), fundBill(5_000, MONTH[1]?.moved ?? [])];
  const bills = tradeBill([...(MONTH[0]?.trades ?? []), ...(MONTH[1]?.trades ?? [])]);
  const torn = await close('--fundflow', write(first), '--fundflow', write(second), '--bill', bills);
  expect(torn).toMatchObject({ closes: false, gaps: [{ after: 5_000 }] });
  // Over a gap the balances are no equation.
  const said = writtenCash(torn, { form: 'text', language: 'zh' });
  expect(said).toMatch(/期初结余 50\.00, 本期变动 [\d.]+, 期末结余 [\d.]+\n/);
});

test('an account that closes but for the edge of the days never says only that it closes', async () => {
  const early = trade({ number: 1, time: '2026-02-01 12:00:00', amount: 10_000, fee: 60 });
  const late = trade({ number: 2, time: '2026-02-01 23:30:00', amount: 7_000, fee: 40 });
  const fund = write(fundBill(5_000, movedBy(early)));
  const report = await close('--fundflow', fund, '--bill', tradeBill([early, late]));
  // Nothing proves what lies at the edge, so exit 0 would claim too much.
  expect(report).toMatchObject({
    closes: false,
    result: 'closes_but',
    buckets: { cut_off: { count: 1 } },
  });
  // What moved nothing is no 0.00 in the sums by bucket.
  const text = writtenCash(report, { form: 'text', language: 'en' });
  expect(text).toContain('  At the edge of the days: 1, should move 69.60, moved 0.00\n');
  const said = (language: 'zh' | 'en') =>
    writtenCash(report, { form: 'text', language }).trim().split('\n').at(-1);
  expect(said('en')).toContain('closes but for 1 item at the edge of the days (69.60 yuan)');
  expect(said('zh')).toContain('除首尾时刻的 1 笔（69.60 元）外账平');
});

test('withdrawals are found at the bank by amount and day, and what differs there is named', async () => {
  const { args } = monthFiles();
  const row = (day: number, yuanIn: string, who: string) =>
    `2026-02-${String(day).padStart(2, '0')},"${yuanIn}",,${who}`;
  const tenpay = '财付通支付科技有限公司';
  // Each day's 50.00 arrives a day later; the 5th arrives a fen short, the 9th not at all.
  const rows = MONTH.flatMap((_, n) => {
    if (n === 8 || n === 27) return [];
    return [row(n + 2, n === 4 ? '49.99' : '50.00', tenpay)];
  });
  const lines = ['某银行交易明细', '交易日期,收入金额,支出金额,对方户名', ...rows, row(3, '12.00', '某公司')];
  const bank = write(lines.join('\n'), 'bank.csv');
  const report = await close(...args, '--bank', bank);
  // 50.00 is 50.00: which day's withdrawal was the short one nobody can say, only that one was.
  expect(report.bank).toMatchObject({
    agrees: false,
    others: { count: 1, sum: 1_200 },
    buckets: { arrived: { count: 25 } },
  });
  const short = report.bank?.items.filter(({ bucket }) => bucket !== 'arrived') ?? [];
  expect(short.map(({ withdrawn }) => withdrawn).filter((of) => of !== null)).toHaveLength(3);
  expect(short.some(({ line }) => line?.amount === 4_999)).toBe(true);
  expect(report.closes).toBe(false);
  expect(writtenCash(report, { form: 'text', language: 'zh' })).toContain('已到账: 25, 1250.00');
  const whole = write(
    ['记账日期,金额,摘要', ...MONTH.map((__, n) => `2026/2/${n + 1},50.00,财付通 提现`)].join('\n'),
    'bank.csv',
  );
  const closed = await close(...args, '--bank', whole);
  expect(closed).toMatchObject({ closes: true, bank: { agrees: true, buckets: { arrived: { count: 28 } } } });
  expect(writtenCash(closed, { form: 'csv', language: 'zh' })).toContain(',9,2026-02-01\r\n');
  // A day that is none keeps the account open; a total has no day.
  const [last = '', ...days] = MONTH.map((__, n) => `2026/2/${n + 1},50.00,财付通 提现`).reverse();
  const spoilt = ['记账日期,金额,摘要', ...days, last.replace('2026/2/28', '2026/2/30'), '合计,1400.00,'];
  const unread = await close(...args, '--bank', write(spoilt.join('\n'), 'bank.csv'));
  expect(unread).toMatchObject({ closes: false, bankUnread: 1 });
  // Neither is a word, nor nothing: only a sum needs no day, and money that went out is not missed.
  for (const [row, missed] of [
    ['昨天,50.00,财付通 提现', 1],
    [',50.00,财付通 提现', 1],
    [',50.00,本页合计', 0],
    [',-50.00,财付通 充值', 0],
  ] as const) {
    const file = write(['记账日期,金额,摘要', ...days, last, row].join('\n'), 'bank.csv');
    expect(await close(...args, '--bank', file)).toMatchObject({ bankUnread: missed, closes: missed === 0 });
  }
  expect(await refusal(...args, '--bank', write('甲,乙\n1,2', 'bank.csv'))).toMatch(/不是可以读取的银行流水/);
});

test('a file that does not prove itself is refused with its line', async () => {
  const [day] = MONTH;
  if (day === undefined) throw new Error('no day');
  const right = fundBill(5_000, day.moved);
  const bill = ['--bill', tradeBill(day.trades)];
  const refused = (text: string) => refusal('--fundflow', write(text), ...bill);
  // The summary still adds up: one fen was moved between two rows.
  const moved = right.replace('`100.00,`150.00', '`100.01,`150.01').replace('`95.00,', '`94.99,');
  expect(await refused(moved)).toMatch(/资金账单第 2 行：逐行结余不连续/);
  expect(await refused(right.replace('\n`8,', '\n`7,'))).toMatch(/各行合计与汇总不符/);
  expect(await refused(right.split(SUMMARY)[0] ?? '')).toMatch(/在汇总之前结束/);
  expect(await refusal('--fundflow', tradeBill(day.trades), ...bill)).toMatch(/这不是资金账单/);
  expect(await refusal('--fundflow', write(right), '--fundflow', write(right), ...bill)).toMatch(
    /同一份账单/,
  );
});

test.each([
  ['as written', (text: string) => text],
  ['in which nothing ends the last line', (text: string) => text.trimEnd()],
])('a fund-flow bill cut at any byte, %s, ends early: it is no other document', async (_, form) => {
  const whole = Buffer.from(form(fundBill(5_000, MONTH[0]?.moved ?? [])));
  for (let at = 1; at < whole.length; at += 1) {
    const read = await readFundFlow([whole.subarray(0, at)]);
    // Only zeros after the point, or the last line's end, are missing: the rows are proved.
    if (read.kind === 'verified') expect(whole.subarray(at).toString()).toMatch(/^[.0]*\n?$/);
    else expect([at, read.code]).toEqual([at, expect.stringMatching(/^(?:no_summary|empty|damaged)$/)]);
  }
});

test('a trade bill that a spreadsheet saved again is read, and a file of orders is named', async () => {
  const [day] = MONTH;
  if (day === undefined) throw new Error('no day');
  const fund = ['--fundflow', write(fundBill(5_000, day.moved), 'fund.csv'), '--bill'];
  const plain = bytesOf(writeBill(day.trades)).toString('utf8').replaceAll('`', '');
  const [asDownloaded, resaved] = [
    await close(...fund, tradeBill(day.trades)),
    await close(...fund, write(plain, 'trades.csv')),
  ];
  expect(resaved.items).toEqual(asDownloaded.items);
  expect(resaved.closes).toBe(asDownloaded.closes);
  expect(await refusal(...fund, write('订单号,金额\nA1,1.00\n'))).toMatch(/是订单表，不是账单/);
});

test('whatever the account did, every fen is in a bucket, and rows of one second have one order', async () => {
  const amount = fc.integer({ min: 1, max: 100_000 });
  const one = fc.record({
    kind: fc.constantFrom('payment' as const, 'refund' as const),
    amount,
    fee: fc.integer({ min: 0, max: 100 }),
    booked: fc.constantFrom('both', 'none', 'alone' as const),
    hour: fc.integer({ min: 0, max: 23 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 8 }), fc.boolean(), async (all, reversed) => {
      const trades = all.map(({ kind, amount: total, fee, hour }, n) =>
        trade({
          number: n + 1,
          kind,
          amount: total,
          fee,
          time: `2026-02-01 ${String(hour).padStart(2, '0')}:00:00`,
        }),
      );
      const kept = trades.filter((_, n) => all[n]?.booked !== 'alone');
      const moved = trades
        .filter((_, n) => all[n]?.booked !== 'none')
        .flatMap((t) => movedBy(t).filter((m) => m.amount !== 0))
        .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
      const lines = fundBill(100, moved).split('\n');
      const rows = lines.slice(1, moved.length + 1);
      // Rows of the same second may stand in any order.
      const ordered = reversed
        ? rows.reverse().sort((a, b) => (a.slice(0, 20) < b.slice(0, 20) ? -1 : 1))
        : rows;
      const text = [lines[0], ...ordered, ...lines.slice(moved.length + 1)].join('\n');
      const report = await close('--fundflow', write(text), '--bill', tradeBill(kept));
      const sum = CASH_BUCKETS.filter((of) => of !== 'not_booked' && of !== 'other_days').reduce(
        (total, of) => total + report.buckets[of].sum,
        0,
      );
      expect(sum).toBe(moved.reduce((total, m) => total + m.amount, 0));
      expect(report.movements.sum).toBe(sum);
    }),
    {
      numRuns: 60,
      // The first second ends where it began: only the row after it tells where that was.
      examples: [
        [
          [
            { kind: 'payment', amount: 1, fee: 0, booked: 'both', hour: 1 },
            { kind: 'payment', amount: 2, fee: 2, booked: 'both', hour: 0 },
          ],
          true,
        ],
      ],
    },
  );
});

test.each([
  ['at the start of a bill', []],
  ['after another row', [withdrawal('2026-02-01 08:00:00', 1)]],
])('rows of one second that return to a balance %s stand in any order', async (_, before) => {
  const amounts = [1_000, -1_000, 500, -300, 300];
  const rows = amounts.map((amount) => ({ ...withdrawal('2026-02-01 12:00:00', 1), amount }));
  const [header = '', ...lines] = fundBill(100_000, [...before, ...rows]).split('\n');
  const first = lines.splice(0, before.length);
  const second = lines.splice(0, rows.length);
  for (let turned = 0; turned < second.length; turned += 1) {
    second.push(...second.splice(0, 1));
    const text = [header, ...first, ...second, ...lines].join('\n');
    const read = await readFundFlow([Buffer.from(text)]);
    if (read.kind === 'refused') throw new Error(`${read.code} in line ${read.line}`);
    const { movements, closing } = read;
    expect(movements).toHaveLength(before.length + rows.length);
    expect(closing).toBe(movements.reduce((sum, { amount }) => sum + amount, 100_000));
    expect(movements.slice(1).every((m, n) => m.balance === (movements[n]?.balance ?? 0) + m.amount)).toBe(
      true,
    );
  }
});
