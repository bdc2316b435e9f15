import type { LateMoneyPolicy } from '../model/order';
import type { Backoff } from '../runtime/backoff';
import type { SubMchId } from '../values/ids';

/** How the inbox is worked off. Times in ms. */
export interface InboxSettings {
  /** Messages per claim, 1 to 1000. */
  readonly batch: number;
  /** How long a claim holds; a worker that dies holds its messages up for so long. */
  readonly leaseMs: number;
  /** A message taken more often than this is buried. */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** How long a payment waits for its order to appear before it is buried as `missing_order`. */
  readonly missingOrderMs: number;
  /** Questions to WeChat Pay at the same time, for unverified messages. */
  readonly queryConcurrency: number;
  readonly lateMoney: LateMoneyPolicy;
  /** The merchant numbers that are ours. */
  readonly merchants: readonly SubMchId[];
}
