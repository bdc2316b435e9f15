import type { OutRefundNo, TransactionId } from '../values/ids';
import { isOutRefundNo } from '../values/ids';

/**
 * Uses a payment's transaction ID as the refund number of money that went back without one. It
 * always fits: a transaction ID has at most 32 characters, a refund number up to 64.
 */
export function asRefundNo(transactionId: TransactionId): OutRefundNo {
  const text: string = transactionId;
  if (!isOutRefundNo(text)) throw new TypeError('a transaction ID is not a valid refund number');
  return text;
}
