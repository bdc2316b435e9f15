import type { DayCash } from '../../lib/model/statement/cash';
import { accountsIn, cashMonth } from '../../lib/statement/cash/month';
import { FULL_CASH } from '../store/run-works';
import type { RunWork, StatementRun } from '../../lib/model/statement/statement-run';
import { ageBucketOf, unclearAmount } from '../../lib/rules/ageing';
import { equationOf, moneyOfRun } from '../../lib/statement/month/month-day';
import { monthReport, type MonthReport } from '../../lib/statement/month/month-report';
import { monthSheets } from '../../lib/statement/month/month-sheet';
import { MONTH_WORDS } from '../../lib/statement/month/words';
import { voucherOf } from '../../lib/statement/month/voucher';
import { REPORT_WORDS } from '../../lib/statement/report/words';
import { fen } from '../../lib/values/fen';
import { readFeeRate, writeFeeRate } from '../../lib/values/fee-rate';
import { later } from '../../lib/values/instant';
import { daysOf, isBeijingMonth, monthsLater } from '../../lib/values/month';
import { guarded, MERCHANT, NO_TALLY, statementRun } from '../store/builders';
import { at, day } from './runs/stage';

const MARCH = guarded(isBeijingMonth, '202603');
const sum = (count: number, of: number) => ({ count, sum: fen(of) });

/** A compared day: 100 yuan paid with 2 yuan of coupons, 10 yuan back, and an excluded row of 5. */
function compared(over: { readonly settled?: number; readonly unreadFees?: number } = {}): RunWork {
  const { settled = 9_800 + 500, unreadFees = 0 } = over;
  return {
    state: 'done',
    report: {
      outcome: 'reconciled',
      statement: {
        ...{ type: 'ALL', rows: 4, refundRows: 1, gzipped: false, sha1: 'ab'.repeat(20) },
        totals: { settled: fen(settled), refunded: fen(1_000), fee: fen(56) },
      },
      file: null,
      refusal: null,
      tally: {
        ...NO_TALLY,
        theirs: { payments: sum(2, 10_000), refunds: sum(1, 1_000), revoked: sum(0, 0), fees: fen(53) },
        ours: { payments: sum(2, 10_000), refunds: sum(1, 1_000) },
        setAside: { other_merchant: { count: 1, lines: [5] } },
        money: {
          rates: [
            { rate: '0.60%', payments: sum(1, 8_800), refunds: sum(1, 1_000), fee: fen(47) },
            { rate: '0.54%', payments: sum(1, 1_000), refunds: sum(0, 0), fee: fen(6) },
          ],
          unreadFees,
          excluded: { settled: fen(500), refunded: fen(0), fee: fen(3) },
        },
      },
      workedMs: 1,
      finishedAt: at('2026-03-02 10:10:00'),
    },
  };
}

function march(works: readonly RunWork[]): MonthReport {
  const days = works.map((work, n): [ReturnType<typeof day>, StatementRun] => {
    const of = day(`202603${String(n + 1).padStart(2, '0')}`);
    return [of, statementRun(0, { day: of, work })];
  });
  return monthReport({
    subMchId: MERCHANT,
    month: MARCH,
    now: at('2026-04-02 09:00:00'),
    contractRate: readFeeRate('0.60%'),
    cashAccounts: ['BASIC', 'FEES'],
    days: new Map(days.map(([of, run]) => [of, { run, found: [], signed: 'unsigned' }] as const)),
    before: [],
    signed: 'unsigned',
    changes: [],
  });
}

test('an account that is looked for and has no file is not proved, once another has one', () => {
  const month = daysOf(MARCH);
  const nothing = { state: 'none', detail: '', tries: 1 } as const;
  const cash: DayCash = { ...FULL_CASH, accounts: { BASIC: nothing } };
  const runs = [statementRun(0, { cash })];
  expect(accountsIn(runs, ['BASIC', 'FEES'])).toEqual(['BASIC', 'FEES']);
  expect(accountsIn(runs, [])).toEqual(['BASIC']);
  expect(accountsIn([statementRun(0)], ['BASIC', 'FEES'])).toEqual([]);
  const fees = cashMonth(runs, 'FEES', month);
  expect(fees).toMatchObject({ balances: false, unproved: month });
});

const ALL_DAYS = daysOf(MARCH).map(() => compared());
const total = (report: MonthReport) => equationOf(report.money).reduce((all, { amount }) => all + amount, 0);

test('every fen of a month is in a line, and the voucher balances by WeChat Pay’s own summaries', () => {
  const report = march(ALL_DAYS);
  expect(report.closes).toBe(true);
  expect(total(report)).toBe(0);
  expect(report.net).toBe(31 * (9_800 - 1_000 - 53));
  const voucher = voucherOf(report);
  if (voucher.kind !== 'voucher') throw new Error(voucher.why);
  const side = (of: 'debit' | 'credit') => voucher.lines.reduce((all, line) => all + line[of], 0);
  expect(side('debit')).toBe(side('credit'));
  expect(voucher.lines).toContainEqual({ account: 'suspense', debit: 0, credit: 31 * 497 });
  expect(voucher.date).toBe('20260331');
});

test('one fen that the summary states and no row has is named, and stops the voucher', () => {
  const report = march([...ALL_DAYS.slice(1), compared({ settled: 10_301 })]);
  expect(report.money.unexplained).toBe(1);
  expect(total(report)).toBe(0);
  expect(report.closes).toBe(false);
  expect(voucherOf(report)).toEqual({ kind: 'refused', why: 'does_not_balance', days: ['20260331'] });
});

test('two days that are wrong by the same fen do not hide each other', () => {
  const wrong = [compared({ settled: 10_301 }), compared({ settled: 10_299 }), ...ALL_DAYS.slice(2)];
  const report = march(wrong);
  expect(report.money.unexplained).toBe(0);
  expect(report.closes).toBe(false);
  expect(voucherOf(report)).toEqual({
    kind: 'refused',
    why: 'does_not_balance',
    days: ['20260301', '20260302'],
  });
});

test('fees finer than a fen explain a rest, and an earlier version’s day is a line of its own', () => {
  const fine = march([compared({ settled: 10_301, unreadFees: 2 }), ...ALL_DAYS.slice(1)]);
  expect(fine.money).toMatchObject({ unreadable: 1, unexplained: 0 });
  expect(voucherOf(fine).kind).toBe('voucher');
  const whole = compared();
  if (whole.state !== 'done') throw new Error('it is done');
  const { money, ...tally } = whole.report.tally;
  const early: RunWork = { state: 'done', report: { ...whole.report, tally } };
  expect(money).toBeDefined();
  const report = march([early, ...ALL_DAYS.slice(1)]);
  expect(report.money.unsplit).toBe(10_000 - 1_000 - 53);
  expect(total(report)).toBe(0);
  expect(voucherOf(report)).toEqual({ kind: 'refused', why: 'days_unsplit', days: ['20260301'] });
  // Coupons and fees are as unknown where the rows net to nothing.
  const [payments, refunds] = [
    { count: 1, sum: fen(900) },
    { count: 1, sum: fen(900) },
  ];
  const theirs = { ...tally.theirs, payments, refunds, fees: fen(0) };
  const even: RunWork = { state: 'done', report: { ...whole.report, tally: { ...tally, theirs } } };
  const level = march([even, ...ALL_DAYS.slice(1)]);
  expect(level.money.unsplit).toBe(0);
  expect(voucherOf(level)).toEqual({ kind: 'refused', why: 'days_unsplit', days: ['20260301'] });
});

test('fees are counted by rate and held against the contract', () => {
  const report = march(ALL_DAYS);
  expect(report.rates.map(({ rate, effective }) => [rate, effective])).toEqual([
    ['0.54%', 6_000],
    ['0.60%', 6_026],
  ]);
  expect(report.effectiveRate).toBe(6_023);
  expect(
    ['0.60%', '1.00%', '0.125%', '12.3456%'].map((text) => writeFeeRate(readFeeRate(text) ?? 0)),
  ).toEqual(['0.60%', '1.00%', '0.125%', '12.3456%']);
});

test('a day without a run between two, or one that is not done, keeps the voucher back', () => {
  const waiting: RunWork = { state: 'waiting', reason: 'not_asked', detail: null };
  expect(voucherOf(march([waiting, ...ALL_DAYS.slice(1)]))).toMatchObject({ days: ['20260301'] });
  expect(voucherOf(march(ALL_DAYS.slice(0, 30)))).toMatchObject({ why: 'days_open', days: ['20260331'] });
  // A report that says it closes beside a voucher that is held back would say two things.
  expect(march(ALL_DAYS.slice(0, 30)).closes).toBe(false);
  expect(moneyOfRun({ work: waiting }).stated).toBe(0);
});

test.each(['zh', 'en'] as const)('the sheets hold numbers as text and one line of zero (%s)', (language) => {
  const words = { month: MONTH_WORDS[language], day: REPORT_WORDS[language] };
  const sheets = monthSheets(words, march(ALL_DAYS));
  const [summary] = sheets;
  expect(summary?.rows).toContainEqual([MONTH_WORDS[language].label.difference, { fen: 0 }]);
  expect(summary?.rows).toContainEqual([MONTH_WORDS[language].label.merchant, { id: MERCHANT }]);
  expect(sheets.map(({ rows }) => rows.length > 0)).toEqual(sheets.map(() => true));
});

test('months follow one another, and days are theirs', () => {
  expect(monthsLater(MARCH, -3)).toBe('202512');
  expect(monthsLater(guarded(isBeijingMonth, '202612'), 1)).toBe('202701');
  expect(daysOf(guarded(isBeijingMonth, '202802'))).toHaveLength(29);
  expect(['202613', '2026', '20260', 'abcdef'].filter(isBeijingMonth)).toEqual([]);
});

test('an item ages by Beijing days, not by hours', () => {
  const now = at('2026-03-31 00:30:00');
  const age = (text: string) => ageBucketOf({ firstSeenAt: at(text) }, now);
  expect(age('2026-03-31 00:00:00')).toBe('today');
  expect(age('2026-03-30 23:59:59')).toBe('to_3');
  expect(age('2026-03-28 00:00:00')).toBe('to_3');
  expect(age('2026-03-27 23:59:59')).toBe('to_7');
  expect(age('2026-03-24 00:00:00')).toBe('to_7');
  expect(age('2026-03-23 12:00:00')).toBe('to_30');
  expect(age('2026-02-28 23:59:59')).toBe('over_30');
  expect(ageBucketOf({ firstSeenAt: later(now, 60_000) }, now)).toBe('today');
  expect(unclearAmount({ ours: 500, theirs: 300 })).toBe(200);
  expect(unclearAmount({ ours: 500, theirs: null })).toBe(500);
  expect(unclearAmount({ ours: 'paid', theirs: { rows: '1' } })).toBeNull();
});
