import type { Backoff } from '../../runtime/backoff';
import type { SubMchId } from '../../values/ids';
import type { RateMillionths } from '../../values/fee-rate';

/** A merchant number whose days are reconciled. */
export interface StatementMerchant {
  readonly subMchId: SubMchId;
  /** What was agreed with WeChat Pay; null leaves the fees of its statements unchecked. */
  readonly feeRate: RateMillionths | null;
}

/** How statements are reconciled. Times in ms, hours in Beijing. */
export interface StatementSettings {
  readonly merchants: readonly StatementMerchant[];
  /** How many days a payment may be absent from the statement of its day before that counts. */
  readonly carryOverDays: number;
  /** From this hour of the next day on a statement is asked for. */
  readonly fromHour: number;
  /** From this hour of the next day on "not available" means that there is none. */
  readonly finalHour: number;
  /** How long to wait before a statement that is not available yet is asked for again. */
  readonly notYetMs: number;
  /** How long to wait after a download that failed. */
  readonly backoff: Backoff;
  /**
   * How often a file that looks damaged on the way is downloaded before it is believed to be so.
   */
  readonly fileTries: number;
  /** Rows, and absent payments (at most 1000 of them), dealt with between two writes of the run. */
  readonly chunkRows: number;
  /**
   * How long a claim holds. A worker that dies holds its run up for so long; longer than a function
   * may run.
   */
  readonly leaseMs: number;
}
