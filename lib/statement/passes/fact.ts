import { statedMessage } from '../../rules/fact-messages';
import type { NewMessage } from '../../model/message';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { StatementType } from '../../model/bill-columns';
import type { PaymentRow, RefundRow } from '../../bill/row';

/**
 * The message for a payment that a statement shows. It has the key a callback would have. The payer
 * is left out: a service provider's statement names them as the provider's appid knows them.
 * `merchant`: whose statement it is.
 */
export function paymentFact(row: PaymentRow, merchant: SubMchId, now: Instant): NewMessage {
  const payment = {
    outTradeNo: row.outTradeNo,
    transactionId: row.transactionId,
    subMchId: row.paidTo ?? merchant,
    total: row.total,
    currency: row.currency,
    paidAt: row.tradedAt,
    payer: null,
    cash: null,
    coupon: row.coupon,
    settlementTotal: row.settled,
    bankType: null,
    attach: null,
  };
  return statedMessage({ kind: 'payment', payment }, now);
}

/**
 * The message for a refund that a statement shows. What the order cost is left out: a refund's row
 * has 0 there. Only a REFUND statement says when a refund succeeded; the rows of others are dated
 * by it.
 */
export function refundFact(
  row: RefundRow,
  merchant: SubMchId,
  type: StatementType,
  now: Instant,
): NewMessage {
  const datedByRefund = type !== 'REFUND' && row.state === 'succeeded';
  const refund = {
    outRefundNo: row.outRefundNo,
    outTradeNo: row.outTradeNo,
    transactionId: row.transactionId,
    subMchId: row.paidTo ?? merchant,
    refundId: row.refundId,
    state: row.state,
    total: null,
    refund: row.asked,
    settled: row.refunded,
    succeededAt: row.succeededAt ?? (datedByRefund ? row.tradedAt : null),
  };
  return statedMessage({ kind: 'refund', refund }, now);
}
