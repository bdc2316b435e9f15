import type { Discrepancy } from '../../model/discrepancy';
import { NOTHING, plus } from '../../model/count-and-sum';
import type { RateSum, RunTally, StatementRun } from '../../model/statement/statement-run';
import type { BeijingDay } from '../../values/day';
import { startOf, daysLater } from '../../values/day';
import { fen, type Fen } from '../../values/fen';
import type { RateMillionths } from '../../values/fee-rate';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import { daysOf, type BeijingMonth } from '../../values/month';
import type { BooksChange } from '../books/day-books';
import type { SignOffStanding } from '../books/sign-off-standing';
import type { CashAccount } from '../../values/cash-account';
import { accountsIn, cashMonth, type CashMonth } from '../cash/month';
import { stepsOf, type BalanceStep } from '../report/balance';
import { cutOffsOf, type CutOffs } from './cut-off';
import { isUnsplit, moneyOfRun, NO_MONEY, openDays, sumOfMoney } from './month-day';
import type { BilledMoney, DayStanding, MonthDay } from './month-day';

/** The fees of one rate in a month, beside the contract's rate. */
export interface MonthRate extends RateSum {
  /**
   * Fees per settled amount, payments less refunds, in millionths; null where nothing was settled.
   */
  readonly effective: RateMillionths | null;
}

/** One step of the bridge from WeChat Pay's sum of payments to ours, over a month. */
export type MonthStep = Pick<BalanceStep, 'what' | 'amount'>;

/** A month of one merchant's books. */
export interface MonthReport {
  readonly subMchId: SubMchId;
  readonly month: BeijingMonth;
  readonly madeAt: Instant;
  readonly days: readonly MonthDay[];
  /** The sums of `days`, as `equationOf` prints them. */
  readonly money: BilledMoney;
  /** What WeChat Pay settles: payments less refunds, revoked orders, coupons and fees. */
  readonly net: Fen;
  /** True when nothing is unexplained on any day, and no day is open (`openDays`). */
  readonly closes: boolean;
  readonly bridge: readonly MonthStep[];
  /** Of `money`, what canaries paid and got back; null where there was none. */
  readonly canary: NonNullable<RunTally['canary']> | null;
  readonly rates: readonly MonthRate[];
  /** Over all rates. */
  readonly effectiveRate: RateMillionths | null;
  /** The rate of the contract, from the configuration; null where it has none. */
  readonly contractRate: RateMillionths | null;
  /** At most `CUT_OFF_LISTED` of the items; the sums count all. */
  readonly cutOff: CutOffs;
  readonly signed: SignOffStanding;
  readonly changes: readonly BooksChange[];
  /**
   * Each account that has fund-flow bills: opening and movements are closing. None where no such
   * bills were looked for; trade bills say nothing about a balance.
   */
  readonly accounts: readonly MonthAccount[];
}

/** An account over a month, without its days. */
export type MonthAccount = Omit<CashMonth, 'days'>;

/** How many cut-off items a report lists. */
export const CUT_OFF_LISTED = 500;

/** What a month is made of. */
export interface MonthParts {
  readonly subMchId: SubMchId;
  readonly month: BeijingMonth;
  readonly now: Instant;
  readonly contractRate: RateMillionths | null;
  /** The accounts whose fund-flow bills are looked for. */
  readonly cashAccounts: readonly CashAccount[];
  /** The days of the month that have a run. */
  readonly days: ReadonlyMap<
    BeijingDay,
    { readonly run: StatementRun; readonly found: readonly Discrepancy[]; readonly signed: SignOffStanding }
  >;
  /** The last days before the month. */
  readonly before: readonly { readonly day: BeijingDay; readonly found: readonly Discrepancy[] }[];
  readonly signed: SignOffStanding;
  readonly changes: readonly BooksChange[];
}

/**
 * The report of a month, from its archived runs and their discrepancies: no bill is read again.
 * Pure.
 */
export function monthReport(parts: MonthParts): MonthReport {
  const { subMchId, month, now, contractRate, signed, changes } = parts;
  const days = daysOf(month).map((day) => dayOfMonth(parts, day));
  const money = sumOfMoney(days.map((one) => one.money));
  const rates = ratesOf(days);
  const found = [...parts.before, ...[...parts.days].map(([day, one]) => ({ day, found: one.found }))];
  const cutOff = cutOffsOf(month, found);
  const { payments, refunds, revoked, coupons, fees } = money;
  const tallies = [...parts.days.values()].flatMap(({ run }) => tallyIfDone(run));
  return {
    subMchId,
    month,
    madeAt: now,
    days,
    money,
    net: fen(payments.sum - refunds.sum - revoked.sum - coupons - fees),
    closes: openDays(days).length === 0 && days.every((one) => one.money.unexplained === 0),
    bridge: bridgeOf(tallies),
    canary: canaryOf(tallies),
    rates,
    effectiveRate: effectiveOf(totalOf(rates)),
    contractRate,
    cutOff: { ...cutOff, items: cutOff.items.slice(0, CUT_OFF_LISTED) },
    signed,
    changes,
    accounts: accountsOf(parts),
  };
}

/**
 * Once one account has a file, each that is looked for is listed: one without any is not proved.
 */
function accountsOf({ days, month, now, cashAccounts }: MonthParts): readonly MonthAccount[] {
  const runs = [...days.values()].map(({ run }) => run);
  const ended = daysOf(month).filter((day) => startOf(daysLater(day, 1)) <= now);
  return accountsIn(runs, cashAccounts).map((account) => {
    const { days: _days, ...sums } = cashMonth(runs, account, ended);
    return sums;
  });
}

function dayOfMonth({ days, now }: MonthParts, day: BeijingDay): MonthDay {
  const one = days.get(day);
  if (one === undefined) {
    const standing = startOf(daysLater(day, 1)) > now ? 'ahead' : 'no_run';
    const ours = { payments: NOTHING, refunds: NOTHING };
    const nothing = { found: 0, unresolved: 0, signed: 'unsigned', isUnsplit: false, rates: [] } as const;
    return { day, standing, money: NO_MONEY, ours, ...nothing };
  }
  const { run, found, signed } = one;
  const [tally] = tallyIfDone(run);
  return {
    day,
    standing: standingOf(run),
    money: moneyOfRun(run),
    isUnsplit: isUnsplit(run),
    ours: tally?.ours ?? { payments: NOTHING, refunds: NOTHING },
    found: found.length,
    unresolved: found.filter(({ resolution }) => resolution === null).length,
    signed,
    rates: tally?.money?.rates ?? [],
  };
}

function standingOf({ work }: StatementRun): DayStanding {
  if (work.state !== 'done') return 'running';
  const { outcome } = work.report;
  return outcome === 'reconciled' ? 'compared' : outcome;
}

function tallyIfDone({ work }: StatementRun): readonly RunTally[] {
  return work.state === 'done' ? [work.report.tally] : [];
}

function ratesOf(days: readonly MonthDay[]): readonly MonthRate[] {
  const sums = new Map<string, RateSum>();
  for (const { rates } of days) for (const one of rates) sums.set(one.rate, added(sums.get(one.rate), one));
  return [...sums.values()]
    .sort((a, b) => (a.rate < b.rate ? -1 : a.rate > b.rate ? 1 : 0))
    .map((one) => ({ ...one, effective: effectiveOf(one) }));
}

function added(sum: RateSum | undefined, one: RateSum): RateSum {
  if (sum === undefined) return one;
  const { rate } = one;
  const [payments, refunds] = [plus(sum.payments, one.payments), plus(sum.refunds, one.refunds)];
  return { rate, payments, refunds, fee: fen(sum.fee + one.fee) };
}

function totalOf(rates: readonly RateSum[]): RateSum {
  return rates.reduce(added, { rate: '', payments: NOTHING, refunds: NOTHING, fee: fen(0) });
}

/** Rounded to the nearest millionth, halves up, in whole numbers. */
function effectiveOf({ payments, refunds, fee }: RateSum): RateMillionths | null {
  const base = payments.sum - refunds.sum;
  if (base <= 0) return null;
  return Number((BigInt(fee) * 2_000_000n + BigInt(base)) / (BigInt(base) * 2n));
}

function canaryOf(tallies: readonly RunTally[]): MonthReport['canary'] {
  return tallies
    .flatMap(({ canary }) => canary ?? [])
    .reduce<MonthReport['canary']>(
      (sum, { payments, refunds }) =>
        sum === null
          ? { payments, refunds }
          : { payments: plus(sum.payments, payments), refunds: plus(sum.refunds, refunds) },
      null,
    );
}

/** The steps of all days, each kind added up; the first and the last are the sums of both sides. */
function bridgeOf(tallies: readonly RunTally[]): readonly MonthStep[] {
  const steps = tallies.flatMap(stepsOf);
  const kinds = ['theirs', 'onlyTheirs', 'onlyOurs', 'carriedOver', 'otherAmounts', 'ours'] as const;
  return kinds.map((what) => ({
    what,
    amount: fen(steps.filter((one) => one.what === what).reduce((sum, { amount }) => sum + amount, 0)),
  }));
}
