import type { Discrepancy, DiscrepancyClass, DiscrepancyState } from '../../model/discrepancy';
import type { StatementRun } from '../../model/statement/statement-run';
import { isFen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import { isRecord, type Json } from '../../values/json';
import { idCell, type Cell } from '../../values/sheet';
import { sideText } from '../../values/yuan';
import { dayCell, timeCell } from './day-sheet';
import type { ReportWords } from './report-words';

/** The header of `discrepancyRow`. */
export function discrepancyHeader({ label }: ReportWords): readonly Cell[] {
  return [
    label.day,
    label.merchant,
    label.class,
    label.order,
    label.transaction,
    label.refund,
    label.theirs,
    label.ours,
    label.standing,
    label.opensAt,
    label.firstSeen,
    label.lastSeen,
    label.resolvedBy,
    label.resolvedAt,
    label.reason,
  ];
}

/**
 * A discrepancy of a day's run as a row. `label.opensAt` is empty unless it is carried over.
 * Amounts are numbers, states are words, times are Beijing times.
 */
export function discrepancyRow(
  words: ReportWords,
  { subMchId, day }: Pick<StatementRun, 'subMchId' | 'day'>,
  one: Discrepancy,
  now: Instant,
): readonly Cell[] {
  const { subject, resolution } = one;
  const standing = standingOf(one, now);
  return [
    dayCell(day),
    idCell(subMchId),
    words.class[one.class],
    subject.kind === 'statement' ? null : idCell(subject.outTradeNo),
    subject.kind === 'payment' ? idCell(subject.transactionId) : null,
    subject.kind === 'refund' ? idCell(subject.outRefundNo) : null,
    sideCellOf(words, one.class, one.theirs),
    sideCellOf(words, one.class, one.ours),
    words.standing[standing],
    standing === 'carried_over' ? timeCell(one.opensAt) : null,
    timeCell(one.firstSeenAt),
    timeCell(one.lastSeenAt),
    ...(resolution === null
      ? [null, null, null]
      : [`${words.endedBy[resolution.by]} · ${resolution.who}`, timeCell(resolution.at), resolution.reason]),
  ];
}

/** How a discrepancy stands at `now`. */
export function standingOf(one: Pick<Discrepancy, 'resolution' | 'opensAt'>, now: Instant): DiscrepancyState {
  if (one.resolution !== null) return 'resolved';
  return one.opensAt > now ? 'carried_over' : 'open';
}

/** One side of a discrepancy of a class in words: an amount in yuan, a state by its name. */
export function sideInWords(words: ReportWords, discrepancyClass: DiscrepancyClass, value: Json): string {
  if (typeof value === 'string') {
    return wordOf(discrepancyClass.startsWith('refund_') ? words.refund : words.payment, value) ?? value;
  }
  if (!isRecord(value)) return sideText(value);
  // Both name our order's payment, whose state says what is to be said.
  const isOfOrder = discrepancyClass === 'duplicate_payment' || discrepancyClass === 'paid_after_close';
  if (isOfOrder && typeof value['state'] === 'string')
    return sideInWords(words, discrepancyClass, value['state']);
  if (typeof value['reason'] === 'string') {
    const reason = wordOf(words.hold, value['reason']);
    if (reason !== null) return reason;
  }
  return Object.entries(value)
    .map(([name, inner]) =>
      `${fieldName(words, discrepancyClass, name)} ${innerText(words, discrepancyClass, inner)}`.trim(),
    )
    .join(', ');
}

function innerText(words: ReportWords, discrepancyClass: DiscrepancyClass, value: Json): string {
  return isRecord(value) ? sideInWords(words, discrepancyClass, value) : sideText(value);
}

function fieldName({ field, aside }: ReportWords, discrepancyClass: DiscrepancyClass, name: string): string {
  return (
    (discrepancyClass === 'excluded_rows' ? wordOf(aside, name) : null) ??
    wordOf(field, name) ??
    name.replaceAll('_', ' ')
  );
}

function sideCellOf(words: ReportWords, discrepancyClass: DiscrepancyClass, value: Json): Cell {
  if (value === null) return null;
  if (isFen(value)) return { fen: value };
  const text = sideInWords(words, discrepancyClass, value);
  return text === value ? { id: text } : text;
}

function wordOf(texts: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(texts, name) ? (texts[name] ?? null) : null;
}
