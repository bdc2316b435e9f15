import { statedMessage } from '../../rules/fact-messages';
import type { NewMessage } from '../../model/message';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { StatementType } from '../../model/statement/bill-columns';
import type { PaymentRow, RefundRow } from '../../bill/row';

/**
 * The message for a payment in a bill. It has the same key as a callback's message. The payer is
 * left out: a service provider's bill names the payer by the provider's appid. `merchant`: whose
 * bill it is.
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
 * The message for a refund in a bill. The order amount is left out: a refund row has 0 there. Only
 * a REFUND bill has a success time column; other bills date refund rows by their success.
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
