import { NOTHING } from '../../lib/model/count-and-sum';
import { missedOf } from '../../lib/statement/compare/missed';
import { fen } from '../../lib/values/fen';

const NONE = { payments: NOTHING, refunds: NOTHING };
const TALLY = { matched: NONE, carriedOver: NONE };

/** Books of a day that hold so many payments of 100 fen, none of which a pass saw. */
const unseen = (count: number) => ({
  differing: NONE,
  inDoubt: NONE,
  beyond: NONE,
  named: [],
  stored: { payments: { count, sum: fen(count * 100) }, refunds: NOTHING },
  otherDays: NONE,
  again: false,
  missed: null,
});

test('rows that could not be compared explain as many payments as they name, and no more', () => {
  const named = { count: 2, sum: 200 };
  const two = { count: 2, sum: 200 };
  expect(missedOf(TALLY, unseen(2), named)).toEqual({ inDoubt: { ...NONE, payments: two }, missed: NONE });
  // However many rows there are: what hides behind them is missed.
  expect(missedOf(TALLY, unseen(3), named)).toEqual({
    inDoubt: NONE,
    missed: { payments: { count: 3, sum: 300 }, refunds: NOTHING },
  });
});
