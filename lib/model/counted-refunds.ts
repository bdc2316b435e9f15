import type { BeijingDay } from '../values/day';
import type { Fen } from '../values/fen';
import type { OutRefundNo } from '../values/ids';

/** One refund of an operator as the limits count it. */
export interface CountedRefund {
  readonly outRefundNo: OutRefundNo;
  readonly day: BeijingDay;
  /** The operator's name: no whole OPENID. */
  readonly who: string;
  readonly amount: Fen;
}

/** What operators refunded in the last days, as the limits count it. */
export interface CountedRefunds {
  /** 0 while nothing was ever counted; each save adds one. */
  readonly version: number;
  readonly refunds: readonly CountedRefund[];
}

/** What stands in the store before anything is counted. */
export const NOTHING_COUNTED: CountedRefunds = { version: 0, refunds: [] };
