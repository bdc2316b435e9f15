import type { Order } from '../../model/order';
import type { RefundEntry } from '../../model/history';
import type { Fen } from '../../values/fen';
import type { OutRefundNo } from '../../values/ids';
import type { PaidMoney } from './reservation';
import type { Instant } from '../../values/instant';
import type { Refund, RefundOrigin } from '../../model/refund';

/** Who wants how much back, and why. */
export interface RefundTerms {
  readonly outRefundNo: OutRefundNo;
  readonly amount: Fen;
  /** What the payer reads; null for nothing. */
  readonly reason: string | null;
  readonly origin: RefundOrigin;
  readonly requestedBy: string;
}

/**
 * A refund of one payment of an order, before it is requested from WeChat Pay. It is requested at
 * `firstAskAt` at the latest.
 */
export function draftRefund(
  order: Pick<Order, 'outTradeNo' | 'subMchId'>,
  payment: Pick<PaidMoney, 'transactionId' | 'total' | 'paidTo'>,
  terms: RefundTerms,
  firstAskAt: Instant,
  entry: RefundEntry,
): Refund {
  return {
    ...terms,
    outTradeNo: order.outTradeNo,
    subMchId: payment.paidTo ?? order.subMchId,
    transactionId: payment.transactionId,
    total: payment.total,
    createdAt: entry.at,
    version: 1,
    progress: { state: 'requested' },
    nextAskAt: firstAskAt,
    asks: 0,
    lastError: null,
    statement: null,
    history: [entry],
  };
}
