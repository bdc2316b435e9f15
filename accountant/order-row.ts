import type { RefundState } from '../lib/model/refund';
import type { Fen } from '../lib/values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../lib/values/ids';
import type { Instant } from '../lib/values/instant';

/**
 * How an order stands in the orders file; `unknown` when the file has no status, or a word that
 * says nothing to us.
 */
export type OrderState = 'pending' | 'paid' | 'closed' | 'failed' | 'unknown';

/** A refund as the orders file has it. Null where the file says nothing. */
export interface OrderRefund {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  readonly state: RefundState | null;
  readonly refundedAt: Instant | null;
}

/** One row of the orders file. Null where the file says nothing. */
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
