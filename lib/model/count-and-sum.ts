import { fen, type Fen } from '../values/fen';

/** A number of items and their total amount. */
export interface CountAndSum {
  readonly count: number;
  readonly sum: Fen;
}

/** No items. */
export const NOTHING: CountAndSum = { count: 0, sum: fen(0) };

/** Adds two counts and sums. */
export function plus(a: CountAndSum, b: CountAndSum): CountAndSum {
  return { count: a.count + b.count, sum: fen(a.sum + b.sum) };
}

/** Subtracts `b` from `a`; what is left may be negative. */
export function minus(a: CountAndSum, b: CountAndSum): CountAndSum {
  return { count: a.count - b.count, sum: fen(a.sum - b.sum) };
}
