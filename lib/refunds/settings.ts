import type { Config } from '../config/config-schema';
import type { RefundLimits } from '../model/operators/principal';

/** How refunds are requested and followed. Times in ms. */
export type RefundSettings = Readonly<Omit<Config['refunds'], 'limits'>> & {
  /** What operators may refund. */
  readonly limits: RefundLimits;
};
