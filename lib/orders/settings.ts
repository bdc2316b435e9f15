import type { Backoff } from '../runtime/backoff';
import type { SubMchId } from '../values/ids';
import type { AskAfterMs } from './ask-schedule';

/** How orders are created and queried. Times in ms. */
export interface OrderSettings {
  /** Our merchant numbers. The first is used when the price names none. */
  readonly merchants: readonly [SubMchId, ...SubMchId[]];
  /** The start of every order number: up to 8 characters. */
  readonly numberPrefix: string;
  /** How long an order can be paid. */
  readonly payableMs: number;
  /** The age at which an unresolved order is first queried, in ms. */
  readonly firstAskMs: number;
  /** The shortest time between two queries about one order on behalf of its payer. */
  readonly askAgainMs: number;
}

/** How unresolved orders are queried. */
export interface ReconcileSettings {
  readonly askAfterMs: AskAfterMs;
  /** Concurrent queries to WeChat Pay. */
  readonly concurrency: number;
  /** Queries started per second. */
  readonly perSecond: number;
  /** Orders per claim, 1 to 1000. */
  readonly batch: number;
}

/** How paid orders are fulfilled. Times in ms. */
export interface FulfilmentSettings {
  /** Concurrent fulfilments. */
  readonly concurrency: number;
  /** How often an order is claimed before its fulfilment is dead. */
  readonly attempts: number;
  /** The time limit of one fulfilment, its quick retries included. */
  readonly timeoutMs: number;
  /** Further attempts within one claim, for errors that pass by themselves. */
  readonly quickRetries: number;
  readonly backoff: Backoff;
}
