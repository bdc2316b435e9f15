import type { Backoff } from '../runtime/backoff';
import type { SubMchId } from '../values/ids';
import type { AskAfterMs } from './ask-schedule';

/** How orders are made and asked about. Times in ms. */
export interface OrderSettings {
  /** The merchant numbers that are ours; the first is used when the price names none. */
  readonly merchants: readonly [SubMchId, ...SubMchId[]];
  /** Begins every order number: up to 8 characters. */
  readonly numberPrefix: string;
  /** How long an order can be paid. */
  readonly payableMs: number;
  /** How long after its creation an order that heard nothing is asked about for the first time, in ms. */
  readonly firstAskMs: number;
  /** WeChat Pay is asked about one order for its payer at most this often. */
  readonly askAgainMs: number;
}

/** How orders that heard nothing are asked about. */
export interface ReconcileSettings {
  readonly askAfterMs: AskAfterMs;
  /** Questions to WeChat Pay at the same time. */
  readonly concurrency: number;
  /** Questions begun per second. */
  readonly perSecond: number;
  /** Orders per claim, 1 to 1000. */
  readonly batch: number;
}

/** How paid orders are fulfilled. Times in ms. */
export interface FulfilmentSettings {
  /** Fulfilments under way at the same time. */
  readonly concurrency: number;
  /** Turns an order gets before it is dead. */
  readonly attempts: number;
  /** How long one turn may take, its quick retries included. */
  readonly timeoutMs: number;
  /** Tries within one turn beside the first, for errors that pass by themselves. */
  readonly quickRetries: number;
  readonly backoff: Backoff;
}
