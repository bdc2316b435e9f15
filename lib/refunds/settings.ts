import type { RefundLimits } from '../rules/refund-limits';
import type { AskAfterMs } from '../orders/ask-schedule';

/** How refunds are asked for and followed. Times in ms. */
export interface RefundSettings {
  /** Ages at which a refund whose end is not known is asked about, rising; the last gap is repeated. */
  readonly askAfterMs: AskAfterMs;
  /** How long to wait after WeChat Pay said that the merchant's funds do not suffice. */
  readonly fundsRetryMs: number;
  /** Which of the merchant's funds a refund is taken from. */
  readonly source: 'unsettled' | 'available';
  /** A refund that is older than this and has no end is an alarm at every question. */
  readonly overdueMs: number;
  /** Questions to WeChat Pay at the same time. */
  readonly concurrency: number;
  /** Questions to WeChat Pay begun per second. */
  readonly perSecond: number;
  /** Refunds per claim, 1 to 1000. */
  readonly batch: number;
  /** What operators may refund. */
  readonly limits: RefundLimits;
}
