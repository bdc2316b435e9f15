import type { Discrepancy, DiscrepancyId, Resolution } from '../model/discrepancy';
import type { Discrepancies } from './discrepancies-port';
import type {
  ClaimedMessage,
  DeathReason,
  DoneOutcome,
  InboxKey,
  InboxMessage,
  MessageState,
  NewMessage,
  Trust,
  OpenRefund,
  Redelivered,
} from '../model/message';
import type { Agreement, AgreeRequest } from '../model/agreement';
import type { LastAnswer, LedgerOrder, Order, OrderCounts, OrderNote, OrderSettlement } from '../model/order';
import type { RefundSettlement } from '../model/refund';
import type { StatementMark } from '../model/statement-mark';
import type { OutTradeNo, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { LeaseToken } from '../model/lease';
import type { Alarms, Audit, FigureHistory } from './ops-port';
import type { FulfilmentFinish } from './fulfilment-finish';
import type { Paces } from './paces-port';
import type { RefundCounts } from './refund-counts-port';
import type { Refunds } from './refunds-port';
import type {
  AbsentQuery,
  AskRequest,
  ClaimRequest,
  ForgetQuery,
  Forgotten,
  LateOrders,
  LateQuery,
  Page,
} from './requests';
import type { StatementRuns } from './statement-runs-port';
import type { KnownPayment, PaymentsHeard } from '../model/figures';
import type { Waits } from './waits-port';

/**
 * Where everything is kept. Two adapters promise the same: CloudBase's document database and SQLite; one
 * conformance suite (`test/store`) holds both to it.
 *
 * Any method may reject with a `StoreError`. `unavailable` means the effect is not known: the write may have
 * happened. Every method is therefore safe to call again with the same arguments.
 */
export interface Store {
  /**
   * How many items one step of long work should take: what a request holds on CloudBase (1,000), more where requests are cheap and each
   * step costs a sync of the disk.
   */
  readonly chunk: number;
  readonly inbox: Inbox;
  readonly orders: Orders;
  readonly refunds: Refunds;
  readonly discrepancies: Discrepancies;
  readonly statementRuns: StatementRuns;
  readonly audit: Audit;
  readonly figures: FigureHistory;
  readonly alarms: Alarms;
  readonly waits: Waits;
  readonly paces: Paces;
  readonly refundCounts: RefundCounts;
}

/** How a claimed message ends its turn. */
export type Finish =
  | { readonly kind: 'done'; readonly outcome: DoneOutcome }
  /** Failed by itself: put off, and one attempt is spent. */
  | { readonly kind: 'retry'; readonly dueAt: Instant; readonly error: string }
  /** Cannot be decided yet, through no fault of its own: put off, and no attempt is spent. */
  | { readonly kind: 'wait'; readonly dueAt: Instant; readonly error: string }
  | { readonly kind: 'dead'; readonly reason: DeathReason; readonly error: string | null }
  /** Gives it back untouched: due at once. */
  | { readonly kind: 'return' };

/** What one claimed message comes to: what changes on order and refund, what it disagrees on, what it explains, and its end. */
export interface Settlement {
  readonly key: InboxKey;
  readonly change: OrderSettlement | null;
  readonly refund: RefundSettlement | null;
  /** Opened if not known yet; otherwise only last seen again. */
  readonly discrepancies: readonly Discrepancy[];
  /** Open discrepancies that this explains. Ids that are unknown or resolved are passed over. */
  readonly resolves: { readonly ids: readonly DiscrepancyId[]; readonly resolution: Resolution } | null;
  readonly finish: Finish;
}

/**
 * What became of a settlement. `settled`: finished, now or by an earlier call under the same token.
 * `stale`: the order or the refund has another version by now; the message is still claimed, decide again. (On
 * CloudBase the order may have been changed already when the refund refused: deciding again must find that done.) `lease_lost`: the claim's token or time no longer stands; the message was not finished.
 * `failed`: the store did not answer for this one; how far it got is unknown, and it is dealt with again once its
 * lease has run out. One such message must not hold up the rest of its batch. `transaction_taken`: the transaction that it takes
 * belongs to another order; nothing was written, and the message is still claimed.
 */
export type SettleResult = 'settled' | 'stale' | 'lease_lost' | 'failed' | 'transaction_taken';

/** What a list shows of a message: payloads stay out. */
export type MessageSummary = Pick<
  InboxMessage,
  'key' | 'outTradeNo' | 'state' | 'trust' | 'attempts' | 'claims' | 'alone' | 'deliveries' | 'receivedAt'
>;

/** Which messages a claim takes. */
export interface InboxClaimRequest extends ClaimRequest {
  /** Limits the claim to these messages, due or not (not leased ones). */
  readonly keys?: readonly InboxKey[];
  /** Only messages of this trust; of both when absent. */
  readonly trust?: Trust;
  /** True: only messages that are claimed alone, least claimed first. Otherwise only the others. */
  readonly alone?: boolean;
  /** At most so many messages of this `trust` may be under a living lease once this claim is made, whoever holds them. */
  readonly heldAtMost?: number;
}

/** How much is waiting. */
export interface Backlog {
  readonly pending: number;
  /** Those an operator buried are not among them: they wait for nobody. */
  readonly dead: number;
  /** When the oldest pending message that is due and unclaimed became due; null when none is. */
  readonly oldestDueAt: Instant | null;
}

/** The inbox: each message once, whoever hears it how often. */
export interface Inbox {
  /**
   * Makes a message durable, or counts a repeat of one that is known (`deliveries`, `confirmedBy`,
   * `lastDeliveredAt`; nothing else that can be read of it). A believed callback's repeat is also kept
   * for `redelivered`. Resolves only when that is on disk.
   * CloudBase: 1 request for a new message, 2 for a repeat.
   */
  record(message: NewMessage): Promise<'stored' | 'repeat'>;

  /**
   * Believed messages that callbacks delivered again since `settleRedelivered`, longest here first, at
   * most `limit` (1 to 100), in whatever state. What cannot be read is left out. CloudBase: 1 request.
   */
  redelivered(limit: number): Promise<readonly Redelivered[]>;

  /**
   * Notes that these were looked at: `redelivered` answers them no more until they are delivered again.
   * One that was heard once more since (`deliveries` differs) stays. CloudBase: 1 request for each
   * different count.
   */
  settleRedelivered(seen: readonly Pick<InboxMessage, 'key' | 'deliveries'>[]): Promise<void>;

  /**
   * Leases pending messages that are due at `now` and not under a living lease, oldest due first, and counts the claim on each.
   * No message is given to two claims at once. One that was claimed `CLAIMS_BEFORE_ALONE` times without an outcome is not handed out,
   * but set aside to be claimed `alone`.
   * CloudBase: 2 requests when nobody else claims at the same time, 3 when somebody does, 1 when nothing is due; 2 more when some are
   * set aside, and 1 or 2 more with `heldAtMost`.
   */
  claim(request: InboxClaimRequest): Promise<readonly ClaimedMessage[]>;

  /**
   * Finishes claimed messages, one that is put off or buried with a line of history: first the order's conditional write, then the refund's, then discrepancies, then the message, each step
   * safe to repeat, so that a crash between two is repaired by settling again. SQLite does it in one transaction.
   * Answers one result per settlement, in order. A settlement whose lease no longer stands finishes nothing.
   * Several settlements of one order are written in the order given, each naming the version the one before makes; once one of them
   * was not written, those behind it are `stale`.
   * A settlement that `takes` a transaction writes first that the transaction is the order's, once and for all; of two orders that
   * claim one transaction, however concurrently, one gets it.
   * `now` is the settler's clock; a lease has run out when `until <= now`.
   * CloudBase: 1 request to read which leases stand, 2 per transaction taken (3 when it was taken before), 1 per order or refund
   * change (2 when it is refused), at most 2 per discrepancy,
   * 1 per `resolves`, and 1 for each group of messages that end in the same way (plus 1 for a group of which some lost
   * their lease, to tell which).
   */
  settle(
    token: LeaseToken,
    now: Instant,
    settlements: readonly Settlement[],
  ): Promise<readonly SettleResult[]>;

  /**
   * Brings dead messages back to pending, due at `now`, attempts and claims at 0, `replays` + 1, with a line of history naming `who`.
   * Answers true for each key that was dead. CloudBase: 1 request per key.
   */
  replay(keys: readonly InboxKey[], who: string, now: Instant): Promise<readonly boolean[]>;

  /**
   * Buries pending messages that nobody holds, and those that died of something else, with reason `operator` and a line of history
   * naming `who` and `why`: somebody has looked at them and leaves them. Answers true for each key that it buried. CloudBase: 1 request per key.
   */
  bury(keys: readonly InboxKey[], who: string, why: string, now: Instant): Promise<readonly boolean[]>;

  /** One whole message with its raw notification, or null. CloudBase: 1 request. */
  find(key: InboxKey): Promise<InboxMessage | null>;

  /** All messages that speak of an order, oldest first, at most 100. CloudBase: 1 request. */
  ofOrder(outTradeNo: OutTradeNo): Promise<readonly InboxMessage[]>;

  /**
   * Believed refund messages of these orders (at most 1000), and of no order by name, that are pending, or dead of another reason than
   * an operator's word, in no order: what may speak against handing an order over. One that cannot be read is among them as
   * `unreadable`, and never lets the call reject: it would take the neighbours of its order with it. CloudBase: 1 request, 0 for no
   * numbers, more only when there are 1000 messages and more.
   */
  openRefunds(numbers: readonly OutTradeNo[]): Promise<readonly OpenRefund[]>;

  /**
   * Messages of a state, first received in `[from, to)` (no bound where there is none), newest first (ties by key, descending), `limit`
   * (1 to 1000) per page. `reason` limits the dead ones to those buried for it; no other state has one. Pages neither repeat nor skip a message while others
   * arrive. CloudBase: 1 request.
   */
  list(query: {
    readonly state: MessageState;
    readonly reason?: DeathReason | null;
    readonly from?: Instant | null;
    readonly to?: Instant | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<MessageSummary>>;

  /** What is waiting and dead now. CloudBase: 3 requests. */
  backlog(now: Instant): Promise<Backlog>;

  /** Dead messages first received at `from` or later that no operator buried. CloudBase: 1 request. */
  countDead(from: Instant): Promise<number>;

  /** How many unverified messages are kept, whatever became of them. CloudBase: 1 request. */
  countUnverified(): Promise<number>;

  /** Believed payment messages first heard in `[from, to)`, and how many of them no callback ever told. CloudBase: 2 requests. */
  paymentsHeard(from: Instant, to: Instant): Promise<PaymentsHeard>;

  /** Payments that changed their order and were first heard in `[from, to)`: at most 1000, the latest of them. CloudBase: 1 request. */
  knownBetween(from: Instant, to: Instant): Promise<readonly KnownPayment[]>;

  /**
   * Removes what ended long ago: looks at up to `limit` messages of a state (and trust), first received first, and removes those of them that ended
   * and were last heard before `before`. A repeat after that is a new message. `next` goes on behind those that were looked at.
   * CloudBase: 2 requests, 1 when there is nothing to remove.
   */
  forget(query: ForgetQuery): Promise<Forgotten>;
}

/** The orders, each of which is also the outbox of its own fulfilment. */
export interface Orders {
  /** Stores a new order; `exists` when the number is taken, and then nothing changes. CloudBase: 1 request. */
  create(order: Order): Promise<'created' | 'exists'>;

  /** The orders of these numbers (at most 1000) that exist, in no order. CloudBase: 1 request. */
  find(numbers: readonly OutTradeNo[]): Promise<readonly Order[]>;

  /** Notes something beside payment and fulfilment, if the version still stands. Answers false if it does not. CloudBase: 1 request. */
  note(note: OrderNote): Promise<boolean>;

  /**
   * Remembers of these orders (at most 1000), in whatever state, that WeChat Pay answered `at` that they moved to refund. The earliest
   * such answer stays; it raises the version, so that nothing is handed over that was decided on before. CloudBase: 1 request, 0 for no numbers.
   */
  noteRefundSaid(numbers: readonly OutTradeNo[], at: Instant): Promise<void>;

  /**
   * Leases orders whose fulfilment is due at `now` and not under a living lease, oldest due first, counting an attempt on each.
   * The orders come back as they are after the claim. CloudBase: 2 requests, 3 when somebody else claims at the same time, 1 when nothing is due.
   */
  claimFulfilments(request: ClaimRequest): Promise<readonly Order[]>;

  /**
   * Begins handing a claimed order over: sets `begunAt`. Answers false, and has written nothing, when the token or its time no longer
   * stands or the order has another version than the one that was claimed: something was learned since. CloudBase: 1 request.
   */
  beginFulfilment(token: LeaseToken, now: Instant, outTradeNo: OutTradeNo, version: number): Promise<boolean>;

  /**
   * Makes a held order due at `now` if the version still stands: what held it is explained, `why` says by what. False if it was not
   * held or has changed. CloudBase: 1 request.
   */
  liftHold(outTradeNo: OutTradeNo, expectedVersion: number, why: string, now: Instant): Promise<boolean>;

  /**
   * Releases a held order by an operator's word: due at `now`, with a line of history. What was known until then holds it no more;
   * what is learned later may. False if it was not held. CloudBase: 1 request.
   */
  releaseHold(outTradeNo: OutTradeNo, who: string, why: string, now: Instant): Promise<boolean>;

  /**
   * Ends the turn of a claimed fulfilment, with a line of history. Answers false when the token or its time no longer
   * stands: then nothing was written. CloudBase: 1 request.
   */
  finishFulfilment(
    token: LeaseToken,
    now: Instant,
    outTradeNo: OutTradeNo,
    finish: FulfilmentFinish,
  ): Promise<boolean>;

  /**
   * Brings a dead fulfilment back: due at `now`, attempts at 0, with a line of history naming `who`. Answers false if it was not dead.
   * CloudBase: 1 request.
   */
  retryFulfilment(outTradeNo: OutTradeNo, who: string, now: Instant): Promise<boolean>;

  /**
   * Takes orders whose payment is pending and whose `nextAskAt` has come, earliest first, and puts each off: `asks` + 1,
   * `nextAskAt` by `again`. They come back as they were before. There is no lease: asking twice is harmless, and who dies is asked
   * about again at the time set here. The version stays.
   * CloudBase: 1 request, and 1 for each number of `asks` among them.
   */
  claimAsks(request: AskRequest): Promise<readonly Order[]>;

  /**
   * Sets `nextAskAt` of those (at most 1000) that are pending, and `lastAnswer` with it; null leaves the one there is. The version stays:
   * nothing is decided on either. CloudBase: 1 request, 0 for no numbers.
   */
  askAgainAt(numbers: readonly OutTradeNo[], at: Instant, answer: LastAnswer | null): Promise<void>;

  /** What is to be compared of the orders of these numbers (at most 1000) that exist, in no order. CloudBase: 1 request. */
  ledger(numbers: readonly OutTradeNo[]): Promise<readonly LedgerOrder[]>;

  /**
   * Compares stated payments with their orders and marks those that plainly agree (see `plainlyAgrees`), whatever mark they had. Answers which
   * those are, and what is to be compared of the other orders. CloudBase: 2 requests, 1 when none agrees, 0 for no payments.
   */
  agree(request: AgreeRequest): Promise<Agreement>;

  /**
   * Marks orders (at most 1000) as found in a statement, whatever mark they had. The version stays: a mark changes nothing
   * that is decided on. CloudBase: 1 request, 0 for no numbers.
   */
  markStatement(numbers: readonly OutTradeNo[], mark: StatementMark): Promise<void>;

  /**
   * Paid orders whose `paidAt` lies in the day and which have no mark, or one of an earlier round over the same day: earliest
   * paid first (ties by number), `limit` (1 to 1000) per page. Pages neither repeat nor skip one that stays absent.
   * CloudBase: 1 request.
   */
  absent(query: AbsentQuery): Promise<Page<LedgerOrder>>;

  /** When the first of all orders was created; null when there is none. CloudBase: 1 request. */
  firstCreatedAt(): Promise<Instant | null>;

  /**
   * Orders, newest created first (ties by number, descending), `limit` (1 to 1000) per page; only those whose payment and
   * fulfilment stand as asked for, if it is. CloudBase: 1 request.
   */
  list(query: {
    readonly payment?: Order['payment']['state'] | null;
    readonly fulfilment?: Order['fulfilment']['state'] | null;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Page<Order>>;

  /** The order a transaction paid, or null. CloudBase: 1 request. */
  ofTransaction(transactionId: TransactionId): Promise<Order | null>;

  /** How many there are. CloudBase: 9 requests. */
  counts(): Promise<OrderCounts>;

  /** How many are behind; those that are held count as not delivered. CloudBase: 3 requests. */
  countLate(query: LateQuery): Promise<LateOrders>;
}
