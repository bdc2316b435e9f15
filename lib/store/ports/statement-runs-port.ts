import type { DayCash } from '../../model/statement/cash';
import type { GivenBill, StatementRun } from '../../model/statement/statement-run';
import type { StatementRunId } from '../../model/statement/statement-run-id';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { LeaseToken } from '../../model/lease';
import type { ClaimRequest, ListedPage, Page } from '../requests';

/** The statement runs, one per merchant and day. */
export interface StatementRuns {
  /**
   * Stores a new run. `exists` when its merchant and day have one; nothing changes then. CloudBase:
   * 1 request, 2 when it exists.
   */
  open(run: StatementRun): Promise<'created' | 'exists'>;

  /** Whether `claim` would find a run that is due and not leased. CloudBase: 1 request. */
  isDue(now: Instant): Promise<boolean>;

  /**
   * Leases one run that is not done, is due at `now` and not leased, the earliest day first, and
   * counts an attempt. Returns it as it is after the claim; null when nothing is due. CloudBase: 1
   * request when nothing is due, else 2, or 3 with a concurrent claim.
   */
  claim(request: Omit<ClaimRequest, 'limit'>): Promise<StatementRun | null>;

  /**
   * Writes a claimed run with its lease (null returns it), if the token and the lease still stand.
   * False if not: nothing was written, and another worker has the run. CloudBase: 1 request.
   */
  save(token: LeaseToken, now: Instant, run: StatementRun): Promise<boolean>;

  /**
   * Writes a run's cash, also while a worker holds the run and in whatever state it is, if the
   * stored cash has the version `expected`; 0 means that none is stored. False if not: nothing was
   * written. CloudBase: 1 request.
   */
  saveCash(id: StatementRunId, expected: number, cash: DayCash): Promise<boolean>;

  /**
   * Restarts a done run: waiting, due at `now`, next round, with a history entry naming `who`, and
   * with the bill that is `given` by hand, or else the valid one that it was last compared with.
   * Returns that round, or null when the run was not done. CloudBase: 2 requests.
   */
  again(id: StatementRunId, who: string, now: Instant, given?: GivenBill): Promise<number | null>;

  /** One run, or null. CloudBase: 1 request. */
  find(id: StatementRunId): Promise<StatementRun | null>;

  /** The days from `from` on for which this merchant has a run. CloudBase: 1 request. */
  daysOf(subMchId: SubMchId, from: BeijingDay): Promise<readonly BeijingDay[]>;

  /**
   * Runs, latest day first (ties by id, descending), `limit` (1 to 1000) per page. CloudBase: 1
   * request.
   */
  list(query: { readonly after: string | null; readonly limit: number }): Promise<ListedPage<StatementRun>>;

  /**
   * Done runs of days before `before`, earliest day first (ties by id), `limit` (1 to 1000) per
   * page. Pages skip none while runs of earlier pages are removed. CloudBase: 1 request.
   */
  doneBefore(query: {
    readonly before: BeijingDay;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<StatementRun>>;

  /** Removes a run that is done and of this round. False if it is not. CloudBase: 1 request. */
  remove(id: StatementRunId, round: number): Promise<boolean>;
}
