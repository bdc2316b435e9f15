import type { CountAndSum } from '../../model/count-and-sum';
import { minus, NOTHING, plus } from '../../model/count-and-sum';
import type {
  BooksCount,
  BothSums,
  RunTally,
  SetAsideReason,
  StatementRun,
} from '../../model/statement/statement-run';
import { fen } from '../../values/fen';
import { tallyOf } from './balance';

/** Where a row or an item of ours can end. */
export const BUCKETS = ['agreeing', 'differing', 'otherDays', 'inDoubt', 'notLookedFor'] as const;

/** One of `BUCKETS`. */
export type Bucket = (typeof BUCKETS)[number];

/**
 * One side of a day as an equation: all its rows are the sum of its buckets. Sums are of what the
 * rows state, payments and refunds together; a row whose amount is unreadable adds nothing.
 */
export interface Equation {
  readonly side: 'theirs' | 'ours';
  readonly all: CountAndSum;
  readonly buckets: Readonly<Record<Bucket, CountAndSum>>;
}

/**
 * Both sides of a run as equations; null before it has compared anything. The number of WeChat
 * Pay's rows comes from the bill that was verified, not from adding up the buckets: rows that no
 * bucket counted are `notLookedFor`, and a row counted twice makes that number smaller, below zero
 * in the end.
 *
 * Our side is what the store holds of the day, counted by itself after the comparison, and with
 * it what the bill has of ours beside that. What no bucket counted is `notLookedFor` likewise. One
 * that is carried over, or that only an excluded row names, is in doubt. Until all is counted, and
 * in runs of earlier versions, our side is what was compared, and `differing` is the rest of it.
 */
export function equationsOf({ work }: Pick<StatementRun, 'work'>): readonly Equation[] | null {
  const tally = tallyOf({ work });
  if (tally === null) return null;
  const statement =
    work.state === 'done' ? work.report.statement : work.state === 'matching' ? work.statement : null;
  return [theirEquation(tally, statement?.rows ?? null), ourEquation(tally)];
}

function theirEquation(tally: RunTally, rows: number | null): Equation {
  const { theirs, matched } = tally;
  const compared = [theirs.payments, theirs.refunds, theirs.revoked].reduce(plus, NOTHING);
  const agreeing = plus(matched.payments, matched.refunds);
  const differing = minus(compared, agreeing);
  const aside = (...reasons: readonly SetAsideReason[]) =>
    reasons.map((reason) => asideSum(tally, reason)).reduce(plus, NOTHING);
  const otherDays = aside('other_day');
  const inDoubt = aside('duplicate_row', 'unreadable', 'undocumented');
  const ofOthers = aside('other_merchant');
  const counted = [agreeing, differing, otherDays, inDoubt, ofOthers].reduce(plus, NOTHING);
  const missed = (rows ?? counted.count) - counted.count;
  const notLookedFor = { count: ofOthers.count + missed, sum: ofOthers.sum };
  const all = { count: counted.count + missed, sum: counted.sum };
  return { side: 'theirs', all, buckets: { agreeing, differing, otherDays, inDoubt, notLookedFor } };
}

function ourEquation(tally: RunTally): Equation {
  const { ours, matched, carriedOver, books } = tally;
  if (books !== undefined && books.missed !== null) return provedEquation(tally, books, books.missed);
  const all = plus(ours.payments, ours.refunds);
  const agreeing = plus(matched.payments, matched.refunds);
  const inDoubt = plus(carriedOver.payments, carriedOver.refunds);
  const differing = minus(minus(all, agreeing), inDoubt);
  return {
    side: 'ours',
    all,
    buckets: { agreeing, differing, otherDays: NOTHING, inDoubt, notLookedFor: NOTHING },
  };
}

function provedEquation({ matched, carriedOver }: RunTally, books: BooksCount, missed: BothSums): Equation {
  return {
    side: 'ours',
    all: plus(total(books.stored), total(books.beyond)),
    buckets: {
      agreeing: total(matched),
      differing: total(books.differing),
      otherDays: total(books.otherDays),
      inDoubt: plus(total(carriedOver), total(books.inDoubt)),
      notLookedFor: total(missed),
    },
  };
}

function total({ payments, refunds }: BothSums): CountAndSum {
  return plus(payments, refunds);
}

/** True unless our books hold something of the day that its run did not account for. */
export function accountsForBooks({ books }: RunTally): boolean {
  const missed = books?.missed ?? null;
  if (missed === null) return true;
  return [missed.payments, missed.refunds].every(({ count, sum }) => count === 0 && sum === 0);
}

function asideSum({ setAside }: RunTally, reason: SetAsideReason): CountAndSum {
  const rows = setAside[reason];
  return { count: rows?.count ?? 0, sum: rows?.money?.sum ?? fen(0) };
}
