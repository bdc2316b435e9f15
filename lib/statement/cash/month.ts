import {
  MOVEMENT_KINDS,
  type CashFile,
  type CashResult,
  type MovementKind,
} from '../../model/statement/cash';
import type { CountAndSum } from '../../model/count-and-sum';
import { NOTHING, plus } from '../../model/count-and-sum';
import type { StatementRun } from '../../model/statement/statement-run';
import { CASH_ACCOUNTS, type CashAccount } from '../../values/cash-account';
import type { BeijingDay } from '../../values/day';
import { fen, type Fen } from '../../values/fen';
import { daysOf, monthOf } from '../../values/month';

/** How the fund-flow bill of a day stands; `not_given`: nobody has looked for it or given it. */
export type CashDayState = CashFile['state'] | 'not_given';

/** One day of an account in a month. */
export interface CashMonthDay {
  readonly day: BeijingDay;
  readonly state: CashDayState;
  /** The balances around the day's movements; null without any, or without a proved file. */
  readonly opening: Fen | null;
  readonly closing: Fen | null;
  readonly movement: Fen;
  /** How the day's trades and movements ended; null before that is proved. */
  readonly result: CashResult | null;
}

/** One account of one merchant over a month. */
export interface CashMonth {
  readonly account: CashAccount;
  readonly days: readonly CashMonthDay[];
  /** The first and the last balance that a proved day states; null when none does. */
  readonly opening: Fen | null;
  readonly closing: Fen | null;
  /** What each kind of movement came to; kinds without a movement are absent. */
  readonly moved: Readonly<Partial<Record<MovementKind, CountAndSum>>>;
  readonly movement: CountAndSum;
  /** Days whose opening balance is not the closing balance of the day before. */
  readonly gaps: readonly { readonly day: BeijingDay; readonly before: Fen; readonly after: Fen }[];
  /** Days whose file is not there or proves nothing, today's and later ones apart. */
  readonly unproved: readonly BeijingDay[];
  /** `closing - opening - movement`: 0 when every movement is known. */
  readonly difference: Fen;
  /**
   * True when every day is proved, no balance has a gap, and opening and movements make closing.
   * Whether each movement belongs to a trade is `result` of the days.
   */
  readonly balances: boolean;
}

/**
 * One account over the days of a month, from the runs of one merchant. Days without a run are
 * `not_given`. Pure.
 *
 * Failure policy: fail closed. A month of which a day is missing does not balance, even where the
 * balances around it agree.
 */
export function cashMonth(
  runs: readonly Pick<StatementRun, 'day' | 'cash'>[],
  account: CashAccount,
  month: readonly BeijingDay[],
): CashMonth {
  const cashOf = new Map(runs.map(({ day, cash }) => [day, cash]));
  const days = month.map((day): CashMonthDay => {
    const cash = cashOf.get(day) ?? null;
    const file = cash?.accounts[account];
    const common = { day, state: file?.state ?? 'not_given', result: cash?.proof?.result ?? null } as const;
    if (file?.state !== 'proved') return { ...common, opening: null, closing: null, movement: fen(0) };
    const { opening, closing, moved } = file;
    return { ...common, opening, closing, movement: sumOf(moved).sum };
  });
  const moved: Partial<Record<MovementKind, CountAndSum>> = {};
  for (const day of month) {
    const file = cashOf.get(day)?.accounts[account];
    if (file?.state !== 'proved') continue;
    for (const kind of MOVEMENT_KINDS) {
      const more = file.moved[kind];
      if (more !== undefined) moved[kind] = plus(moved[kind] ?? NOTHING, more);
    }
  }
  const stated = days.flatMap(({ day, opening, closing }) =>
    opening === null || closing === null ? [] : [{ day, opening, closing }],
  );
  const gaps = stated.flatMap(({ day, opening: after }, n) => {
    const before = stated[n - 1]?.closing ?? after;
    return before === after ? [] : [{ day, before, after }];
  });
  const [opening, closing] = [stated[0]?.opening ?? null, stated.at(-1)?.closing ?? null];
  const movement = sumOf(moved);
  const difference = fen((closing ?? 0) - (opening ?? 0) - movement.sum);
  const unproved = days.flatMap(({ day, state }) => (state === 'proved' || state === 'none' ? [] : [day]));
  return {
    account,
    days,
    opening,
    closing,
    moved,
    movement,
    gaps,
    unproved,
    difference,
    balances: difference === 0 && gaps.length === 0 && unproved.length === 0,
  };
}

/** The accounts of which a run has a file, and then also those that are looked for. */
export function accountsIn(
  runs: readonly Pick<StatementRun, 'cash'>[],
  lookedFor: readonly CashAccount[],
): readonly CashAccount[] {
  const hasFile = (account: CashAccount) => runs.some(({ cash }) => cash?.accounts[account] !== undefined);
  const isOneGiven = CASH_ACCOUNTS.some(hasFile);
  return CASH_ACCOUNTS.filter((account) => hasFile(account) || (isOneGiven && lookedFor.includes(account)));
}

/** The days of a month in Beijing, given its first, up to the day before `end`. */
export function daysOfMonth(first: BeijingDay, end: BeijingDay): readonly BeijingDay[] {
  return daysOf(monthOf(first)).filter((day) => day < end);
}

function sumOf(moved: CashMonth['moved']): CountAndSum {
  return Object.values(moved).reduce(plus, NOTHING);
}
