import type { Backoff } from '../../runtime/backoff';
import type { SubMchId } from '../../values/ids';
import type { RateMillionths } from '../../values/fee-rate';

/** A merchant number whose days are reconciled. */
export interface StatementMerchant {
  readonly subMchId: SubMchId;
  /** The fee rate agreed with WeChat Pay; null leaves fees unchecked. */
  readonly feeRate: RateMillionths | null;
}

/** Settings of statement runs. Durations in ms, hours in Beijing time. */
export interface StatementSettings {
  readonly merchants: readonly StatementMerchant[];
  /** How many days a record may be absent from its day's bill before it counts as a discrepancy. */
  readonly carryOverDays: number;
  /** The hour of the next day from which a bill is requested. */
  readonly fromHour: number;
  /** The hour of the next day from which "not available" means that there is no bill. */
  readonly finalHour: number;
  /** Wait before a bill that is not available yet is requested again. */
  readonly notYetMs: number;
  /** Wait after a failed download. */
  readonly backoff: Backoff;
  /**
   * How often a file that looks damaged in transit is downloaded before it is reported as invalid.
   */
  readonly fileTries: number;
  /**
   * Rows or absent records handled between two writes of the run. For absent records, at most 1000.
   */
  readonly chunkRows: number;
  /**
   * Duration of the lease. A dead worker blocks its run this long. Longer than a function may run.
   */
  readonly leaseMs: number;
}
