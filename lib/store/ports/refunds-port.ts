import type { Refund, RefundCounts, RefundNote, RefundState } from '../../model/refund';
import type { StatementMark } from '../../model/statement/statement-mark';
import type { Unreadable } from '../../model/unreadable';
import type { OutRefundNo, OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type {
  AbsentQuery,
  AskRequest,
  BookedPart,
  BookedQuery,
  ListedPage,
  MoneyQuery,
  Page,
} from '../requests';
import type { MoneySum } from '../../model/operators/today';

/**
 * The refunds. States reported by WeChat Pay enter by settling. A refund that cannot be read is
 * handled like such an order: left out, its query deferred, and shown by `list` and `raw`.
 */
export interface Refunds {
  /**
   * Stores a new refund. `exists` when the number is taken; nothing changes then. CloudBase: 1
   * request, 2 when it exists.
   */
  create(refund: Refund): Promise<'created' | 'exists'>;

  /** The refunds of these numbers (at most 1000) that exist, in no order. CloudBase: 1 request. */
  find(numbers: readonly OutRefundNo[]): Promise<readonly Refund[]>;

  /** All refunds of an order, first created first. CloudBase: 1 request. */
  ofOrder(outTradeNo: OutTradeNo): Promise<readonly Refund[]>;

  /**
   * Stores what asking WeChat Pay brought, if the version still stands; false if not. CloudBase: 1
   * request.
   */
  note(note: RefundNote): Promise<boolean>;

  /**
   * As `Orders.claimAsks`, for refunds that are requested, processing or abnormal. CloudBase: the
   * same.
   */
  claimAsks(request: AskRequest): Promise<readonly Refund[]>;

  /** As `Orders.isAskDue`, for the refunds that `claimAsks` claims. CloudBase: 1 request. */
  isAskDue(now: Instant): Promise<boolean>;

  /** As `Orders.markStatement`. CloudBase: 1 request, 0 for no numbers. */
  markStatement(numbers: readonly OutRefundNo[], mark: StatementMark): Promise<void>;

  /**
   * As `Orders.absent`, for refunds that succeeded, by WeChat Pay's time of success or, where it
   * gave none, by when we learned of it. CloudBase: 1 request, and 1 more when it found any.
   */
  absent(query: AbsentQuery): Promise<Page<Refund>>;

  /** As `Orders.booked`, for the refunds that `absent` goes by. CloudBase: the same. */
  booked(query: BookedQuery): Promise<BookedPart>;

  /**
   * Refunds, newest created first (ties by number, descending), all or of one state, `limit` (1 to
   * 1000) per page. A refund that cannot be read is on the page too, raw. CloudBase: 1 request.
   */
  list(query: {
    readonly state: RefundState | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Refund>>;

  /**
   * What went back in a span, by the time that `absent` goes by. It reads an index of the refunds
   * of that span. CloudBase: 1 request.
   */
  succeededBetween(query: MoneyQuery): Promise<MoneySum>;

  /** As `Orders.raw`. CloudBase: 1 request. */
  raw(outRefundNo: OutRefundNo): Promise<Unreadable | null>;

  /** The number of refunds by state. CloudBase: 3 requests, 6 when more than 1,000 are open. */
  counts(): Promise<RefundCounts>;

  /**
   * How many refunds that were created before this time are still requested or processing.
   * CloudBase: 1 request.
   */
  countOverdue(createdBefore: Instant): Promise<number>;
}
