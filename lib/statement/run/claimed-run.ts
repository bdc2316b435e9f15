import type { HistoryEntry } from '../../model/message';
import { backoffMs } from '../../runtime/backoff';
import { RUN_HISTORY_LINES } from '../../store/history';
import type { Lease } from '../../model/lease';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { StatementDeps } from './deps';
import type { RunWork, StatementRun } from '../../model/statement-run';

/**
 * A run under a claim, and the only way to write it. Every write is refused once somebody else may
 * have it.
 */
export interface ClaimedRun {
  /** As it was written last. */
  readonly current: StatementRun;
  /** False when the claim has run out by our own clock: then nothing more may be done for it. */
  stands(): boolean;
  /** Writes how far it has come and renews the claim. False: somebody else has it. */
  keep(work: RunWork, story?: Story): Promise<boolean>;
  /**
   * Writes it and gives it back, to be worked on again from `dueAt` on. False: somebody else has
   * it.
   */
  giveBack(work: RunWork, dueAt: Instant, story?: Story): Promise<boolean>;
}

/** What a write says beside the work: a line of history, and a next round. */
export interface Story {
  readonly event?: string;
  readonly evidence?: string | null;
  /** Marks of this round must not be taken for those of the rows to come. */
  readonly nextRound?: boolean;
}

/** Takes up a run that was claimed. Throws `TypeError` when it was not. */
export function claimedRun(
  deps: Pick<StatementDeps, 'store' | 'clock' | 'settings' | 'random'>,
  claimed: StatementRun,
): ClaimedRun {
  const { lease } = claimed;
  if (lease === null) throw new TypeError('a run is worked on under a claim only');
  const { token } = lease;
  let current = claimed;
  let until: Instant = lease.until;

  async function write(
    work: RunWork,
    held: Lease | null,
    dueAt: Instant,
    now: Instant,
    story: Story,
  ): Promise<boolean> {
    const { event, evidence = null, nextRound = false } = story;
    const line: HistoryEntry | null =
      event === undefined ? null : { at: now, event, path: 'statement', evidence };
    const next: StatementRun = {
      ...current,
      round: nextRound ? current.round + 1 : current.round,
      dueAt,
      lease: held,
      work,
      history: line === null ? current.history : [...current.history, line].slice(-RUN_HISTORY_LINES),
    };
    if (!(await deps.store.statementRuns.save(token, now, next))) return false;
    current = next;
    until = held?.until ?? now;
    return true;
  }

  return {
    get current() {
      return current;
    },
    stands: () => deps.clock.now() < until,
    keep(work, story = {}) {
      const now = deps.clock.now();
      const renewed = { token, until: later(now, deps.settings.leaseMs) };
      // Should we die over it, it waits before it is tried again, so that a run that kills its
      // worker does not hold up the others.
      const dueAt = later(now, backoffMs(deps.settings.backoff, current.attempts, deps.random()));
      return write(work, renewed, dueAt, now, story);
    },
    giveBack: (work, dueAt, story = {}) => write(work, null, dueAt, deps.clock.now(), story),
  };
}
