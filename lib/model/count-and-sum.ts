import type { Fen } from '../values/fen';

/** A number of items and their total amount. */
export interface CountAndSum {
  readonly count: number;
  readonly sum: Fen;
}
