/**
 * How long finished records are kept. Orders, refunds, discrepancies and the audit log are kept
 * permanently.
 */
export interface RetentionSettings {
  /**
   * Processed messages, in ms from their end: at least 7 days, because WeChat Pay redelivers for 2.
   */
  readonly doneMessageMs: number;
  /** Dead messages, in ms from their end: until then an operator can replay them. */
  readonly deadMessageMs: number;
  /**
   * Unverified messages, processed or dead, in ms from their end: strangers can send any number of
   * them.
   */
  readonly unverifiedMessageMs: number;
  /**
   * Statement runs and their files, in days: longer than the three months for which WeChat Pay
   * keeps a bill.
   */
  readonly statementDays: number;
  /** Messages examined per request. */
  readonly batch: number;
}
