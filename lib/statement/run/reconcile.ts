import type { Budget } from '../../runtime/budget';
import { errorText } from '../../runtime/error-text';
import { later } from '../../values/instant';
import type { Instant } from '../../values/instant';
import { watchPauses } from '../../store/pauses';
import type { ClaimedRun } from './claimed-run';
import { claimedRun, LeaseLost } from './claimed-run';
import type { StatementDeps } from './deps';
import { retryAt } from './download';
import { workOnCash } from '../cash/work';
import { openMissingRuns, reopenRuns } from './open-runs';
import type {
  Checkpoint,
  StatementReport,
  StatementRun,
  WaitReason,
} from '../../model/statement/statement-run';
import type { Invocation } from './invocation';
import { startInvocation } from './invocation';
import { workOn } from './work';

/** What an invocation did with one run. */
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
    /** Another worker holds it. */
    | { readonly state: 'lost' }
    /** It failed, and is as last written. */
    | { readonly state: 'failed'; readonly error: string }
  );

/** What one invocation did. */
export interface StatementTurnReport {
  /** Days for which a run was opened. */
  readonly opened: number;
  /** Runs that ended without a valid bill and were reopened. */
  readonly triedAgain: number;
  /** The runs that were worked on, in order. */
  readonly runs: readonly RunSummary[];
}

/**
 * Reconciles the bills of all merchants, as far as one invocation gets: opens a run for every day
 * that lacks one, claims the earliest due run, and continues until none is due or the budget is
 * spent. Concurrent invocations are safe: a run is worked on, and written, only under a lease.
 *
 * A run that fails is released with backoff and does not delay the others. Rejects with
 * `StoreError` when the store cannot open, claim or release a run.
 *
 * While the worker is paused no day is opened and no run claimed. A paused merchant's days go on:
 * comparing its bill hands out nothing, and books must close.
 *
 * `opens` false: only works on runs that are due, and looks for no day that lacks one, may be tried
 * again, or whose cash is due. Such an invocation without work costs 1 request on CloudBase.
 */
export async function reconcileStatement(
  deps: StatementDeps,
  budget: Budget,
  opens = true,
): Promise<StatementTurnReport> {
  const invocation = startInvocation(deps, budget);
  if (!opens && !(await deps.store.statementRuns.isDue(deps.clock.now()))) return NOTHING_DONE;
  const look = watchPauses(deps, 'reconcileStatement');
  if ((await look()).isPaused) return NOTHING_DONE;
  const opened = opens ? await openMissingRuns(deps) : 0;
  const { begun: triedAgain, latest } = opens ? await reopenRuns(deps) : NOTHING_LISTED;
  const runs: RunSummary[] = [];
  while (invocation.mayStart() && !(await look()).isPaused) {
    const now = deps.clock.now();
    const run = await deps.store.statementRuns.claim({
      token: deps.newToken(),
      now,
      leaseUntil: later(now, deps.settings.leaseMs),
    });
    if (run === null) break;
    runs.push(await workOnRun(invocation, claimedRun(deps, run)));
  }
  await workOnCash(deps, latest, () => invocation.mayStart());
  return { opened, triedAgain, runs };
}

const NOTHING_LISTED: Awaited<ReturnType<typeof reopenRuns>> = {
  begun: 0,
  latest: { runs: [], next: null },
};

const NOTHING_DONE: StatementTurnReport = { opened: 0, triedAgain: 0, runs: [] };

async function workOnRun(invocation: Invocation, claim: ClaimedRun): Promise<RunSummary> {
  const { deps } = invocation;
  const { id, subMchId, day, round } = claim.current;
  const about = { id, subMchId, day, round };
  try {
    if (await workOn(invocation, claim)) return summaryOf(claim.current);
  } catch (error) {
    if (!(error instanceof LeaseLost)) {
      const { work } = claim.current;
      const text = errorText(error);
      deps.log.error('statement_failed', { outTradeNo: null, run: id, error: text });
      const dueAt = retryAt(claim.current, deps.settings, deps.clock.now(), deps.random());
      if (await claim.giveBack(work, dueAt)) return { ...about, state: 'failed', error: text };
    }
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
