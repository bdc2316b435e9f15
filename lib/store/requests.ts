import type { MessageState } from '../model/message';
import type { BeijingDay } from '../values/day';
import type { SubMchId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { LeaseToken } from '../model/lease';

/** A claim: who takes, how much, and until when it is theirs. `now` is the claimer's clock. */
export interface ClaimRequest {
  readonly token: LeaseToken;
  readonly now: Instant;
  readonly leaseUntil: Instant;
  /** At most this many; adapters may give fewer, never more. 1 to 1000. */
  readonly limit: number;
}

/** A page of a list, and where the next one begins. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand this to the next call; null at the end. */
  readonly next: string | null;
}

/** A question to WeChat Pay that is due: who is asked about is put off until later by the same step. */
export interface AskRequest {
  readonly now: Instant;
  /** At most this many, 1 to 1000. */
  readonly limit: number;
  /** When to ask again after the first, second, … time, if nothing comes of it. The last one holds for all further times. */
  readonly again: readonly [Instant, ...Instant[]];
}

/** Which orders are behind: those from before these times that are still open. */
export interface LateQuery {
  /** Pending ones that were created from the first on and before the second. */
  readonly pendingCreatedFrom: Instant;
  readonly pendingCreatedBefore: Instant;
  /** Pending ones, created later, that should have been asked about before this. */
  readonly askDueBefore: Instant;
  /** Ones with a fulfilment due that were created before this. */
  readonly undeliveredCreatedBefore: Instant;
}

/** How many orders are behind. */
export interface LateOrders {
  /** Nobody knows whether they are paid, though asking should have told. */
  readonly unknown: number;
  /** Paid, and not delivered. */
  readonly undelivered: number;
}

/** What was paid or refunded in a merchant's day and has no mark of this round over that day. */
export interface AbsentQuery {
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly round: number;
  readonly after: string | null;
  readonly limit: number;
}

/** Messages that may be removed. */
export interface ForgetQuery {
  readonly state: Exclude<MessageState, 'pending'>;
  /** Only messages of this trust; of both when absent. */
  readonly trust?: 'unverified';
  /** Only what ended, and was last heard, before this. */
  readonly before: Instant;
  /** Where to go on; null at the beginning. */
  readonly after: string | null;
  /** At most so many are looked at, 1 to 1000. */
  readonly limit: number;
}

/** What was removed, and where to go on; null at the end. */
export interface Forgotten {
  readonly removed: number;
  readonly next: string | null;
}
