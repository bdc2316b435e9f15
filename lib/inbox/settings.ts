import type { LateMoneyPolicy } from '../model/order';
import type { Backoff } from '../runtime/backoff';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';

/** How the inbox is processed. Times in ms. */
export interface InboxSettings {
  /** Messages per claim, 1 to 1000. */
  readonly batch: number;
  /** How long a claim lasts. A worker that crashes delays its messages by this much. */
  readonly leaseMs: number;
  /**
   * A message is buried after this many failures of its own, or this many claims without an
   * outcome.
   */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** How long a payment waits for its order before it is buried as `missing_order`. */
  readonly missingOrderMs: number;
  /**
   * How many unverified messages of one merchant are claimed, and hence queried, at the same time,
   * over all runs.
   */
  readonly queryConcurrency: number;
  /** An unverified message that nothing confirmed is buried after this long. */
  readonly unverifiedMs: number;
  readonly lateMoney: LateMoneyPolicy;
  /** Our merchant numbers. */
  readonly merchants: readonly SubMchId[];
  /** Above this amount, in fen, fulfilment waits for one query of the payment; null for never. */
  readonly verifyAbove: Fen | null;
}
