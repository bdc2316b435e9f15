import type { RefundLimits } from '../rules/refund-limits';
import type { AskAfterMs } from '../orders/ask-schedule';

/** How refunds are requested and followed. Times in ms. */
export interface RefundSettings {
  /**
   * Ages at which an unfinished refund is requested or queried, ascending. The last gap repeats.
   */
  readonly askAfterMs: AskAfterMs;
  /** The wait after WeChat Pay answers that the merchant's funds do not suffice. */
  readonly fundsRetryMs: number;
  /** Which of the merchant's funds a refund is taken from. */
  readonly source: 'unsettled' | 'available';
  /** An unfinished refund older than this is logged as an error with every query. */
  readonly overdueMs: number;
  /** Concurrent calls to WeChat Pay. */
  readonly concurrency: number;
  /** Calls to WeChat Pay started per second. */
  readonly perSecond: number;
  /** Refunds per claim, 1 to 1000. */
  readonly batch: number;
  /** What operators may refund. */
  readonly limits: RefundLimits;
}
