import type { CountAndSum } from '../../model/count-and-sum';
import { fen } from '../../values/fen';
import type { RateMillionths } from '../../values/fee-rate';
import { writeFeeRate } from '../../values/fee-rate';
import type { BeijingMonth } from '../../values/month';
import { idCell, type Cell, type Rows } from '../../values/sheet';
import type { Sheet } from '../../values/xlsx';
import { canaryRows, dayCell, timeCell } from '../report/day-sheet';
import type { ReportWords } from '../report/report-words';
import { CUT_OFFS } from './cut-off';
import { DAY_STANDINGS, equationOf } from './month-day';
import type { MonthDay } from './month-day';
import type { MonthRate, MonthReport } from './month-report';
import type { MonthWords } from './month-words';

/** What a month's papers need of words: their own, and those of the day's papers. */
export interface MonthSheetWords {
  readonly month: MonthWords;
  readonly day: Pick<ReportWords, 'step' | 'label'>;
}

/**
 * A month's report as sheets: the totals with the equation and the bridge, the days, the fees by
 * rate, the cut-off, and what changed since it was signed. Amounts are numbers of yuan; numbers
 * that identify something are text.
 *
 * `figuresOnly` leaves out when it was made and how it is signed: the same books then give the same
 * file, which can be signed by its hash.
 */
export function monthSheets(
  words: MonthSheetWords,
  report: MonthReport,
  figuresOnly = false,
): readonly Sheet[] {
  const { label } = words.month;
  const { changes } = report;
  return [
    { name: label.title, rows: summary(words, report, figuresOnly) },
    { name: label.days, rows: dayRows(words.month, report, figuresOnly) },
    { name: label.rates, rows: rateRows(words.month, report) },
    { name: label.cutOff, rows: cutOffRows(words.month, report) },
    ...(figuresOnly || changes.length === 0
      ? []
      : [{ name: label.changes, rows: changeRows(words.month, report) }]),
  ];
}

/** The same as one table, with an empty row between the sheets. */
export function monthRows(words: MonthSheetWords, report: MonthReport, figuresOnly = false): Rows {
  return monthSheets(words, report, figuresOnly).flatMap(({ rows }, n) => (n === 0 ? rows : [[], ...rows]));
}

/** A month as people write it. */
export function monthCell(month: BeijingMonth): string {
  return `${month.slice(0, 4)}-${month.slice(4)}`;
}

/** A rate as bills print it, or a dash. */
export function rateCell(rate: RateMillionths | null): string {
  return rate === null ? '—' : writeFeeRate(rate);
}

function summary({ month: words, day }: MonthSheetWords, report: MonthReport, figuresOnly: boolean): Rows {
  const { label } = words;
  const { money, days, accounts } = report;
  const lines = equationOf(money);
  return [
    [label.title, monthCell(report.month)],
    [label.merchant, idCell(report.subMchId)],
    ...(figuresOnly
      ? []
      : [
          [label.madeAt, timeCell(report.madeAt)],
          [label.signOff, words.signed[report.signed]],
        ]),
    [label.closes, report.closes ? words.yes : words.no],
    [label.net, { fen: report.net }],
    [],
    [label.days, label.count],
    ...DAY_STANDINGS.map((standing): readonly Cell[] => [
      words.standing[standing],
      days.filter((one) => one.standing === standing).length,
    ]),
    [],
    [label.equation, label.sum],
    ...lines.map(({ what, amount }): readonly Cell[] => [words.step[what], { fen: amount }]),
    [label.difference, { fen: fen(lines.reduce((sum, { amount }) => sum + amount, 0)) }],
    [],
    [label.bridge, label.sum],
    ...report.bridge.map(({ what, amount }): readonly Cell[] => [day.step[what], { fen: amount }]),
    ...canaryRows(day.label, report.canary),
    [],
    [label.cutOff, label.payments, label.sum, label.refunds, label.sum],
    ...CUT_OFFS.map((where): readonly Cell[] => {
      const { payments, refunds } = report.cutOff.sums[where];
      return [words.cutOff[where], ...sumCells(payments), ...sumCells(refunds)];
    }),
    [],
    [label.account, label.opening, label.movements, label.closing, label.balances],
    ...(accounts.length === 0 ? [[label.noAccount]] : []),
    ...accounts.map(({ account, opening, movement, closing, balances }): readonly Cell[] => [
      words.cashAccount[account],
      opening === null ? null : { fen: opening },
      { fen: movement.sum },
      closing === null ? null : { fen: closing },
      balances ? words.yes : words.no,
    ]),
  ];
}

function dayRows({ label, standing, signed }: MonthWords, { days }: MonthReport, figuresOnly: boolean): Rows {
  return [
    [
      label.day,
      label.standing,
      ...(figuresOnly ? [] : [label.signOff]),
      label.payments,
      label.sum,
      label.refunds,
      label.sum,
      label.revoked,
      label.coupons,
      label.fees,
      label.net,
      label.stated,
      label.ours,
      label.discrepancies,
      label.unresolved,
    ],
    ...days.map((one): readonly Cell[] => {
      const { money, ours } = one;
      return [
        dayCell(one.day),
        standing[one.standing],
        ...(figuresOnly ? [] : [signed[one.signed]]),
        ...sumCells(money.payments),
        ...sumCells(money.refunds),
        { fen: money.revoked.sum },
        { fen: money.coupons },
        { fen: money.fees },
        { fen: netOfDay(one) },
        { fen: money.stated },
        { fen: fen(ours.payments.sum - ours.refunds.sum) },
        one.found,
        one.unresolved,
      ];
    }),
  ];
}

/** What a day's compared rows settle. */
export function netOfDay({ money }: Pick<MonthDay, 'money'>) {
  const { payments, refunds, revoked, coupons, fees } = money;
  return fen(payments.sum - refunds.sum - revoked.sum - coupons - fees);
}

function rateRows({ label }: MonthWords, { rates, effectiveRate, contractRate }: MonthReport): Rows {
  return [
    [
      label.rate,
      label.payments,
      label.settledPayments,
      label.refunds,
      label.settledRefunds,
      label.fees,
      label.effective,
      label.contract,
    ],
    ...rates.map(({ rate, payments, refunds, fee, effective }: MonthRate): readonly Cell[] => [
      rate === '' ? label.noRate : rate,
      ...sumCells(payments),
      ...sumCells(refunds),
      { fen: fee },
      rateCell(effective),
      rateCell(contractRate),
    ]),
    [
      label.allRates,
      null,
      null,
      null,
      null,
      { fen: fen(rates.reduce((sum, { fee }) => sum + fee, 0)) },
      rateCell(effectiveRate),
      rateCell(contractRate),
    ],
  ];
}

function cutOffRows(words: MonthWords, { cutOff }: MonthReport): Rows {
  const { label } = words;
  const all = CUT_OFFS.reduce((sum, where) => {
    const { payments, refunds } = cutOff.sums[where];
    return sum + payments.count + refunds.count;
  }, 0);
  return [
    [label.cutOff, label.kind, label.number, label.transaction, label.ourDay, label.billDay, label.amount],
    ...cutOff.items.map((one): readonly Cell[] => [
      words.cutOff[one.where],
      words.kind[one.kind],
      idCell(one.number),
      idCell(one.transactionId),
      dayCell(one.day),
      one.billDay === null ? null : dayCell(one.billDay),
      { fen: one.amount },
    ]),
    ...(all > cutOff.items.length ? [[`${all - cutOff.items.length} ${label.moreItems}`]] : []),
  ];
}

function changeRows({ label, change }: MonthWords, { changes }: MonthReport): Rows {
  return [
    [label.changes, label.day, label.at, label.item, label.by, label.reason],
    ...changes.map(({ what, day, at, item, by, reason }): readonly Cell[] => [
      change[what],
      dayCell(day),
      at === null ? null : timeCell(at),
      idCell(item),
      by,
      reason,
    ]),
  ];
}

function sumCells({ count, sum }: CountAndSum): readonly [Cell, Cell] {
  return [count, { fen: sum }];
}
