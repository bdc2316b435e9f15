import type { LateMoneyPolicy } from '../model/order';
import type { Backoff } from '../runtime/backoff';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';

/** How the inbox is worked off. Times in ms. */
export interface InboxSettings {
  /** Messages per claim, 1 to 1000. */
  readonly batch: number;
  /** How long a claim holds; a worker that dies holds its messages up for so long. */
  readonly leaseMs: number;
  /** After so many failures that were decided about it, or so many claims that ended without an outcome, a message is buried. */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** How long a payment waits for its order to appear before it is buried as `missing_order`. */
  readonly missingOrderMs: number;
  /** Unverified messages in hand, and so questions about them, at the same time, over all runs. */
  readonly queryConcurrency: number;
  /** An unverified message that nothing has confirmed is buried after so long. */
  readonly unverifiedMs: number;
  readonly lateMoney: LateMoneyPolicy;
  /** The merchant numbers that are ours. */
  readonly merchants: readonly SubMchId[];
  /** Above this amount, in fen, fulfilment waits for one query of the payment; null for never. */
  readonly verifyAbove: Fen | null;
}
