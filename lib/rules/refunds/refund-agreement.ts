import type { Discrepancy } from '../../model/discrepancy';
import type { Order } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import type { Decision, RefundFact } from '../decision';
import { deadLetter } from '../decision';
import { refundDiscrepancy } from './refund-discrepancies';
import { transactionsOf } from './reservation';

/* What must agree before a fact about a refund counts (G6). */

/** Where a fact about a refund that is here disagrees with it. Pure. */
export function mismatchesOf(refund: Refund, fact: RefundFact, now: Instant): Discrepancy[] {
  const { refund: told } = fact.content;
  const found: Discrepancy[] = [];
  const { outTradeNo, outRefundNo } = refund;
  if (told.outTradeNo !== null && told.outTradeNo !== outTradeNo) {
    found.push(
      refundDiscrepancy('refund_missing_here', told.outTradeNo, fact, now, { outTradeNo, outRefundNo }, null),
    );
  }
  if (told.subMchId !== null && told.subMchId !== refund.subMchId) {
    found.push(refundDiscrepancy('merchant_mismatch', outTradeNo, fact, now, refund.subMchId, told.subMchId));
  }
  const totalDiffers = told.total !== null && told.total !== refund.total;
  if (totalDiffers || (told.refund !== null && told.refund !== refund.amount)) {
    const ours = { total: refund.total, refund: refund.amount };
    const theirs = { total: told.total, refund: told.refund };
    found.push(refundDiscrepancy('refund_amount_mismatch', outTradeNo, fact, now, ours, theirs));
  }
  return found;
}

/**
 * A refund of a transaction that is not the order's. Another payment of the order may still be on
 * its way, so it waits; in the end a person must look at it. A refund that was requested for one
 * payment of the order and is reported of another is a mismatch at once. Null when the transactions
 * agree, or when no payment exists to compare with. Pure.
 */
export function foreignTransaction(
  order: Order,
  refund: Refund | null,
  fact: RefundFact,
  now: Instant,
): Decision | null {
  const { transactionId } = fact.content.refund;
  if (transactionId === null) return null;
  const named = (ours: Json) =>
    refundDiscrepancy('refund_transaction_mismatch', order.outTradeNo, fact, now, ours, transactionId);
  const requested = refund?.transactionId ?? null;
  if (requested !== null && requested !== transactionId) {
    return deadLetter('mismatch', 'the refund was requested for another payment', [named(requested)]);
  }
  const ours = transactionsOf(order);
  if (ours.length === 0 || ours.includes(transactionId)) return null;
  const detail = 'the refund is of a transaction that is not the order’s';
  return { kind: 'wait', detail, inTheEnd: deadLetter('mismatch', detail, [named([...ours])]) };
}
