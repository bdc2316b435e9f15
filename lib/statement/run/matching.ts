import type { DiscrepancyId, Resolution } from '../../model/discrepancy';
import type { LedgerOrder } from '../../model/order';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { ClaimedRun } from './claimed-run';
import type { Unresolved } from '../compare/explain';
import type { RunContext } from './run-context';
import type {
  ArchivedFile,
  Checkpoint,
  ProvedStatement,
  RunTally,
  RunWork,
  StatementRun,
} from '../../model/statement-run';
import type { Turn } from './turn';

/** A run whose rows, or absent payments, are being gone over. */
export interface Matching {
  readonly turn: Turn;
  readonly claim: ClaimedRun;
  readonly frame: RunContext;
  readonly file: ArchivedFile | null;
  readonly statement: ProvedStatement | null;
  /** When this turn took it up, and how long earlier turns had worked on it. */
  readonly worked: { readonly since: Instant; readonly beforeMs: number };
  /** How far it has come, all effects of it done. */
  progress: Progress;
}

/** A checkpoint and the tally that belongs to it. */
export interface Progress {
  readonly checkpoint: Checkpoint;
  readonly tally: RunTally;
}

/**
 * How going over something ended. `done`: to its end. `time`: the turn is over. `busy`: somebody
 * else has a message of ours in hand. `changed`: the archive gave other bytes back than were
 * proved. `lost`: somebody else has the run.
 */
export type PassEnd = 'done' | 'time' | 'busy' | 'changed' | 'lost';

/** The run's work at its last checkpoint. */
export function workOf(matching: Matching): RunWork {
  const { file, statement, progress } = matching;
  return { state: 'matching', file, statement, ...progress, workedMs: workedMs(matching) };
}

/** How long this run was worked on, in ms, all turns together. */
export function workedMs({ worked, turn }: Matching): number {
  return worked.beforeMs + Math.max(0, turn.deps.clock.now() - worked.since);
}

/** Who ends what this run explains. One name for all rounds, so that they count the same. */
export function explainer({ id }: StatementRun): string {
  return id;
}

/** The name of one round of a run, as evidence. */
export function roundName({ id, round }: StatementRun): string {
  return `${id}#${round}`;
}

/** What our ledger holds of these orders. */
export async function readLedger(
  { turn }: Matching,
  numbers: Iterable<OutTradeNo>,
): Promise<Map<OutTradeNo, LedgerOrder>> {
  const books = new Map<OutTradeNo, LedgerOrder>();
  for (const some of inThousands([...new Set(numbers)])) {
    for (const order of await turn.deps.store.orders.ledger(some)) books.set(order.outTradeNo, order);
  }
  return books;
}

/** Ends what this run's statement explains, by this run and round. */
export async function resolveExplained(
  { turn, claim, frame }: Matching,
  ids: readonly DiscrepancyId[],
  unresolved: Unresolved,
): Promise<void> {
  const resolution: Resolution = {
    by: 'auto',
    who: explainer(claim.current),
    reason: `the statement of ${frame.day} has it (round ${frame.round})`,
    at: turn.deps.clock.now(),
  };
  for (const some of inThousands(ids)) await turn.deps.store.discrepancies.resolve(some, resolution);
  unresolved.remove(ids);
}

/** Cuts a list into what one request takes. */
export function inThousands<Item>(all: readonly Item[]): readonly (readonly Item[])[] {
  const parts: (readonly Item[])[] = [];
  for (let from = 0; from < all.length; from += 1_000) parts.push(all.slice(from, from + 1_000));
  return parts;
}
