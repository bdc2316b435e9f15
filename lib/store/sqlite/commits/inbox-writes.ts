import type { InboxKey, Trust } from '../../../model/message';
import type { OutTradeNo } from '../../../values/ids';
import type { Instant } from '../../../values/instant';
import type { LeaseToken } from '../../../model/lease';
import type { InboxClaimRequest, Settlement, SettleResult } from '../../port';
import type { Columns } from '../base/connection';
import type { OrderChangeRow } from '../orders/order-change';

/** A new message as it is stored. */
export interface MessageRow {
  readonly key: InboxKey;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  readonly receivedAt: Instant;
  /** What a new row says of its paths, and what is added to the row of a repeat. */
  readonly firstBits: number;
  readonly repeatBit: number;
  readonly believedPayment: 0 | 1;
  /** Its repeat is kept for `redelivered`: a believed callback's. What nobody vouches for must not fill the disk. */
  readonly keepsRepeat: boolean;
  /** JSON text. */
  readonly content: string;
  /** JSON text of the text: the driver cuts bare text at a NUL, and what cannot be decoded must come back as it was. */
  readonly raw: string;
}

/** A settlement with its order's change as it is stored; `beside` is null where there is nothing but the order, which is nearly always. */
export interface SettlementRow extends Pick<Settlement, 'key' | 'finish'> {
  readonly order: OrderChangeRow | null;
  readonly beside: Pick<Settlement, 'refund' | 'discrepancies' | 'resolves'> | null;
}

/** A claim as the store is asked for it. */
export type InboxClaim = InboxClaimRequest;

/**
 * What every payment writes, each inside a transaction of the caller. They take and return plain values, so that a thread
 * of its own can do them.
 */
export interface InboxWrites {
  record(row: MessageRow): 'stored' | 'repeat';
  /** The rows claimed, as `CLAIMED_COLUMNS` of before the claim. */
  claim(request: InboxClaim): readonly Columns[];
  settle(token: LeaseToken, now: Instant, settlements: readonly SettlementRow[]): readonly SettleResult[];
  /** Records a message and takes it back: whether a notification could be made durable. */
  probe(row: MessageRow): void;
}

/** The same, each answered once it is on disk. They reject with a `StoreError` when nothing was written. */
export type InboxWriter = {
  readonly [Write in keyof InboxWrites]: (
    ...args: Parameters<InboxWrites[Write]>
  ) => Promise<ReturnType<InboxWrites[Write]>>;
};
