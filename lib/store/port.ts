import type { Discrepancy, DiscrepancyId, Resolution } from '../model/discrepancy';
import type { Discrepancies } from './ports/discrepancies-port';
import type {
  ClaimedMessage,
  DeathReason,
  DoneOutcome,
  InboxKey,
  InboxMessage,
  MessageState,
  NamedMerchants,
  NewMessage,
  Trust,
  OpenRefund,
  Redelivered,
} from '../model/message';
import type { OrderSettlement } from '../model/order';
import type { RefundSettlement } from '../model/refund';
import type { ForgettingState } from '../runtime/shared-state';
import type { OutTradeNo } from '../values/ids';
import type { Instant } from '../values/instant';
import type { LeaseToken } from '../model/lease';
import type { ItemNotes } from '../model/operators/item-notes';
import type { SignOff } from '../model/operators/sign-off';
import type { Approvals } from './ports/approvals-port';
import type { VersionedDocuments } from './ports/documents-port';
import type { Alarms, Audit, FigureHistory } from './ports/ops-port';
import type { Orders } from './ports/orders-port';
import type { Paces } from './ports/paces-port';
import type { PersonalData } from './ports/personal-port';
import type { DailyRefunds } from './ports/refund-counts-port';
import type { Refunds } from './ports/refunds-port';
import type { ClaimRequest, ForgetQuery, Forgotten, Page } from './requests';
import type { StatementRuns } from './ports/statement-runs-port';
import type { KnownPayment, PaymentsHeard } from '../model/figures';
import type { Waits } from './ports/waits-port';

/**
 * Everything that is stored. The adapters, for CloudBase's document database, SQLite and MySQL,
 * promise the same; one conformance suite (`test/store`) checks all.
 *
 * Any method may reject with a `StoreError`. After `unavailable` the write may or may not have
 * happened, so every method is safe to repeat with the same arguments.
 */
export interface Store {
  /**
   * How many items one step of long work should take: a request's maximum on CloudBase (1,000),
   * more where requests are cheap and each step costs a disk sync.
   */
  readonly chunk: number;
  readonly inbox: Inbox;
  readonly orders: Orders;
  readonly refunds: Refunds;
  readonly discrepancies: Discrepancies;
  readonly statementRuns: StatementRuns;
  readonly audit: Audit;
  readonly approvals: Approvals;
  /** The sign-offs of days and months. */
  readonly signOffs: VersionedDocuments<SignOff>;
  /** Who looks after a discrepancy, and what people wrote about it. */
  readonly itemNotes: VersionedDocuments<ItemNotes>;
  readonly figures: FigureHistory;
  readonly alarms: Alarms;
  readonly waits: Waits;
  readonly paces: Paces;
  readonly refundCounts: DailyRefunds;
  readonly shared: ForgettingState;
  readonly personal: PersonalData;
}

/** The outcome of a claimed message. */
export type Finish =
  | { readonly kind: 'done'; readonly outcome: DoneOutcome }
  /** It failed by itself: put off, and one attempt is spent. */
  | { readonly kind: 'retry'; readonly dueAt: Instant; readonly error: string }
  /** Something else is missing: put off, and no attempt is spent. */
  | { readonly kind: 'wait'; readonly dueAt: Instant; readonly error: string }
  | { readonly kind: 'dead'; readonly reason: DeathReason; readonly error: string | null }
  /** Returned untouched: due at once. */
  | { readonly kind: 'return' };

/**
 * Everything one claimed message results in: changes of the order and refund, discrepancies opened
 * and resolved, and the message's own outcome.
 */
export interface Settlement {
  readonly key: InboxKey;
  readonly change: OrderSettlement | null;
  readonly refund: RefundSettlement | null;
  /** Opened if new; otherwise only their last-seen time is updated. */
  readonly discrepancies: readonly Discrepancy[];
  /** Open discrepancies that this explains. Unknown and resolved ids are skipped. */
  readonly resolves: { readonly ids: readonly DiscrepancyId[]; readonly resolution: Resolution } | null;
  readonly finish: Finish;
}

/**
 * The result of a settlement.
 * - `settled`: finished, now or by an earlier call under the same token.
 * - `stale`: the order or the refund has another version now. The message is still claimed: decide
 *   again. On CloudBase the order may already be changed when the refund refuses, and the new
 *   decision must find that done.
 * - `lease_lost`: the claim's token or lease no longer stands; the message was not finished.
 * - `failed`: the store did not answer for this message, and how far it got is unknown. It is due
 *   again when its lease ends. It must not delay the rest of its batch.
 * - `transaction_taken`: its transaction belongs to another order. Nothing was written, and the
 *   message is still claimed.
 */
export type SettleResult = 'settled' | 'stale' | 'lease_lost' | 'failed' | 'transaction_taken';

/** What a list shows of a message, without its payload. */
export type MessageSummary = Pick<
  InboxMessage,
  'key' | 'outTradeNo' | 'state' | 'trust' | 'attempts' | 'claims' | 'alone' | 'deliveries' | 'receivedAt'
>;

/** Which messages to claim. */
export interface InboxClaimRequest extends ClaimRequest {
  /** Only these messages, due or not, unless leased. */
  readonly keys?: readonly InboxKey[];
  /** Only messages of this trust; absent: of both. */
  readonly trust?: Trust;
  /** True: only messages that are claimed alone, least claimed first. Otherwise only the others. */
  readonly alone?: boolean;
  /** Limits unverified messages to those that name these merchants. */
  readonly naming?: NamedMerchants;
  /** True, with `naming`: only those that no stranger can have written (`isVouchedFor`). */
  readonly vouchedForOnly?: boolean;
  /**
   * The most messages of this `trust`, `naming` these merchants, that may be leased once this claim
   * is made, by all claims together. CloudBase: each of the claims that start within the time that
   * reads may be behind counts by itself.
   */
  readonly leasedAtMost?: number;
}

/** How many believed messages wait, and apart the unverified ones, which anybody can send. */
export interface Backlog {
  readonly pending: number;
  /** Without messages that an operator dismissed. */
  readonly dead: number;
  /** Since when the oldest pending, unclaimed message is due; null when none is. */
  readonly oldestDueAt: Instant | null;
  readonly unverified: { readonly pending: number; readonly dead: number };
  /** Pending messages, believed or not, that are claimed alone: they may crash their worker. */
  readonly alone: number;
}

/** The inbox: one message per fact, however often it is received. */
export interface Inbox {
  /**
   * Makes a message durable, or counts a repeat of a known one (`deliveries`, `confirmedBy`,
   * `lastDeliveredAt`; nothing else that can be read). A believed callback's repeat is also kept
   * for `redelivered`. Resolves only when that is on disk. CloudBase: 1 request for a new message,
   * 2 for a repeat.
   */
  record(message: NewMessage): Promise<'stored' | 'repeat'>;

  /**
   * Believed messages that callbacks redelivered since `settleRedelivered`, in any state, at most
   * `limit` (1 to 100): those that were postponed least come first, then those longest here.
   * Unreadable ones are omitted and postponed. CloudBase: 1 request, 2 when some are unreadable.
   */
  redelivered(limit: number): Promise<readonly Redelivered[]>;

  /**
   * Postpones messages that cannot be handled now, so that `redelivered` answers the others first,
   * however many these are. CloudBase: 1 request, 0 for no keys.
   */
  postponeRedelivered(keys: readonly InboxKey[]): Promise<void>;

  /**
   * Records that these were handled: `redelivered` omits them until they are redelivered again. One
   * that was received once more since (`deliveries` differs) stays. CloudBase: 1 request per
   * distinct count.
   */
  settleRedelivered(seen: readonly Pick<InboxMessage, 'key' | 'deliveries'>[]): Promise<void>;

  /**
   * Leases pending messages that are due at `now` and not leased, oldest due first, and counts the
   * claim on each. No two claims get the same message. A message claimed `CLAIMS_BEFORE_ALONE`
   * times without an outcome is set aside instead, to be claimed `alone`.
   *
   * Without `keys`, an empty result means that nothing was due but what concurrent claims took. A
   * result below `limit` says nothing: claims that meet share what is due, on CloudBase by claiming
   * at different places of the list, and then not strictly the oldest first.
   *
   * CloudBase: 2 requests without a concurrent claim, 3 with one, as many again each time that one
   * won all, 1 when nothing is due; 2 more when messages are set aside, and 1 or 2 more with
   * `leasedAtMost`.
   */
  claim(request: InboxClaimRequest): Promise<readonly ClaimedMessage[]>;

  /**
   * Finishes claimed messages; one that is put off or goes dead gets a history entry. Writes the
   * order (conditionally), then the refund, then discrepancies, then the message. Each step is safe
   * to repeat, so settling again repairs a crash in between. SQLite and MySQL do it in one
   * transaction.
   *
   * Returns one result per settlement, in order. A settlement whose lease no longer stands finishes
   * nothing. Several settlements of one order are written in the given order, each naming the
   * version the previous one makes; once one is not written, the following ones are `stale`.
   *
   * A settlement that `takes` a transaction first assigns it to the order permanently. When two
   * orders take one transaction, however concurrently, one gets it.
   *
   * `now` is the settler's clock; a lease has run out when `until <= now`. On MySQL, which several
   * servers share, leases end by the database's clock instead, here and in every other method.
   *
   * CloudBase: 1 request to read the leases, 2 for all transactions taken (3 when one was taken
   * before), 1 per order or refund change (2 more for all that were refused), at most 2 per
   * discrepancy, 1 per `resolves`, and 1 per group of messages with the same outcome (plus 1 per
   * group in which some lost their lease).
   */
  settle(
    token: LeaseToken,
    now: Instant,
    settlements: readonly Settlement[],
  ): Promise<readonly SettleResult[]>;

  /**
   * Replays dead messages: pending, due at `now`, attempts and claims at 0, `replays` + 1, with a
   * history entry naming `who`. True for each key that was dead. CloudBase: 1 request per key.
   */
  replay(keys: readonly InboxKey[], who: string, now: Instant): Promise<readonly boolean[]>;

  /**
   * Dismisses pending messages without a lease, and dead ones: a person has dealt with them. They
   * become dead with reason `operator` and a history entry naming `who` and `why`. True for each
   * key dismissed. CloudBase: 1 request per key.
   */
  dismiss(keys: readonly InboxKey[], who: string, why: string, now: Instant): Promise<readonly boolean[]>;

  /** One complete message with its raw notification, or null. CloudBase: 1 request. */
  find(key: InboxKey): Promise<InboxMessage | null>;

  /** All messages that name an order, oldest first, at most 100. CloudBase: 1 request. */
  ofOrder(outTradeNo: OutTradeNo): Promise<readonly InboxMessage[]>;

  /**
   * Believed refund messages of these orders (at most 1000), and those that name no order, that are
   * pending, or dead but not dismissed, in no particular order: the evidence against fulfilling an
   * order. An unreadable one is returned as `unreadable` and never makes the call reject, which
   * would affect other orders too. CloudBase: 1 request, 0 for no numbers, more only from 1000
   * messages on.
   */
  openRefunds(numbers: readonly OutTradeNo[]): Promise<readonly OpenRefund[]>;

  /**
   * Messages of a state, first received in `[from, to)` (absent: unbounded), newest first (ties by
   * key, descending), `limit` (1 to 1000) per page. `reason` limits dead ones to that cause of
   * death, `alone` pending ones to those that are claimed alone; other states have none. Pages
   * neither repeat nor skip a message while others arrive. CloudBase: 1 request.
   */
  list(query: {
    readonly state: MessageState;
    readonly reason?: DeathReason | null;
    /** Only messages of this trust. */
    readonly trust?: Trust | null;
    /** True: only pending messages that are claimed alone. */
    readonly alone?: boolean;
    readonly from?: Instant | null;
    readonly to?: Instant | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<MessageSummary>>;

  /**
   * What is waiting and dead now. CloudBase: 1 request, and from 1000 such messages 6 more.
   */
  backlog(now: Instant): Promise<Backlog>;

  /**
   * Believed dead messages first received at `from` or later, without dismissed ones. CloudBase: 1
   * request.
   */
  countDead(from: Instant): Promise<number>;

  /**
   * How many unverified messages that name these merchants are stored, in any state. CloudBase: 1
   * request.
   */
  countUnverified(naming: NamedMerchants): Promise<number>;

  /** Whether any unverified message is due at `now` and not leased. CloudBase: 1 request. */
  isUnverifiedDue(now: Instant): Promise<boolean>;

  /**
   * Whether any message is due at `now` and not leased, believed or not, claimed alone or not, or
   * was delivered again: what a run that would find nothing asks instead of each of them.
   * CloudBase: 1 request.
   */
  hasWork(now: Instant): Promise<boolean>;

  /**
   * Believed payment messages first received in `[from, to)`, and how many of them never had a
   * callback. CloudBase: 2 requests, 1 when there are none.
   */
  paymentsHeard(from: Instant, to: Instant): Promise<PaymentsHeard>;

  /**
   * Payments that changed their order and were first received in `[from, to)`, the latest 1000.
   * CloudBase: 1 request.
   */
  knownBetween(from: Instant, to: Instant): Promise<readonly KnownPayment[]>;

  /**
   * Deletes messages that ended long ago: reads up to `limit` messages of a state (and trust),
   * first received first, and deletes those that ended and were last received before `before`. A
   * repeat after that is a new message. `next` continues after those read. CloudBase: 2 requests, 1
   * when nothing is deleted.
   */
  forget(query: ForgetQuery): Promise<Forgotten>;
}
