import type { Discrepancy, DiscrepancyClass, DiscrepancySubject } from '../../model/discrepancy';
import { discrepancyId } from '../../model/discrepancy';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import type { DaySpan } from './calendar';
import { carriedUntil, spanOf } from './calendar';
import type { RateMillionths } from '../../values/fee-rate';
import type { StatementMark } from '../../model/statement/statement-mark';
import { NAMED_ONLY } from '../../model/statement/statement-mark';
import type { StatementRun } from '../../model/statement/statement-run';
import { statementRunId } from '../../model/statement/statement-run-id';
import type { StatementSettings } from './settings';
import type { TallyDraft } from '../compare/tally';
import { addFound, LISTED_PER_CLASS, listedSoFar } from '../compare/tally';

/** The fixed inputs of one run: merchant, day, agreed fee rate. */
export interface RunContext {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly round: number;
  readonly span: DaySpan;
  readonly feeRate: RateMillionths | null;
  /** When absent records stop being carried over. */
  readonly carriedUntil: Instant;
}

/** Builds the context of a run. */
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

/** The mark of a chunk that starts at this line. */
export function markOf({ day, round }: RunContext, chunk: number): StatementMark {
  return { day, round, chunk };
}

/** True for a mark that this run set in a chunk before the one that starts at this line. */
export function isFromEarlierChunk(context: RunContext, mark: StatementMark | null, chunk: number): boolean {
  return isOfThisRun(context, mark) && mark.chunk !== NAMED_ONLY && mark.chunk < chunk;
}

/** True for a mark that only says that this run's bill names the order. */
export function isNamedOnly(context: RunContext, mark: StatementMark | null): boolean {
  return isOfThisRun(context, mark) && mark.chunk === NAMED_ONLY;
}

function isOfThisRun({ day, round }: RunContext, mark: StatementMark | null): mark is StatementMark {
  return mark !== null && mark.day === day && mark.round === round;
}

/** A discrepancy as a run finds it. */
export interface FoundDiscrepancy {
  readonly class: DiscrepancyClass;
  readonly subject: DiscrepancySubject;
  readonly ours: Json;
  readonly theirs: Json;
  /** What it is about, in fen; see `FoundSum`. */
  readonly amount: number;
  /** How much of the row's difference it carries, in fen; see `FoundSum`. */
  readonly difference: number;
}

/** The discrepancy to store. It is open from `opensAt`. */
export function discrepancyOf(
  context: RunContext,
  found: FoundDiscrepancy,
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
    statementRun: statementRunId(context.subMchId, context.day),
    firstSeenAt: now,
    lastSeenAt: now,
    opensAt,
    resolution: null,
  };
}

/** Counts a discrepancy and returns what to store: nothing beyond the limit of its class. */
export function count(
  draft: TallyDraft,
  context: RunContext,
  found: FoundDiscrepancy,
  now: Instant,
): readonly Discrepancy[] {
  const listed = listedSoFar(draft, found.class) < LISTED_PER_CLASS;
  addFound(draft, found.class, found.amount, found.difference);
  return listed ? [discrepancyOf(context, found, now)] : [];
}
