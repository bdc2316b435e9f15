import type { Discrepancy, DiscrepancyClass, DiscrepancySubject } from '../../model/discrepancy';
import { discrepancyId } from '../../model/discrepancy';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import type { DaySpan } from './calendar';
import { carriedUntil, spanOf } from './calendar';
import type { RateMillionths } from '../../values/fee-rate';
import type { StatementMark } from '../../model/statement-mark';
import { NAMED_ONLY } from '../../model/statement-mark';
import type { StatementRun } from '../../model/statement-run';
import { statementRunId } from '../../model/statement-run-id';
import type { StatementSettings } from './settings';
import type { TallyDraft } from '../compare/tally';
import { addFound, LISTED_PER_CLASS, listedSoFar } from '../compare/tally';

/**
 * What the rows of one run are judged by: whose they must be, of which day, and what was agreed.
 */
export interface RunContext {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly round: number;
  readonly span: DaySpan;
  readonly feeRate: RateMillionths | null;
  /** When what is absent from the statement stops being carried over. */
  readonly carriedUntil: Instant;
}

/** The frame of a run. */
export function runContextOf(
  { subMchId, day, round }: StatementRun,
  settings: StatementSettings,
): RunContext {
  const merchant = settings.merchants.find((one) => one.subMchId === subMchId);
  return {
    subMchId,
    day,
    round,
    span: spanOf(day),
    feeRate: merchant?.feeRate ?? null,
    carriedUntil: carriedUntil(day, settings),
  };
}

/** The mark of a chunk that begins with this line. */
export function markOf({ day, round }: RunContext, chunk: number): StatementMark {
  return { day, round, chunk };
}

/**
 * True for a mark that this run has set in an earlier chunk than the one that begins with this
 * line.
 */
export function isFromEarlierChunk(frame: RunContext, mark: StatementMark | null, chunk: number): boolean {
  return isOfThisRun(frame, mark) && mark.chunk !== NAMED_ONLY && mark.chunk < chunk;
}

/** True for a mark that only says that a row of this run's statement names the order. */
export function isNamedOnly(frame: RunContext, mark: StatementMark | null): boolean {
  return isOfThisRun(frame, mark) && mark.chunk === NAMED_ONLY;
}

function isOfThisRun({ day, round }: RunContext, mark: StatementMark | null): mark is StatementMark {
  return mark !== null && mark.day === day && mark.round === round;
}

/** A disagreement as a run comes upon it. */
export interface Disagreement {
  readonly class: DiscrepancyClass;
  readonly subject: DiscrepancySubject;
  readonly ours: Json;
  readonly theirs: Json;
  /** What it is about, in fen. */
  readonly amount: number;
}

/** A disagreement as it is written down. It counts as open from `opensAt` on. */
export function discrepancyOf(
  frame: RunContext,
  found: Disagreement,
  now: Instant,
  opensAt = now,
): Discrepancy {
  return {
    id: discrepancyId(found.class, found.subject),
    class: found.class,
    subject: found.subject,
    ours: found.ours,
    theirs: found.theirs,
    path: 'statement',
    statementRun: statementRunId(frame.subMchId, frame.day),
    firstSeenAt: now,
    lastSeenAt: now,
    opensAt,
    resolution: null,
  };
}

/**
 * Counts a disagreement, and answers what to write down: nothing once there are too many of its
 * class.
 */
export function count(
  draft: TallyDraft,
  frame: RunContext,
  found: Disagreement,
  now: Instant,
): readonly Discrepancy[] {
  const listed = listedSoFar(draft, found.class) < LISTED_PER_CLASS;
  addFound(draft, found.class, found.amount);
  return listed ? [discrepancyOf(frame, found, now)] : [];
}
