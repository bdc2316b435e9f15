import { DISCREPANCY_CLASSES } from '../../model/discrepancy';
import type { CountAndSum } from '../../model/count-and-sum';
import type { RunTally, StatementRun } from '../../model/statement/statement-run';
import { SET_ASIDE_REASONS } from '../../model/statement/statement-run';
import type { BeijingDay } from '../../values/day';
import { formatBeijing, type Instant } from '../../values/instant';
import { idCell, type Cell, type Rows } from '../../values/sheet';
import { unlisted } from '../compare/tally';
import { balanceOf, stepsOf, tallyOf } from './balance';
import { BUCKETS, equationsOf } from './equation';
import type { ReportWords } from './report-words';

type Reported = Pick<StatementRun, 'subMchId' | 'day' | 'round' | 'work'>;

/**
 * A day's run as a table: the run and its file, both sides, where each row ended, the bridge from
 * WeChat Pay's sum to ours, the discrepancies by class and the excluded rows. Times in Beijing
 * time.
 */
export function daySheet(words: ReportWords, run: Reported): Rows {
  const tally = tallyOf(run);
  const blocks = [aboutRun(words, run), ...(tally === null ? [] : figures(words, run, tally))];
  return blocks.flatMap((block, n) => (n === 0 ? block : [[], ...block]));
}

function aboutRun(
  { label, state, outcome, wait }: ReportWords,
  { subMchId, day, round, work }: Reported,
): Rows {
  const run: Rows = [
    [label.merchant, idCell(subMchId)],
    [label.day, dayCell(day)],
    [label.round, round],
    [label.state, state[work.state]],
  ];
  if (work.state === 'waiting') return [...run, [label.why, wait[work.reason], work.detail]];
  if (work.state === 'matching') return run;
  const { statement, file, refusal, finishedAt } = work.report;
  return [
    ...run,
    [label.outcome, outcome[work.report.outcome]],
    ...(refusal === null ? [] : [[label.why, refusal]]),
    [label.finishedAt, timeCell(finishedAt)],
    ...(statement === null
      ? []
      : [
          [label.rows, statement.rows],
          [label.sha1, statement.sha1],
        ]),
    ...(file === null
      ? []
      : [
          [label.file, file.location],
          [label.sha256, file.sha256],
        ]),
  ];
}

function figures(words: ReportWords, run: Reported, tally: RunTally): readonly Rows[] {
  const { label } = words;
  const sums = [label.count, label.sum] as const;
  return [
    [
      [
        label.balance,
        ...[label.theirs, label.ours].flatMap((side) => sums.map((unit) => `${side} ${unit}`)),
        label.difference,
      ],
      ...balanceOf(tally).map(({ what, theirs, ours, difference }): readonly Cell[] => [
        words.line[what],
        ...sumCells(theirs),
        ...sumCells(ours),
        { fen: difference.sum },
      ]),
      [label.fees, null, { fen: tally.theirs.fees }],
    ],
    [
      [label.equation, ...sums],
      ...(equationsOf(run) ?? []).flatMap(({ side, all, buckets }): Rows => [
        [label[side], ...sumCells(all)],
        ...BUCKETS.map((bucket): readonly Cell[] => [
          `${label[side]}: ${words.bucket[bucket]}`,
          ...sumCells(buckets[bucket]),
        ]),
      ]),
    ],
    [
      [label.bridge, ...sums],
      ...stepsOf(tally).map(({ what, count, amount }): readonly Cell[] => [
        words.step[what],
        count,
        { fen: amount },
      ]),
    ],
    [
      [label.matched, ...sums],
      ...(['matched', 'repaired', 'carriedOver'] as const).flatMap((result): Rows => [
        [`${label[result]}: ${label.payments}`, ...sumCells(tally[result].payments)],
        [`${label[result]}: ${label.refunds}`, ...sumCells(tally[result].refunds)],
      ]),
      ...canaryRows(label, tally.canary),
      [label.explained, tally.explained],
    ],
    classRows(words, tally),
    asideRows(words, tally),
  ];
}

/** What tests with one fen are among the sums above; nothing where there was none. */
export function canaryRows(label: ReportWords['label'], canary: RunTally['canary'] | null): Rows {
  if (canary === undefined || canary === null) return [];
  return [
    [`${label.canary}: ${label.payments}`, ...sumCells(canary.payments)],
    [`${label.canary}: ${label.refunds}`, ...sumCells(canary.refunds)],
  ];
}

function classRows({ label, class: names }: ReportWords, tally: RunTally): Rows {
  const surplus = new Map(unlisted(tally));
  return [
    [label.classes, label.count, label.sum, label.difference],
    ...DISCREPANCY_CLASSES.flatMap((discrepancyClass): Rows => {
      const found = tally.found[discrepancyClass];
      if (found === undefined) return [];
      const more = surplus.get(discrepancyClass);
      return [
        [
          names[discrepancyClass],
          ...sumCells(found),
          found.difference === undefined ? null : { fen: found.difference },
          ...(more === undefined ? [] : [`${more} ${label.unlisted}`]),
        ],
      ];
    }),
  ];
}

function asideRows({ label, aside }: ReportWords, { setAside, problems }: RunTally): Rows {
  return [
    [label.setAside, label.count, label.sum, label.unread, label.lines],
    ...SET_ASIDE_REASONS.flatMap((reason): Rows => {
      const rows = setAside[reason];
      if (rows === undefined) return [];
      const { count, money, lines } = rows;
      const sum = money === undefined ? null : { fen: money.sum };
      return [[aside[reason], count, sum, money?.unread ?? null, lines.join(' ')]];
    }),
    ...problems.map(({ code, line, column }): readonly Cell[] => [
      label.problems,
      ...[null, null, null],
      `${line} ${code}${column === null ? '' : ` ${column}`}`,
    ]),
  ];
}

function sumCells({ count, sum }: CountAndSum): readonly [Cell, Cell] {
  return [count, { fen: sum }];
}

/** A day as people write it. */
export function dayCell(day: BeijingDay): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/** A time in Beijing. */
export function timeCell(at: Instant): string {
  return formatBeijing(at, 'YYYY-MM-DD HH:mm:ss');
}
