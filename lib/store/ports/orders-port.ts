import type { Agreement, AgreeRequest } from '../../model/agreement';
import type { LeaseToken } from '../../model/lease';
import type { LastAnswer, LedgerOrder, Order, OrderCounts, OrderNote, WholeOrder } from '../../model/order';
import type { StatementMark } from '../../model/statement/statement-mark';
import type { Unreadable } from '../../model/unreadable';
import type { OutTradeNo, TransactionId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { FulfilmentFinish } from '../fulfilment-finish';
import type {
  AbsentQuery,
  AskRequest,
  FulfilmentClaimRequest,
  BookedPart,
  BookedQuery,
  LateKind,
  LateOrders,
  LateQuery,
  ListedPage,
  MoneyQuery,
  MoneySpan,
  OpenSpan,
  OrderLookUp,
  Page,
  StuckState,
} from '../requests';
import type { MoneySum } from '../../model/operators/today';

/** What became of a new order. */
export type CreateResult = 'created' | 'exists' | 'transaction_taken';

/**
 * The orders. Each is also the outbox of its own fulfilment.
 *
 * An unreadable order makes no call reject and delays no other: calls omit it, except `list` and
 * `raw`, which show it as it is stored. Its fulfilment goes dead when claimed, and its query is
 * deferred. Once it is repaired, its queries continue and its fulfilment can be retried.
 */
export interface Orders {
  /**
   * Stores a new order. `exists` when the number is taken; no order changes then. One that is paid
   * from the start takes its transaction permanently, as a settlement does: `transaction_taken`
   * when it is another order's, and nothing changes. A paid order whose call ended without an
   * answer may have taken its transaction before it is there; the same call again stores it.
   * CloudBase: 1 request, 2 when it exists; 2 more for a paid order, 4 when it is stored already.
   */
  create(order: WholeOrder): Promise<CreateResult>;

  /** The orders of these numbers (at most 1000) that exist, in no order. CloudBase: 1 request. */
  find(numbers: readonly OutTradeNo[]): Promise<readonly WholeOrder[]>;

  /** The same without their carts, which no decision needs. CloudBase: 1 request. */
  findWithoutCarts(numbers: readonly OutTradeNo[]): Promise<readonly Order[]>;

  /**
   * Changes anything but payment and fulfilment, if the version still stands; false if not.
   * CloudBase: 1 request.
   */
  note(note: OrderNote): Promise<boolean>;

  /**
   * Records on these orders (at most 1000), in whatever state, that WeChat Pay answered `at` that
   * they moved to refund. The earliest such answer stays. It raises the version, so that no earlier
   * decision can fulfil the order. CloudBase: 1 request, 0 for no numbers.
   */
  noteRefundSaid(numbers: readonly OutTradeNo[], at: Instant): Promise<void>;

  /**
   * Leases orders whose fulfilment is due at `now` and not leased, oldest due first, and counts an
   * attempt on each. Returns the orders as they are after the claim. Empty and short results mean
   * what they mean in `Inbox.claim`. Orders of `except` are passed over untouched, and however many
   * they are, the others are found behind them. CloudBase: 2 requests, 3 with a concurrent claim, 1
   * when nothing is due.
   */
  claimFulfilments(request: FulfilmentClaimRequest): Promise<readonly WholeOrder[]>;

  /**
   * Whether any order is held, or due for fulfilment at `now` and not leased. CloudBase: 1 request.
   */
  hasFulfilmentWork(now: Instant): Promise<boolean>;

  /**
   * Starts to fulfil a claimed order: sets `begunAt`. False, with nothing written, when the token
   * or the lease no longer stands, or when the order has changed since the claim, because something
   * was learned since. CloudBase: 1 request.
   */
  beginFulfilment(token: LeaseToken, now: Instant, outTradeNo: OutTradeNo, version: number): Promise<boolean>;

  /**
   * Makes a held order due at `now` if the version still stands: `why` says what explained the
   * hold. False when it was not held or has changed. CloudBase: 1 request.
   */
  liftHold(outTradeNo: OutTradeNo, expectedVersion: number, why: string, now: Instant): Promise<boolean>;

  /**
   * Releases a held order for an operator: due at `now`, with a history entry. Earlier evidence no
   * longer holds it; later evidence may. False when it was not held, or its hold cannot be read.
   * CloudBase: 1 request.
   */
  releaseHold(outTradeNo: OutTradeNo, who: string, why: string, now: Instant): Promise<boolean>;

  /**
   * Ends a claimed fulfilment, with a history entry unless it waits or is returned; `calls` of the
   * outcome replace those of the order. False, with nothing written, when the token or the lease no
   * longer stands. CloudBase: 1 request.
   */
  finishFulfilment(
    token: LeaseToken,
    now: Instant,
    outTradeNo: OutTradeNo,
    finish: FulfilmentFinish,
  ): Promise<boolean>;

  /**
   * Retries a failed fulfilment: due at `now`, attempts at 0, with a history entry naming `who`.
   * False when it was not dead. CloudBase: 1 request.
   */
  retryFulfilment(outTradeNo: OutTradeNo, who: string, now: Instant): Promise<boolean>;

  /**
   * Claims pending orders whose `nextAskAt` has passed, earliest first, and defers each: `asks` +
   * 1, `nextAskAt` by `again`. Returns them as they were before. There is no lease, because a
   * second query is harmless: after a crash the order is queried again at the time set here. The
   * version stays. CloudBase: 1 request, and 1 per distinct number of `asks`.
   */
  claimAsks(request: AskRequest): Promise<readonly Order[]>;

  /**
   * Whether any pending order's `nextAskAt` has passed: what a run that would find nothing asks
   * before anything else. CloudBase: 1 request.
   */
  isAskDue(now: Instant): Promise<boolean>;

  /**
   * Sets `nextAskAt` and `lastAnswer` of the pending ones among these (at most 1000); null keeps
   * the stored answer. The version stays, because no decision depends on either. CloudBase: 1
   * request, 0 for no numbers.
   */
  askAgainAt(numbers: readonly OutTradeNo[], at: Instant, answer: LastAnswer | null): Promise<void>;

  /**
   * The fields to compare with a bill, of those of these orders (at most 1000) that exist, in no
   * particular order. CloudBase: 1 request.
   */
  ledger(numbers: readonly OutTradeNo[]): Promise<readonly LedgerOrder[]>;

  /**
   * Compares stated payments with their orders and marks those that plainly agree (see
   * `plainlyAgrees`), replacing any mark. Returns which they are, and the fields to compare of the
   * others. CloudBase: 2 requests, 1 when none agrees, 0 for no payments.
   */
  agree(request: AgreeRequest): Promise<Agreement>;

  /**
   * Marks orders (at most 1000) as found in a bill, replacing any mark. The version stays, because
   * no decision depends on a mark. CloudBase: 1 request, 0 for no numbers.
   */
  markStatement(numbers: readonly OutTradeNo[], mark: StatementMark): Promise<void>;

  /**
   * Paid orders whose `paidAt` is in the day and which have no mark, or one of an earlier round
   * over the same day, earliest paid first (ties by number), `limit` (1 to 1000) per page. Pages
   * neither repeat an order nor skip one that stays absent. What was marked before the call is not
   * absent, even where a read misses the mark. CloudBase: 1 request, and 1 more when it found any.
   */
  absent(query: AbsentQuery): Promise<Page<LedgerOrder>>;

  /**
   * Counts the orders that `absent` would show if none had a mark, unreadable ones included, by
   * their order amounts. A call counts a bounded number of them; what was counted is not counted
   * again after the cursor. A read may miss what was written a moment ago. CloudBase: 2 requests, 1
   * for a day without payments.
   */
  booked(query: BookedQuery): Promise<BookedPart>;

  /** When the very first order was created; null when there is none. CloudBase: 1 request. */
  firstCreatedAt(): Promise<Instant | null>;

  /**
   * Orders, newest created first (ties by number, descending) or the other way round, `limit` (1 to
   * 1000) per page, optionally only those with this payment and fulfilment state, or only the late
   * ones that `countLate` counts, and only those created in a span. An unreadable order is on the
   * page too, raw. CloudBase: 1 request.
   */
  list(query: {
    readonly payment?: Order['payment']['state'] | null;
    readonly fulfilment?: Order['fulfilment']['state'] | null;
    readonly late?: { readonly kind: LateKind; readonly by: LateQuery } | null;
    readonly created?: OpenSpan;
    /** Absent: newest. */
    readonly first?: 'newest' | 'oldest';
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Order>>;

  /**
   * Orders by what a person knows of them, `limit` (1 to 1000) per page; ties are in an order of
   * the adapter's own. An unreadable order is on the page too, raw; one whose payer cannot be read
   * is not found by its payer, and on CloudBase none that was created before this could be asked.
   * CloudBase: 1 request.
   */
  lookUp(query: {
    readonly by: OrderLookUp;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ListedPage<Order>>;

  /**
   * The order amounts of what was paid in a span, by WeChat Pay's time, whatever was refunded
   * since. It reads an index of the payments of that span. CloudBase: 1 request.
   */
  paidBetween(query: MoneyQuery): Promise<MoneySum>;

  /**
   * The order amounts of what was paid in a span, to any merchant, and whose fulfilment is held or
   * failed now. It reads no other orders than such. CloudBase: 1 request.
   */
  stuckBetween(span: MoneySpan): Promise<Readonly<Record<StuckState, MoneySum>>>;

  /**
   * What is stored of an order that cannot be read; null when there is none, or when `find` reads
   * it. It also finds an order that `list` cannot place, because its instant is missing. CloudBase:
   * 1 request.
   */
  raw(outTradeNo: OutTradeNo): Promise<Unreadable | null>;

  /**
   * The order that has a transaction: the one it paid, or else the one it is a payment beside the
   * order's own of. Null if none, or if it cannot be read. CloudBase: 1 request for the payment of
   * an order, else 2, and 3 for a payment beside it.
   */
  ofTransaction(transactionId: TransactionId): Promise<Order | null>;

  /** The number of orders by state. CloudBase: 5 requests, 9 when more than 1,000 orders wait. */
  counts(): Promise<OrderCounts>;

  /**
   * How many orders are late; held ones count as not fulfilled. CloudBase: 1 request, 4 when more
   * than 1,000 are late.
   */
  countLate(query: LateQuery): Promise<LateOrders>;
}
