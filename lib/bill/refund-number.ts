import type { OutRefundNo, TransactionId } from '../values/ids';
import { isOutRefundNo } from '../values/ids';

/**
 * A payment's own number in the place of a refund number, for money that went back without one. It
 * fits: up to 32 of what a refund number may have 64 of.
 */
export function asRefundNo(transactionId: TransactionId): OutRefundNo {
  const text: string = transactionId;
  if (!isOutRefundNo(text)) throw new TypeError('a transaction number is no refund number');
  return text;
}
