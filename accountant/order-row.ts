import type { RefundState } from '../lib/model/refund';
import type { Fen } from '../lib/values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../lib/values/ids';
import type { Instant } from '../lib/values/instant';

/**
 * An order's state in the orders file; `unknown` without a status, or with one that we do not know.
 */
export type OrderState = 'pending' | 'paid' | 'closed' | 'failed' | 'unknown';

/** A refund in the orders file. Null where the file has no value. */
export interface OrderRefund {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  readonly state: RefundState | null;
  readonly refundedAt: Instant | null;
}

/** One row of the orders file. Null where the file has no value. */
export interface OrderRow {
  /** Its first line in the file, from 1. */
  readonly line: number;
  readonly outTradeNo: OutTradeNo;
  readonly subMchId: SubMchId | null;
  readonly currency: string;
  readonly total: Fen;
  readonly state: OrderState;
  readonly transactionId: TransactionId | null;
  readonly paidAt: Instant | null;
  readonly refund: OrderRefund | null;
}
