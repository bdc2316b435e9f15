import type { Discrepancy, DiscrepancyClass, DiscrepancyId, Resolution } from '../../model/discrepancy';
import type { StatementRunId } from '../../model/statement/statement-run-id';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { ListedPage } from '../requests';

/** The discrepancies. Settling and statement runs open them; they are listed and resolved here. */
export interface Discrepancies {
  /**
   * Stores new ones; of known ones, resolved or not, only updates when they were last seen (never
   * back) and, where `found` names a statement run, which run's bill shows them. CloudBase: at most
   * 2 requests each.
   */
  see(found: readonly Discrepancy[]): Promise<void>;

  /**
   * Open ones (see `isOpen`), latest seen first (ties by id, descending), `limit` (1 to 1000) per
   * page. CloudBase: 1 request.
   */
  listOpen(query: {
    readonly now: Instant;
    /** Absent: all classes. */
    readonly class?: DiscrepancyClass | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Discrepancy>>;

  /**
   * All unresolved ones, carried over ones included, sorted and paged as `listOpen`. CloudBase: 1
   * request.
   */
  listUnresolved(query: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Discrepancy>>;

  /**
   * Carried over ones: neither resolved nor open yet. Sorted by when they open (ties by id), all or
   * of one class, `limit` (1 to 1000) per page. CloudBase: 1 request.
   */
  listCarriedOver(query: {
    readonly now: Instant;
    readonly class?: DiscrepancyClass | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Discrepancy>>;

  /** Resolved ones, all or of one class, sorted and paged as `listOpen`. CloudBase: 1 request. */
  listResolved(query: {
    readonly class?: DiscrepancyClass | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Discrepancy>>;

  /**
   * Those that a run's bill showed, open and resolved, sorted and paged as `listOpen`. CloudBase: 1
   * request.
   */
  listOfRun(query: {
    readonly run: StatementRunId;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Discrepancy>>;

  /** One discrepancy, or null. CloudBase: 1 request. */
  find(id: DiscrepancyId): Promise<Discrepancy | null>;

  /** All discrepancies of an order, open and resolved. CloudBase: 1 request. */
  ofOrder(outTradeNo: OutTradeNo): Promise<readonly Discrepancy[]>;

  /**
   * Resolves unresolved ones (at most 1000). Returns how many it resolved. CloudBase: 1 request.
   */
  resolve(ids: readonly DiscrepancyId[], resolution: Resolution): Promise<number>;

  /** How many were resolved by this `who`. CloudBase: 1 request. */
  countResolvedBy(who: string): Promise<number>;

  /** How many are open. CloudBase: 1 request. */
  countOpen(now: Instant): Promise<number>;

  /**
   * How many are open, by class; classes without any may be absent. CloudBase: 1 request, and from
   * 1000 open ones 1 more for each class.
   */
  countOpenByClass(now: Instant): Promise<Readonly<Partial<Record<DiscrepancyClass, number>>>>;
}
