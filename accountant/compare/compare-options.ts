import type { RateMillionths } from '../../lib/values/fee-rate';
import type { OutTradeNo, SubMchId } from '../../lib/values/ids';
import type { DayRange } from './bill-days';

/** The options of a comparison. */
export interface CompareOptions {
  /** Rows of other merchants are excluded on both sides; null accepts every merchant. */
  readonly merchant: SubMchId | null;
  /** The rate agreed with WeChat Pay; null leaves fees unchecked. */
  readonly feeRate: RateMillionths | null;
  /** The days that the bills cover, as the accountant says; null takes those of their rows. */
  readonly days: DayRange | null;
  /** The orders that the accountant names as canaries; see `isOfCanary`. */
  readonly canaries: ReadonlySet<OutTradeNo>;
}
