import type { DiscrepancyId, Resolution } from '../../model/discrepancy';
import type { LedgerOrder } from '../../model/order';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { ClaimedRun } from './claimed-run';
import type { Unresolved } from '../compare/explain';
import type { RunContext } from './run-context';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type {
  Checkpoint,
  ProvedStatement,
  RunTally,
  RunWork,
  StatementRun,
} from '../../model/statement/statement-run';
import type { Invocation } from './invocation';

/** A run in the comparing state: its rows or absent records are being compared. */
export interface Matching {
  readonly invocation: Invocation;
  readonly claim: ClaimedRun;
  readonly context: RunContext;
  readonly file: ArchivedFile | null;
  readonly statement: ProvedStatement | null;
  /** When this invocation started on it, and how long earlier ones worked. */
  readonly worked: { readonly since: Instant; readonly beforeMs: number };
  /** Progress whose effects are all done. */
  progress: Progress;
}

/** A checkpoint and its tally. */
export interface Progress {
  readonly checkpoint: Checkpoint;
  readonly tally: RunTally;
}

/**
 * How a pass ended. `done`: complete. `time`: the invocation's time is over. `busy`: another worker
 * processes a message we need. `changed`: the archive returned other bytes than were verified.
 * `lost`: another worker holds the run.
 */
export type PassEnd = 'done' | 'time' | 'busy' | 'changed' | 'lost';

/** The run's state at its last checkpoint. */
export function workOf(matching: Matching): RunWork {
  const { file, statement, progress } = matching;
  return { state: 'matching', file, statement, ...progress, workedMs: workedMs(matching) };
}

/** How long this run was worked on, in ms, over all invocations. */
export function workedMs({ worked, invocation }: Matching): number {
  return worked.beforeMs + Math.max(0, invocation.deps.clock.now() - worked.since);
}

/**
 * The name under which this run resolves discrepancies. The same for all rounds, so that they count
 * the same.
 */
export function explainer({ id }: StatementRun): string {
  return id;
}

/** Names one round of a run, as evidence. */
export function roundName({ id, round }: StatementRun): string {
  return `${id}#${round}`;
}

/** Reads our ledger's entries of these orders. Rejects with `LeaseLost`. */
export async function readLedger(
  { invocation, claim }: Matching,
  numbers: Iterable<OutTradeNo>,
): Promise<Map<OutTradeNo, LedgerOrder>> {
  const books = new Map<OutTradeNo, LedgerOrder>();
  for (const some of batchesOf1000([...new Set(numbers)])) {
    await claim.hold();
    for (const order of await invocation.deps.store.orders.ledger(some)) books.set(order.outTradeNo, order);
  }
  return books;
}

/** Resolves what this run's bill explains, in the name of this run and round. */
export async function resolveExplained(
  { invocation, claim, context }: Matching,
  ids: readonly DiscrepancyId[],
  unresolved: Unresolved,
): Promise<void> {
  const resolution: Resolution = {
    by: 'auto',
    who: explainer(claim.current),
    reason: `found in the bill of ${context.day} (round ${context.round})`,
    at: invocation.deps.clock.now(),
  };
  for (const some of batchesOf1000(ids)) {
    await claim.hold();
    await invocation.deps.store.discrepancies.resolve(some, resolution);
  }
  unresolved.remove(ids);
}

/** Splits a list into batches for one request each. */
export function batchesOf1000<Item>(all: readonly Item[]): readonly (readonly Item[])[] {
  const parts: (readonly Item[])[] = [];
  for (let from = 0; from < all.length; from += 1_000) parts.push(all.slice(from, from + 1_000));
  return parts;
}
