/**
 * How long what has come to an end is kept. Orders, refunds, discrepancies and the record of
 * operators' actions are kept for good.
 */
export interface RetentionSettings {
  /**
   * Messages that were dealt with, in ms from their end: at least 7 days, since WeChat Pay repeats
   * for 2.
   */
  readonly doneMessageMs: number;
  /** Buried messages, in ms from their burial: until then an operator can bring them back. */
  readonly deadMessageMs: number;
  /**
   * Statement runs and their files, in days: longer than the three months for which WeChat Pay
   * gives a statement out again.
   */
  readonly statementDays: number;
  /** Messages looked at by one request. */
  readonly batch: number;
}
