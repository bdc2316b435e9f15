import type { Budget } from '../../runtime/budget';
import { errorText } from '../../runtime/error-text';
import { later } from '../../values/instant';
import type { Instant } from '../../values/instant';
import type { ClaimedRun } from './claimed-run';
import { claimedRun } from './claimed-run';
import type { StatementDeps } from './deps';
import { failedUntil } from './download';
import { openMissingRuns, tryAgain } from './open-runs';
import type { Checkpoint, StatementReport, StatementRun, WaitReason } from '../../model/statement-run';
import type { Turn } from './turn';
import { beginTurn } from './turn';
import { workOn } from './work';

/** What a turn made of one run. */
export type RunSummary = Pick<StatementRun, 'id' | 'subMchId' | 'day' | 'round'> &
  (
    | { readonly state: 'done'; readonly report: StatementReport }
    | {
        readonly state: 'waiting';
        readonly reason: WaitReason;
        readonly detail: string | null;
        readonly dueAt: Instant;
      }
    | { readonly state: 'matching'; readonly checkpoint: Checkpoint; readonly dueAt: Instant }
    /** Somebody else has it by now. */
    | { readonly state: 'lost' }
    /** It broke off, and is as it was written last. */
    | { readonly state: 'failed'; readonly error: string }
  );

/** What one turn did. */
export interface StatementTurnReport {
  /** Days that had no run and have one now. */
  readonly opened: number;
  /** Runs that had ended without a file that proves anything, and are tried again. */
  readonly triedAgain: number;
  /** The runs that were worked on, in order. */
  readonly runs: readonly RunSummary[];
}

/**
 * Reconciles the statements of all merchants, as far as one turn comes: opens a run for every day
 * that lacks one, takes up the earliest that is due, and goes on until none is due or the budget is
 * spent. Several turns at once are safe: a run is worked on under a claim, and its work is written
 * under that claim only.
 *
 * A run that breaks off is put back with backoff and does not hold up the others. Rejects with a
 * `StoreError` when the store cannot open, claim or put back.
 */
export async function reconcileStatement(deps: StatementDeps, budget: Budget): Promise<StatementTurnReport> {
  const turn = beginTurn(deps, budget);
  const opened = await openMissingRuns(deps);
  const triedAgain = await tryAgain(deps);
  const runs: RunSummary[] = [];
  while (turn.mayBegin()) {
    const now = deps.clock.now();
    const run = await deps.store.statementRuns.claim({
      token: deps.newToken(),
      now,
      leaseUntil: later(now, deps.settings.leaseMs),
    });
    if (run === null) break;
    runs.push(await takeTurn(turn, claimedRun(deps, run)));
  }
  return { opened, triedAgain, runs };
}

async function takeTurn(turn: Turn, claim: ClaimedRun): Promise<RunSummary> {
  const { deps } = turn;
  const { id, subMchId, day, round } = claim.current;
  const about = { id, subMchId, day, round };
  try {
    if (await workOn(turn, claim)) return summaryOf(claim.current);
  } catch (error) {
    const { work } = claim.current;
    const text = errorText(error);
    deps.log.error('statement_failed', { outTradeNo: null, run: id, error: text });
    const dueAt = failedUntil(claim.current, deps.settings, deps.clock.now(), deps.random());
    if (await claim.giveBack(work, dueAt)) return { ...about, state: 'failed', error: text };
  }
  deps.log.warn('statement_lease_lost', { outTradeNo: null, run: id });
  return { ...about, state: 'lost' };
}

function summaryOf({ id, subMchId, day, round, dueAt, work }: StatementRun): RunSummary {
  const about = { id, subMchId, day, round };
  switch (work.state) {
    case 'done':
      return { ...about, state: 'done', report: work.report };
    case 'waiting':
      return { ...about, state: 'waiting', reason: work.reason, detail: work.detail, dueAt };
    case 'matching':
      return { ...about, state: 'matching', checkpoint: work.checkpoint, dueAt };
  }
}
