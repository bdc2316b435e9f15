import type { BeijingDay } from '../values/day';
import type { Fen } from '../values/fen';
import type { OutRefundNo } from '../values/ids';

/** One refund by an operator, as the limits count it. */
export interface CountedRefund {
  readonly outRefundNo: OutRefundNo;
  readonly day: BeijingDay;
  /** The operator's name, never a whole OPENID. */
  readonly who: string;
  readonly amount: Fen;
}

/** What operators refunded in recent days, as the limits count it. */
export interface CountedRefunds {
  /** 0 until something is counted; every save adds one. */
  readonly version: number;
  readonly refunds: readonly CountedRefund[];
}

/** The value before anything is counted. */
export const NOTHING_COUNTED: CountedRefunds = { version: 0, refunds: [] };
