import { DISCREPANCY_CLASSES, type Discrepancy } from '../../model/discrepancy';
import { CSV_MARK, csvLine, csvNumber, type CsvCell } from '../../values/csv';
import { fenToYuan } from '../../values/fen';
import { sideCell } from '../../values/yuan';
import { formatBeijing, type Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import type { CountAndSum, RunTally, StatementRun } from '../../model/statement-run';

const REPORT_COLUMNS = ['section', 'item', 'count', 'yuan', 'detail'];

/**
 * A run as a CSV file for a spreadsheet, one figure per line: the run and its file, counts and sums
 * of both sides, what was repaired, carried over and found by class, and excluded rows. Amounts in
 * yuan, times in Beijing time.
 */
export function runCsv({ subMchId, day, round, work }: StatementRun): string {
  const tally = work.state === 'waiting' ? null : work.state === 'done' ? work.report.tally : work.tally;
  const about = (item: string, detail: CsvCell): readonly CsvCell[] => ['run', item, null, null, detail];
  const lines: (readonly CsvCell[])[] = [
    REPORT_COLUMNS,
    about('merchant', csvNumber(subMchId)),
    about('day', day),
    about('round', round),
    about('state', work.state),
  ];
  if (work.state === 'waiting') lines.push(about('waits_for', work.reason), about('why', work.detail));
  if (work.state === 'done') {
    const { outcome, refusal, statement, file, finishedAt, workedMs } = work.report;
    lines.push(
      about('outcome', outcome),
      about('refusal', refusal),
      about('finished_at', timeOf(finishedAt)),
      about('worked_ms', workedMs),
      about('statement_type', statement?.type ?? null),
      about('statement_rows', statement?.rows ?? null),
      about('statement_sha1', statement?.sha1 ?? null),
      about('file', file?.location ?? null),
      about('file_bytes', file?.bytes ?? null),
      about('file_sha256', file?.sha256 ?? null),
    );
  }
  if (tally !== null) lines.push(...figuresOf(tally));
  return CSV_MARK + lines.map(csvLine).join('');
}

function figuresOf(tally: RunTally): (readonly CsvCell[])[] {
  const figure = (section: string, item: string, { count, sum }: CountAndSum): readonly CsvCell[] => [
    ...[section, item, count],
    ...[fenToYuan(sum), null],
  ];
  const { theirs, problems } = tally;
  const both = (['ours', 'matched', 'repaired', 'carried_over'] as const).flatMap((section) => {
    const sides = section === 'carried_over' ? tally.carriedOver : tally[section];
    return [figure(section, 'payments', sides.payments), figure(section, 'refunds', sides.refunds)];
  });
  return [
    figure('theirs', 'payments', theirs.payments),
    figure('theirs', 'refunds', theirs.refunds),
    figure('theirs', 'revoked', theirs.revoked),
    ['theirs', 'fees', null, fenToYuan(theirs.fees), null],
    ...both,
    ...DISCREPANCY_CLASSES.flatMap((of) => {
      const sum = tally.found[of];
      return sum === undefined ? [] : [figure('found', of, sum)];
    }),
    ['explained', 'by_this_statement', tally.explained, null, null],
    ...Object.entries(tally.setAside).map(([reason, { count, lines }]) => [
      ...['set_aside', reason, count, null],
      `lines ${lines.join(' ')}`,
    ]),
    ...problems.map(({ code, line, column }) => [
      ...['problem', code, null, null],
      `line ${line}${column === null ? '' : ` ${column}`}`,
    ]),
  ];
}

const DIFFERENCE_COLUMNS = [
  'class',
  'out_trade_no',
  'transaction_id',
  'out_refund_no',
  'ours',
  'theirs',
  'first_seen',
  'last_seen',
  'opens_at',
  'resolved_by',
  'resolved_at',
  'reason',
];

/**
 * Discrepancies as CSV lines, with a header unless they continue a file. Amounts in yuan, times in
 * Beijing time.
 */
export function differencesCsv(found: readonly Discrepancy[], continues: boolean): string {
  const header = continues ? '' : CSV_MARK + csvLine(DIFFERENCE_COLUMNS);
  return header + found.map(differenceLine).join('');
}

function differenceLine(one: Discrepancy): string {
  const { subject, resolution } = one;
  const ended =
    resolution === null
      ? [null, null, null]
      : [`${resolution.by} ${resolution.who}`, timeOf(resolution.at), resolution.reason];
  return csvLine([
    one.class,
    subject.kind === 'statement' ? null : csvNumber(subject.outTradeNo),
    subject.kind === 'payment' ? csvNumber(subject.transactionId) : null,
    subject.kind === 'refund' ? csvNumber(subject.outRefundNo) : null,
    sideOf(one.ours),
    sideOf(one.theirs),
    timeOf(one.firstSeenAt),
    timeOf(one.lastSeenAt),
    timeOf(one.opensAt),
    ...ended,
  ]);
}

function sideOf(value: Json): CsvCell {
  return typeof value === 'string' ? csvNumber(value) : sideCell(value);
}

function timeOf(at: Instant): string {
  return formatBeijing(at, 'YYYY-MM-DD HH:mm:ss');
}
