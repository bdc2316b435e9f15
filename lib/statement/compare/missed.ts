import type { CountAndSum } from '../../model/count-and-sum';
import { minus, NOTHING, plus } from '../../model/count-and-sum';
import type { BooksCount, BothSums, RunTally } from '../../model/statement/statement-run';

/** The paid orders of a day that rows name which could not be compared. */
export interface NamedOrders {
  readonly count: number;
  /** In fen. */
  readonly sum: number;
}

/**
 * What the store holds of a day, less everything that the passes of its run saw. Nothing is left
 * unless an item was lost (above zero) or counted twice (below). An order that only such rows name
 * as could not be compared was not lost: what they can explain is in doubt. Pure.
 */
export function missedOf(
  tally: Pick<RunTally, 'matched' | 'carriedOver'>,
  books: BooksCount,
  named: NamedOrders,
): { readonly inDoubt: BothSums; readonly missed: BothSums } {
  const rest = (side: keyof BothSums): CountAndSum => {
    const all = plus(books.stored[side], books.beyond[side]);
    const seen = [
      tally.matched[side],
      tally.carriedOver[side],
      books.differing[side],
      books.inDoubt[side],
      books.otherDays[side],
    ];
    return seen.reduce(minus, all);
  };
  const payments = rest('payments');
  const refunds = rest('refunds');
  if (!isExplained(payments, named)) return { inDoubt: books.inDoubt, missed: { payments, refunds } };
  return {
    inDoubt: { ...books.inDoubt, payments: plus(books.inDoubt.payments, payments) },
    missed: { payments: NOTHING, refunds },
  };
}

/**
 * Failure policy: fail closed. A run keeps `NAMED_KEPT` of such orders. What the others would
 * explain counts as missed: behind so many rows that cannot be compared, a lost payment hides.
 */
function isExplained({ count, sum }: CountAndSum, named: NamedOrders): boolean {
  return count >= 0 && sum >= 0 && count <= named.count && sum <= named.sum;
}
