import type { RunTally, StatementRun } from '../../lib/model/statement-run';
import type { CsvCell } from '../../lib/values/csv';
import { fenToYuan } from '../../lib/values/fen';
import type { Words } from '../language/en';
import { CHOICES } from '../route';
import { balanceOf, stepsOf } from './balance';
import { dayText } from './time';

/**
 * A day's totals for a spreadsheet: both sides, the bridge between the sums, and the discrepancies
 * by class. Amounts in yuan.
 */
export function balanceRows(
  words: Words,
  run: Pick<StatementRun, 'subMchId' | 'day' | 'round'>,
  tally: RunTally,
): readonly (readonly CsvCell[])[] {
  const { column } = words;
  return [
    [column.merchant, run.subMchId],
    [column.day, dayText(run.day)],
    [column.round, run.round],
    [],
    [
      words.run.balance,
      `${words.run.theirs} ${column.count}`,
      `${words.run.theirs} ${column.sum}`,
      `${words.run.ours} ${column.count}`,
      `${words.run.ours} ${column.sum}`,
      words.run.difference,
    ],
    ...balanceOf(tally).map(({ what, theirs, ours, difference }): readonly CsvCell[] => [
      words.run[what],
      theirs.count,
      fenToYuan(theirs.sum),
      ours.count,
      fenToYuan(ours.sum),
      fenToYuan(difference.sum),
    ]),
    [words.run.fees, null, fenToYuan(tally.theirs.fees)],
    [],
    [words.run.why, column.count, column.sum],
    ...stepsOf(tally).map(({ what, amount, count }): readonly CsvCell[] => [
      words.run.step[what],
      count,
      fenToYuan(amount),
    ]),
    [],
    [words.run.classes, column.count, column.sum],
    ...CHOICES.class.flatMap((of): readonly (readonly CsvCell[])[] => {
      const found = tally.found[of];
      return found === undefined ? [] : [[words.discrepancy.class[of], found.count, fenToYuan(found.sum)]];
    }),
  ];
}
