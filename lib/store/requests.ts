import type { MessageState } from '../model/message';
import type { MoneySum } from '../model/operators/today';
import type { Unreadable } from '../model/unreadable';
import type { BeijingDay } from '../values/day';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { LeaseToken } from '../model/lease';

/** A claim: the token, how many items, and until when. `now` is the claimer's clock. */
export interface ClaimRequest {
  readonly token: LeaseToken;
  readonly now: Instant;
  readonly leaseUntil: Instant;
  /** At most this many, 1 to 1000. An adapter may return fewer. */
  readonly limit: number;
}

/** A claim of orders to fulfil. */
export interface FulfilmentClaimRequest extends ClaimRequest {
  /** Nothing of these merchants; of all, none are left out. */
  readonly except?: readonly SubMchId[];
}

/** A page of a list, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass this to the next call; null at the end. */
  readonly next: string | null;
}

/** A page, and apart the items on it that cannot be read. `limit` counts both. */
export interface ListedPage<Item> extends Page<Item> {
  readonly unreadable: readonly Unreadable[];
}

/** A claim of items to query at WeChat Pay. The same step defers each of them. */
export interface AskRequest {
  readonly now: Instant;
  /** At most this many, 1 to 1000. */
  readonly limit: number;
  /**
   * The times of the second, third, … query, if nothing comes of one. The last applies to all
   * further ones.
   */
  readonly again: readonly [Instant, ...Instant[]];
  /** Nothing of these merchants; of all, none are left out. */
  readonly except?: readonly SubMchId[];
}

/** Which orders are late: those from before these times that are still open. */
export interface LateQuery {
  /** Pending orders created from the first time on and before the second. */
  readonly pendingCreatedFrom: Instant;
  readonly pendingCreatedBefore: Instant;
  /** Pending orders, created later, that should have been queried before this. */
  readonly askDueBefore: Instant;
  /** Orders with a fulfilment due that were created before this. */
  readonly unfulfilledCreatedBefore: Instant;
}

/**
 * How an order is late. `unknown`: still pending, although a query should have decided it.
 * `unfulfilled`: paid, and not fulfilled in time. A list has the failed ones, too: an alarm about
 * either leads to it. `countLate` leaves them to `counts`.
 */
export const LATE_KINDS = ['unknown', 'unfulfilled'] as const;

/** One of `LATE_KINDS`. */
export type LateKind = (typeof LATE_KINDS)[number];

/** The number of late orders of each kind. */
export type LateOrders = Readonly<Record<LateKind, number>>;

/** A span of time: `[from, to)`; null: unbounded. */
export interface OpenSpan {
  readonly from: Instant | null;
  readonly to: Instant | null;
}

/** `[from, to)`, at most a day. */
export interface MoneySpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** Money of these merchants in a span. */
export interface MoneyQuery extends MoneySpan {
  readonly merchants: readonly SubMchId[];
}

/** The fulfilments that wait for a person. */
export const STUCK_STATES = ['held', 'dead'] as const;

/** One of `STUCK_STATES`. */
export type StuckState = (typeof STUCK_STATES)[number];

/** How many characters of a payer's id a masked one ends with. */
export const PAYER_TAIL = 3;

/**
 * Orders by what a person knows of them.
 * - `prefix`: the number begins so; sorted by number.
 * - `amount`: exactly this order amount, newest first.
 * - `payer`: the payer's id ends with these `PAYER_TAIL` characters, newest first; no order whose
 *   payer was erased.
 * - `size`: all, or those whose fulfilment is stuck so, by order amount.
 */
export type OrderLookUp =
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'amount'; readonly total: Fen; readonly created: OpenSpan }
  | { readonly kind: 'payer'; readonly tail: string; readonly created: OpenSpan }
  | { readonly kind: 'size'; readonly first: 'largest' | 'smallest'; readonly fulfilment: StuckState | null };

/** Payments or refunds of a merchant's day without a mark of this round over that day. */
export interface AbsentQuery {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly round: number;
  readonly after: string | null;
  readonly limit: number;
}

/** What our books hold of a merchant's day, after a cursor of an earlier answer. */
export interface BookedQuery {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly after: string | null;
}

/** A part of a day's payments or refunds; `next` null at the end of the day. */
export interface BookedPart {
  readonly all: MoneySum;
  /** Of them, those that have the mark of another day's bill. */
  readonly otherDays: MoneySum;
  readonly next: string | null;
}

/** Messages that may be deleted. */
export interface ForgetQuery {
  readonly state: Exclude<MessageState, 'pending'>;
  /** Only messages of this trust; absent: of both. */
  readonly trust?: 'unverified';
  /** Only messages that ended and were last received before this. */
  readonly before: Instant;
  /** Where to continue; null at the start. */
  readonly after: string | null;
  /** How many to read at most, 1 to 1000. */
  readonly limit: number;
}

/** How many were deleted, and where to continue; null at the end. */
export interface Forgotten {
  readonly removed: number;
  readonly next: string | null;
}
