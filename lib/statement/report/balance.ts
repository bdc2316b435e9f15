import type { DiscrepancyClass } from '../../model/discrepancy';
import type { CountAndSum } from '../../model/count-and-sum';
import { minus, NOTHING, plus } from '../../model/count-and-sum';
import type { RunTally, StatementRun } from '../../model/statement/statement-run';
import { fen, type Fen } from '../../values/fen';

/** One line of the day's totals: both sides and their difference. */
export interface BalanceLine {
  readonly what: 'payments' | 'refunds' | 'revoked' | 'net';
  readonly theirs: CountAndSum;
  readonly ours: CountAndSum;
  readonly difference: CountAndSum;
}

/** One step of the bridge from WeChat Pay's sum of payments to ours. The steps add up exactly. */
export interface BalanceStep {
  readonly what: 'theirs' | 'onlyTheirs' | 'onlyOurs' | 'carriedOver' | 'otherAmounts' | 'ours';
  readonly amount: Fen;
  /** The number of payments; null where amounts differ and no payment is missing. */
  readonly count: number | null;
  /** The classes of the discrepancies behind it. */
  readonly classes: readonly DiscrepancyClass[];
}

/** A run's tally so far; null before it has compared anything. */
export function tallyOf({ work }: Pick<StatementRun, 'work'>): RunTally | null {
  switch (work.state) {
    case 'waiting':
      return null;
    case 'matching':
      return work.tally;
    case 'done':
      return work.report.tally;
  }
}

/** The day's totals. A revoked payment is money that went back without a refund of ours. */
export function balanceOf({ theirs, ours }: RunTally): readonly BalanceLine[] {
  const line = (what: BalanceLine['what'], a: CountAndSum, b: CountAndSum): BalanceLine => ({
    what,
    theirs: a,
    ours: b,
    difference: minus(a, b),
  });
  const revoked = theirs.revoked.count === 0 ? [] : [line('revoked', theirs.revoked, NOTHING)];
  const netTheirs = minus(minus(theirs.payments, theirs.refunds), theirs.revoked);
  return [
    line('payments', theirs.payments, ours.payments),
    line('refunds', theirs.refunds, ours.refunds),
    ...revoked,
    line('net', netTheirs, minus(ours.payments, ours.refunds)),
  ];
}

const ONLY_THEIRS = ['missing_order', 'unpaid_order'] as const satisfies readonly DiscrepancyClass[];
const OTHER_MONEY = [
  'amount_mismatch',
  'currency_mismatch',
  'merchant_mismatch',
  'payer_mismatch',
  'duplicate_payment',
  'paid_after_close',
] as const satisfies readonly DiscrepancyClass[];

/**
 * The bridge from WeChat Pay's sum of payments to ours. The items on one side only are exact; the
 * rest of the difference is payments that both sides have with different amounts, or that one side
 * rejects.
 */
export function stepsOf(tally: RunTally): readonly BalanceStep[] {
  const { found, theirs, ours, carriedOver } = tally;
  const seen = (classes: readonly DiscrepancyClass[]) =>
    classes.filter((discrepancyClass) => found[discrepancyClass] !== undefined);
  const all = (classes: readonly DiscrepancyClass[]) =>
    classes.reduce((sum, discrepancyClass) => plus(sum, found[discrepancyClass] ?? NOTHING), NOTHING);
  const onlyTheirs = all(ONLY_THEIRS);
  const onlyOurs = all(['missing_payment']);
  const carried = carriedOver.payments;
  const explained = theirs.payments.sum - onlyTheirs.sum + onlyOurs.sum + carried.sum;
  const rest = fen(ours.payments.sum - explained);
  const middle: readonly BalanceStep[] = [
    {
      what: 'onlyTheirs',
      amount: fen(0 - onlyTheirs.sum),
      count: onlyTheirs.count,
      classes: seen(ONLY_THEIRS),
    },
    { what: 'onlyOurs', amount: onlyOurs.sum, count: onlyOurs.count, classes: seen(['missing_payment']) },
    { what: 'carriedOver', amount: carried.sum, count: carried.count, classes: [] },
    { what: 'otherAmounts', amount: rest, count: null, classes: seen(OTHER_MONEY) },
  ];
  return [
    { what: 'theirs', amount: theirs.payments.sum, count: theirs.payments.count, classes: [] },
    ...middle.filter(({ amount, count }) => amount !== 0 || (count ?? 0) > 0),
    { what: 'ours', amount: ours.payments.sum, count: ours.payments.count, classes: [] },
  ];
}

/** True when neither amounts nor rows of the two sides differ. */
export function agrees(tally: RunTally): boolean {
  return (
    balanceOf(tally).every(({ difference }) => difference.sum === 0 && difference.count === 0) &&
    Object.values(tally.found).every(({ count }) => count === 0) &&
    Object.values(tally.setAside).every(({ count }) => count === 0)
  );
}
