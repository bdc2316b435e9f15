import { isRefundFactState } from '../../model/facts';
import type { OpenRefund } from '../../model/message';
import { isInboxKey } from '../../model/message';
import { isOutTradeNo, isTransactionId } from '../../values/ids';
import { isRecord, parseJson } from '../../values/json';
import type { Columns } from './columns';
import { reading } from './columns';

/**
 * An open refund from its key, order number, content, and the instants it was received and died.
 *
 * Failure policy: fail closed. A message with content that does not fit is `unreadable`, and holds
 * only its own order.
 */
export function readOpenRefund(columns: Columns): OpenRefund {
  const row = reading(columns);
  const key = row.as(isInboxKey);
  const outTradeNo = row.asOrNull(isOutTradeNo);
  const content = parseJson(row.text());
  const common = { key, outTradeNo, receivedAt: row.instant(), diedAt: row.instantOrNull() };
  const refund = isRecord(content) && content['kind'] === 'refund' ? content['refund'] : null;
  const told = isRecord(refund) ? refund['state'] : null;
  if (!isRecord(refund) || !isRefundFactState(told))
    return { ...common, transactionId: null, told: 'unreadable' };
  const { transactionId } = refund;
  return { ...common, transactionId: isTransactionId(transactionId) ? transactionId : null, told };
}
