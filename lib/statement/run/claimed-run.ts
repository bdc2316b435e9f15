import { withLine, type RunEntry } from '../../model/history';
import { backoffMs } from '../../runtime/backoff';
import { RUN_HISTORY_LINES } from '../../store/history';
import type { Lease } from '../../model/lease';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { StatementDeps } from './deps';
import type { RunWork, StatementRun } from '../../model/statement/statement-run';

/**
 * A claimed run, and the only way to write it. Every write fails once another worker may hold the
 * run.
 */
export interface ClaimedRun {
  /** The run as last written. */
  readonly current: StatementRun;
  /**
   * False once the lease has expired by our own clock: then nothing more may be done for the run.
   */
  isValid(): boolean;
  /**
   * Renews the lease once a third of it is used. Called before every request or few of a chunk, so
   * that a chunk may take longer than the lease on a slow disk, and only then writes. The run stays
   * as it was last written. Rejects with `LeaseLost`.
   */
  hold(): Promise<void>;
  /** Saves progress and renews the lease. False: another worker holds the run. */
  keep(work: RunWork, note?: HistoryNote): Promise<boolean>;
  /**
   * Saves the run and releases it; it is due again at `dueAt`. False: another worker holds the run.
   */
  giveBack(work: RunWork, dueAt: Instant, note?: HistoryNote): Promise<boolean>;
}

/** The lease has expired, or another worker holds the run: nothing more may be done for it. */
export class LeaseLost extends Error {
  constructor() {
    super('another worker may hold the run');
    this.name = 'LeaseLost';
  }
}

/** What the worker's own lines say. */
type RunNote = Extract<RunEntry, { path: 'statement' }>;

/**
 * What a write records beside the work; null for nothing. `file_refused` counts a refused download,
 * and `file_changed` and `compared_again` begin the next round, so that marks of this one are not
 * taken for marks of rows to come.
 */
export type HistoryNote = NoteOf<RunNote> | null;

type NoteOf<Line> = Line extends RunNote ? Pick<Line, 'event' | 'evidence'> : never;

/** Wraps a claimed run. Throws `TypeError` when it has no lease. */
export function claimedRun(
  deps: Pick<StatementDeps, 'store' | 'clock' | 'settings' | 'random'>,
  claimed: StatementRun,
): ClaimedRun {
  const { lease } = claimed;
  if (lease === null) throw new TypeError('a run without a lease cannot be worked on');
  const { token } = lease;
  let current = claimed;
  let until: Instant = lease.until;

  async function write(
    work: RunWork,
    held: Lease | null,
    dueAt: Instant,
    now: Instant,
    note: HistoryNote,
  ): Promise<boolean> {
    const written: StatementRun = { ...current, ...countersAfter(current, note), dueAt, lease: held, work };
    const next =
      note === null ? written : withLine(written, { at: now, path: 'statement', ...note }, RUN_HISTORY_LINES);
    if (!(await deps.store.statementRuns.save(token, now, next))) return false;
    current = next;
    until = held?.until ?? now;
    return true;
  }

  function keep(work: RunWork, note: HistoryNote = null): Promise<boolean> {
    const now = deps.clock.now();
    const renewed = { token, until: later(now, deps.settings.leaseMs) };
    // If this worker dies, the run waits before the next try, so that a run that kills its worker
    // does not delay the others.
    const dueAt = later(now, backoffMs(deps.settings.backoff, current.attempts, deps.random()));
    return write(work, renewed, dueAt, now, note);
  }

  return {
    get current() {
      return current;
    },
    isValid: () => deps.clock.now() < until,
    async hold() {
      const left = until - deps.clock.now();
      if (left * 3 > deps.settings.leaseMs * 2) return;
      if (left <= 0 || !(await keep(current.work))) throw new LeaseLost();
    },
    keep,
    giveBack: (work, dueAt, note = null) => write(work, null, dueAt, deps.clock.now(), note),
  };
}

/** The counters of a run after this note. */
function countersAfter(
  { round, refusedDownloads }: StatementRun,
  note: HistoryNote,
): Pick<StatementRun, 'round' | 'refusedDownloads'> {
  if (note?.event === 'file_changed' || note?.event === 'compared_again') {
    return { round: round + 1, refusedDownloads: 0 };
  }
  if (note?.event === 'file_refused') return { round, refusedDownloads: refusedDownloads + 1 };
  return { round, refusedDownloads };
}
