import type { MessageEntry } from '../../../lib/model/history';
import type { Discrepancy, DiscrepancyId } from '../../../lib/model/discrepancy';
import type { HistoryLine, InboxKey, InboxMessage, Redelivered } from '../../../lib/model/message';
import type { Alarm, AlarmCause, Signal } from '../../../lib/model/alarm';
import type { Approval } from '../../../lib/model/operators/approval';
import type { ItemNotes } from '../../../lib/model/operators/item-notes';
import type { SignOff } from '../../../lib/model/operators/sign-off';
import type { AuditSeal } from '../../../lib/model/operators/audit-seal';
import type { AuditEntry } from '../../../lib/model/operators/audit';
import type { Figures } from '../../../lib/model/figures';
import type { WholeOrder } from '../../../lib/model/order';
import type { Refund } from '../../../lib/model/refund';
import type { StatementRun } from '../../../lib/model/statement/statement-run';
import type { StatementRunId } from '../../../lib/model/statement/statement-run-id';
import { PageMarkError, StoreError } from '../../../lib/store/errors';
import { MESSAGE_HISTORY_LINES } from '../../../lib/store/history';
import type { LeaseToken } from '../../../lib/model/lease';
import type { CountedRefunds } from '../../../lib/model/counted-refunds';
import { NOTHING_COUNTED } from '../../../lib/model/counted-refunds';
import type { SharedEntry } from '../../../lib/runtime/shared-state';
import type { PaceName } from '../../../lib/store/ports/paces-port';
import type { ListedPage, Page } from '../../../lib/store/requests';
import type { OutRefundNo, OutTradeNo, TransactionId } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';

/**
 * The content of a model store. Documents are replaced, never changed, so that a read value stays
 * as it was.
 */
export interface ModelState {
  readonly messages: Map<InboxKey, ModelMessage>;
  /** What callbacks delivered again and nobody has looked at yet. */
  readonly told: Map<InboxKey, Redelivered['told']>;
  readonly orders: Map<OutTradeNo, ModelOrder>;
  readonly refunds: Map<OutRefundNo, ModelRefund>;
  readonly discrepancies: Map<DiscrepancyId, Discrepancy>;
  readonly runs: Map<StatementRunId, StatementRun>;
  readonly audit: Map<string, AuditEntry>;
  readonly seals: Map<number, AuditSeal>;
  readonly approvals: Map<string, Approval>;
  readonly signOffs: Map<string, SignOff>;
  readonly itemNotes: Map<string, ItemNotes>;
  readonly figures: Map<Instant, Figures>;
  readonly alarms: Map<AlarmCause, Alarm>;
  readonly signals: Map<AlarmCause, Signal>;
  /** Which order each transaction belongs to. */
  readonly transactions: Map<TransactionId, OutTradeNo>;
  /** Where the last span of each pace ends. */
  readonly paces: Map<PaceName, Instant>;
  readonly shared: Map<string, SharedEntry & { readonly expiresAt: Instant }>;
  refundCounts: CountedRefunds;
}

/** A message, and the claim that finished it last. */
export interface ModelMessage {
  readonly message: InboxMessage;
  readonly finishedUnder: LeaseToken | null;
}

/**
 * An order, and the settlements that changed it: a change repeated under the same token is
 * recognised by its mark.
 */
export interface ModelOrder {
  readonly order: WholeOrder;
  readonly marks: readonly string[];
}

/** A refund, and the settlements that changed it. */
export interface ModelRefund {
  readonly refund: Refund;
  readonly marks: readonly string[];
}

/** What a message keeps from state to state. */
export function lastingPartOf(message: InboxMessage) {
  const { key, content, outTradeNo, trust, raw, envelope, receivedAt, lastDeliveredAt } = message;
  const { deliveries, confirmedBy, attempts, claims, alone, replays, replayedBy, history } = message;
  return {
    key,
    content,
    outTradeNo,
    trust,
    raw,
    envelope,
    receivedAt,
    lastDeliveredAt,
    deliveries,
    confirmedBy,
    attempts,
    claims,
    alone,
    replays,
    replayedBy,
    history,
  };
}

/** A message's history with one more line: the latest of them all. */
export function withLine(history: readonly HistoryLine[], entry: MessageEntry): readonly HistoryLine[] {
  return [...history, entry].slice(-MESSAGE_HISTORY_LINES);
}

/** Nothing yet. */
export function emptyState(): ModelState {
  return {
    messages: new Map(),
    orders: new Map(),
    refunds: new Map(),
    discrepancies: new Map(),
    runs: new Map(),
    audit: new Map(),
    seals: new Map(),
    approvals: new Map(),
    signOffs: new Map(),
    itemNotes: new Map(),
    figures: new Map(),
    alarms: new Map(),
    signals: new Map(),
    transactions: new Map(),
    paces: new Map(),
    shared: new Map(),
    told: new Map(),
    refundCounts: NOTHING_COUNTED,
  };
}

/**
 * Makes one change to the data, at some time, completely or not at all. It may reject before the
 * effect or after it: the caller cannot tell.
 */
export type Step = <Result>(name: string, effect: () => Result) => Promise<Result>;

/** Refuses a limit outside 1 to 1000. */
export function checked(limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1_000)
    throw new StoreError('invalid', 'a limit is 1 to 1000');
  return limit;
}

/** A page of what is sorted by time and then by name. `direction` -1: the latest first. */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => { readonly at: number; readonly name: string },
  direction: 1 | -1,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Page<Item> {
  checked(limit);
  const begin = after === null ? null : readMark(after);
  const compare = (a: { at: number; name: string }, b: { at: number; name: string }) =>
    direction * (a.at - b.at || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const sorted = all
    .filter((item) => begin === null || compare(keyOf(item), begin) > 0)
    .sort((a, b) => compare(keyOf(a), keyOf(b)));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  if (sorted.length <= limit || last === undefined) return { items, next: null };
  const { at, name } = keyOf(last);
  return { items, next: `${at} ${name}` };
}

/** The same, of a list that shows apart what cannot be read. Here everything can. */
export function listedPageOf<Item>(...args: Parameters<typeof pageOf<Item>>): ListedPage<Item> {
  return { ...pageOf(...args), unreadable: [] };
}

function readMark(mark: string): { readonly at: number; readonly name: string } {
  const match = /^(\d{1,16}) (.+)$/s.exec(mark);
  if (match?.[2] === undefined) throw new PageMarkError('this is no mark of a page');
  return { at: Number(match[1]), name: match[2] };
}
