import type { Instant } from '../../../values/instant';
import type { LeaseToken } from '../../../model/lease';
import type { InboxClaimRequest, Settlement, SettleResult } from '../../port';
import type { Columns } from '../../rows/columns';
import type { MessageRow } from '../../rows/new-message';
import type { OrderChangeRow } from '../orders/order-change-row';

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
