import type { SignOffStanding } from '../books/sign-off-standing';
import type { CountAndSum } from '../../model/count-and-sum';
import { NOTHING, plus } from '../../model/count-and-sum';
import type { RateSum, StatementRun } from '../../model/statement/statement-run';
import type { BeijingDay } from '../../values/day';
import { fen, type Fen } from '../../values/fen';

/**
 * How a day stands in its month. `compared`, `none`, `missing` and `corrupt` are how its run ended;
 * `running`: the run is not done; `no_run`: there is none; `ahead`: the day has not ended.
 */
export const DAY_STANDINGS = [
  'compared',
  'none',
  'missing',
  'corrupt',
  'running',
  'no_run',
  'ahead',
] as const;

/** One of `DAY_STANDINGS`. */
export type DayStanding = (typeof DAY_STANDINGS)[number];

/**
 * What a day's bill states, and where each fen of it went. `payments` less `refunds`, `revoked`,
 * `coupons`, `fees` and `unsplit`, and `excluded`, `unreadable` and `unexplained` added, are
 * `stated`.
 */
export interface BilledMoney {
  /** The order amounts of compared payments. */
  readonly payments: CountAndSum;
  /** The requested amounts of compared refunds. */
  readonly refunds: CountAndSum;
  readonly revoked: CountAndSum;
  /** What WeChat Pay does not settle of payments, less the same of refunds. */
  readonly coupons: Fen;
  /** Charged less returned. */
  readonly fees: Fen;
  /**
   * The net of a day whose run was made by an earlier version, which kept neither coupons nor the
   * bill's summary. Another run of the day splits it.
   */
  readonly unsplit: Fen;
  /** The net of rows that were excluded and are readable. */
  readonly excluded: Fen;
  /** The net of rows that are unreadable, and fees finer than a fen. */
  readonly unreadable: Fen;
  /** What remains although every row was readable: 0, or this program is wrong. */
  readonly unexplained: Fen;
  /** What the summary of WeChat Pay's bill states: settled less refunded less fees. */
  readonly stated: Fen;
}

/** One day of a month. */
export interface MonthDay {
  readonly day: BeijingDay;
  readonly standing: DayStanding;
  readonly money: BilledMoney;
  /** True for rows of which an earlier version kept no split (`unsplit`), whatever they net. */
  readonly isUnsplit: boolean;
  /** What our books say of payments, and of refunds. */
  readonly ours: { readonly payments: CountAndSum; readonly refunds: CountAndSum };
  /** Discrepancies that the day's bill showed, and how many of them are not resolved. */
  readonly found: number;
  readonly unresolved: number;
  readonly signed: SignOffStanding;
  readonly rates: readonly RateSum[];
}

/** How the money of a day stands that its month can be made of. */
const KNOWN: ReadonlySet<DayStanding> = new Set(['compared', 'none']);

/**
 * The days of a month whose money is not known: not compared, or without a run after the first day
 * that has one. Days before that are from before the first order. All days of a month without runs.
 */
export function openDays(days: readonly MonthDay[]): readonly MonthDay[] {
  const first = days.findIndex(({ standing }) => standing !== 'no_run');
  return days.filter(({ standing }, n) => !KNOWN.has(standing) && (first < 0 || n >= first));
}

/** The money of a day without a bill. */
export const NO_MONEY: BilledMoney = {
  payments: NOTHING,
  refunds: NOTHING,
  revoked: NOTHING,
  coupons: fen(0),
  fees: fen(0),
  unsplit: fen(0),
  excluded: fen(0),
  unreadable: fen(0),
  unexplained: fen(0),
  stated: fen(0),
};

/** What the rows of one rate move into the account: settled less given back less fees. */
export function netOf({ payments, refunds, fee }: RateSum): number {
  return payments.sum - refunds.sum - fee;
}

/** True for a run of an earlier version that compared rows, even if they net to nothing. Pure. */
export function isUnsplit({ work }: Pick<StatementRun, 'work'>): boolean {
  if (work.state !== 'done') return false;
  const { statement, tally } = work.report;
  const { payments, refunds, revoked } = tally.theirs;
  const rows = payments.count + refunds.count + revoked.count;
  return rows > 0 && (tally.money === undefined || (statement?.totals?.settled ?? null) === null);
}

/** Where each fen of a run's bill went; nothing before the run is done. Pure. */
export function moneyOfRun({ work }: Pick<StatementRun, 'work'>): BilledMoney {
  if (work.state !== 'done') return NO_MONEY;
  const { statement, tally } = work.report;
  const { payments, refunds, revoked, fees } = tally.theirs;
  const rows = { payments, refunds, revoked, fees };
  const totals = statement?.totals;
  const net = payments.sum - refunds.sum - revoked.sum - fees;
  if (tally.money === undefined || totals === undefined || totals.settled === null) {
    return { ...NO_MONEY, ...rows, unsplit: fen(net) };
  }
  const { rates, unreadFees, excluded } = tally.money;
  const compared = rates.reduce((sum, rate) => sum + netOf(rate), 0);
  const aside = excluded.settled - excluded.refunded - excluded.fee;
  // A summary states no refunds and no fees only in bills that have no such column.
  const stated = totals.settled - (totals.refunded ?? 0) - (totals.fee ?? 0);
  const rest = stated - compared - aside;
  const isReadable = unreadFees === 0 && totals.fee !== null && tally.setAside.unreadable === undefined;
  return {
    ...rows,
    coupons: fen(net - compared),
    unsplit: fen(0),
    excluded: fen(aside),
    unreadable: fen(isReadable ? 0 : rest),
    unexplained: fen(isReadable ? rest : 0),
    stated: fen(stated),
  };
}

/** Adds up days. */
export function sumOfMoney(days: readonly BilledMoney[]): BilledMoney {
  return days.reduce(
    (all, one) => ({
      payments: plus(all.payments, one.payments),
      refunds: plus(all.refunds, one.refunds),
      revoked: plus(all.revoked, one.revoked),
      coupons: fen(all.coupons + one.coupons),
      fees: fen(all.fees + one.fees),
      unsplit: fen(all.unsplit + one.unsplit),
      excluded: fen(all.excluded + one.excluded),
      unreadable: fen(all.unreadable + one.unreadable),
      unexplained: fen(all.unexplained + one.unexplained),
      stated: fen(all.stated + one.stated),
    }),
    NO_MONEY,
  );
}

/** The steps from what was paid to what WeChat Pay's summaries state, as they are printed. */
export const MONEY_STEPS = [
  'payments',
  'refunds',
  'revoked',
  'coupons',
  'fees',
  'unsplit',
  'excluded',
  'unreadable',
  'unexplained',
  'stated',
] as const satisfies readonly (keyof BilledMoney)[];

/** One of `MONEY_STEPS`. */
export type MoneyStep = (typeof MONEY_STEPS)[number];

/**
 * The equation of a day or month: every fen that the bills state is in one of these lines, with its
 * sign, and they add up to 0.
 */
export function equationOf(
  money: BilledMoney,
): readonly { readonly what: MoneyStep; readonly amount: Fen }[] {
  const amounts: Readonly<Record<MoneyStep, number>> = {
    payments: money.payments.sum,
    refunds: 0 - money.refunds.sum,
    revoked: 0 - money.revoked.sum,
    coupons: 0 - money.coupons,
    fees: 0 - money.fees,
    unsplit: 0 - money.unsplit,
    excluded: money.excluded,
    unreadable: money.unreadable,
    unexplained: money.unexplained,
    stated: 0 - money.stated,
  };
  return MONEY_STEPS.map((what) => ({ what, amount: fen(amounts[what]) }));
}
