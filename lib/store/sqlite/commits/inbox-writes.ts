import type { InboxKey, Trust } from '../../../model/message';
import type { OutTradeNo, SubMchId } from '../../../values/ids';
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
  /** The sources of a new row, and what a repeat adds. */
  readonly firstBits: number;
  readonly repeatBit: number;
  /** The merchant an unverified message names, if any; null for believed messages. */
  readonly namedMerchant: SubMchId | null;
  readonly believedPayment: 0 | 1;
  /** An unverified message that no stranger can have written. */
  readonly vouchedFor: 0 | 1;
  /** JSON text; null where it came in no envelope. */
  readonly envelope: string | null;
  /** A believed callback's repeat is kept for `redelivered`. Others must not fill the disk. */
  readonly keepsRepeat: boolean;
  /** JSON text. */
  readonly content: string;
  /**
   * JSON text of the text: the driver cuts bare text at a NUL, and undecodable text must come back
   * unchanged.
   */
  readonly raw: string;
}

/**
 * A settlement with its order's change as stored. `beside` is null when there is nothing but the
 * order, nearly always.
 */
export interface SettlementRow extends Pick<Settlement, 'key' | 'finish'> {
  readonly order: OrderChangeRow | null;
  readonly beside: Pick<Settlement, 'refund' | 'discrepancies' | 'resolves'> | null;
}

/** A claim as requested from the store. */
export type InboxClaim = InboxClaimRequest;

/**
 * The writes of every payment, each inside the caller's transaction. They take and return plain
 * values, so that a separate thread can make them.
 */
export interface InboxWrites {
  record(row: MessageRow): 'stored' | 'repeat';
  /** The claimed rows, as `CLAIMED_COLUMNS` before the claim. */
  claim(request: InboxClaim): readonly Columns[];
  settle(token: LeaseToken, now: Instant, settlements: readonly SettlementRow[]): readonly SettleResult[];
  /** Records a message and removes it again: tests whether a notification could be made durable. */
  probe(row: MessageRow): void;
}

/**
 * The same writes, each resolved once it is on disk. They reject with a `StoreError` when nothing
 * was written.
 */
export type InboxWriter = {
  readonly [Write in keyof InboxWrites]: (
    ...args: Parameters<InboxWrites[Write]>
  ) => Promise<ReturnType<InboxWrites[Write]>>;
};
