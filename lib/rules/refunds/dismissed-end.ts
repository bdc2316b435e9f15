import type { Content } from '../../model/message';
import type { RefundDetails } from '../../model/facts';
import type { Order } from '../../model/order';
import type { Refund, RefundState } from '../../model/refund';
import type { TransactionId } from '../../values/ids';
import { transactionsOf } from './reservation';

/**
 * Whether a refund's end that an operator dismissed is decided again when WeChat Pay states it
 * again: it says of a refund on our books, by its amounts and order, that the money went back, or
 * that it got stuck on the way. One that disagrees would go dead again each time. Pure.
 *
 * Such money is dealt with nowhere else. The refund would stay in progress, and every later answer
 * would say the same and change nothing. To apply it releases nothing: the money stays reserved,
 * and no goods leave. An end without a refund (`closed`, `declined`) would release both, and what
 * an operator gave back by hand would be delivered besides; it stays dismissed until he replays it.
 */
export function outlivesDismissal(
  content: Content,
  refund: Refund | undefined,
  order: Pick<Order, 'payment' | 'otherPayments'> | undefined,
): boolean {
  if (content.kind !== 'refund' || refund === undefined) return false;
  const { state, refund: amount, total, outTradeNo, subMchId, transactionId } = content.refund;
  const isOurs =
    refund.amount === amount &&
    (total === null || refund.total === total) &&
    (outTradeNo === null || refund.outTradeNo === outTradeNo) &&
    (subMchId === null || refund.subMchId === subMchId) &&
    isOfItsPayment(refund, order, transactionId);
  return isOurs && OPEN[state].includes(refund.progress.state);
}

/** A refund that names no payment may be of any of its order's. */
function isOfItsPayment(
  refund: Refund,
  order: Pick<Order, 'payment' | 'otherPayments'> | undefined,
  transactionId: TransactionId | null,
): boolean {
  if (transactionId === null) return true;
  if (refund.transactionId !== null) return refund.transactionId === transactionId;
  const paid = order === undefined ? [] : transactionsOf(order);
  return paid.length === 0 || paid.includes(transactionId);
}

const UNFINISHED = ['requested', 'processing'] as const;

/** The states of our refund in which the fact, by its state, is decided again. */
const OPEN: Readonly<Record<RefundDetails['state'], readonly RefundState[]>> = {
  succeeded: [...UNFINISHED, 'abnormal', 'closed'],
  abnormal: UNFINISHED,
  closed: [],
  declined: [],
  processing: [],
  unknown: [],
};
