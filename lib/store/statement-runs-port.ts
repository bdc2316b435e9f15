import type { StatementRun } from '../model/statement-run';
import type { StatementRunId } from '../model/statement-run-id';
import type { BeijingDay } from '../values/day';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { LeaseToken } from '../model/lease';
import type { ClaimRequest, Page } from './requests';

/** The runs that reconcile statements, one per merchant and day. */
export interface StatementRuns {
  /** Stores a new run; `exists` when its merchant and day have one, and then nothing changes. CloudBase: 1 request. */
  open(run: StatementRun): Promise<'created' | 'exists'>;

  /**
   * Leases one run that is not done, is due at `now` and not under a living lease, the earliest day first, counting an attempt.
   * It comes back as it is after the claim; null when nothing is due. CloudBase: 1 request when nothing is due, else 2, or 3 when
   * somebody else claims at the same time.
   */
  claim(request: Omit<ClaimRequest, 'limit'>): Promise<StatementRun | null>;

  /**
   * Writes a claimed run as it is now, its lease included (null gives it back), if the token and its time still stand. Answers
   * false if they do not: nothing was written, somebody else has the run. CloudBase: 1 request.
   */
  save(token: LeaseToken, now: Instant, run: StatementRun): Promise<boolean>;

  /** Begins a done run again: waiting, due at `now`, next round, with a line of history naming `who`. False if it was not done. CloudBase: 2 requests. */
  again(id: StatementRunId, who: string, now: Instant): Promise<boolean>;

  /** One run, or null. CloudBase: 1 request. */
  find(id: StatementRunId): Promise<StatementRun | null>;

  /** The days from `from` on that this merchant has a run for. CloudBase: 1 request. */
  daysOf(subMchId: SubMchId, from: BeijingDay): Promise<readonly BeijingDay[]>;

  /** Runs, latest day first (ties by id, descending), `limit` (1 to 1000) per page. CloudBase: 1 request. */
  list(query: { readonly after: string | null; readonly limit: number }): Promise<Page<StatementRun>>;

  /**
   * Done runs of days before `before`, earliest day first (ties by id), `limit` (1 to 1000) per page. Pages skip none while those of
   * earlier pages are removed. CloudBase: 1 request.
   */
  doneBefore(query: {
    readonly before: BeijingDay;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<StatementRun>>;

  /** Removes a run that is done and of this round. False if it is not. CloudBase: 1 request. */
  remove(id: StatementRunId, round: number): Promise<boolean>;
}
