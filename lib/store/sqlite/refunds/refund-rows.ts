import type { Refund, RefundProgress, RefundState } from '../../../model/refund';
import { isOutRefundNo, isOutTradeNo, isSubMchId } from '../../../values/ids';
import { isRecord } from '../../../values/json';
import { hasKind, isText, reading, wordsOf } from '../base/columns';
import type { Columns } from '../base/connection';
import { MARK_COLUMNS, readMark } from '../base/marks';
import { isHistoryEntry } from '../inbox/message-rows';

/** The terms of a refund, which never change. */
type Terms = Pick<Refund, 'transactionId' | 'total' | 'amount' | 'reason' | 'origin' | 'requestedBy'>;

const STATES = wordsOf<RefundState>({
  requested: true,
  processing: true,
  succeeded: true,
  closed: true,
  abnormal: true,
});

/** Terms stored before refunds named their payment name none. */
type StoredTerms = Omit<Terms, 'transactionId'> & Partial<Pick<Terms, 'transactionId'>>;

function isTerms(value: unknown): value is StoredTerms {
  return isRecord(value) && typeof value.requestedBy === 'string';
}

function isProgress(value: unknown): value is RefundProgress {
  return hasKind(value, 'state', STATES);
}

/** The terms of a refund as they are stored. */
export function termsOf({ transactionId, total, amount, reason, origin, requestedBy }: Refund): string {
  const terms: Terms = { transactionId, total, amount, reason, origin, requestedBy };
  return JSON.stringify(terms);
}

/**
 * When a refund succeeded, as it is stored: according to WeChat Pay, or else when we learned of it;
 * null unless it succeeded.
 */
export function succeededAtValue(progress: RefundProgress): number | null {
  return progress.state === 'succeeded' ? (progress.succeededAt ?? progress.knownAt) : null;
}

/** The columns `readRefund` reads, in order. */
export const REFUND_COLUMNS = `terms, out_refund_no, out_trade_no, sub_mch_id, version, created_at, progress,
  next_ask_at, asks, last_error, ${MARK_COLUMNS}, history`;

/** A refund from `REFUND_COLUMNS`. */
export function readRefund(columns: Columns): Refund {
  const row = reading(columns);
  const { transactionId = null, ...terms } = row.json(isTerms);
  return {
    ...terms,
    transactionId,
    outRefundNo: row.as(isOutRefundNo),
    outTradeNo: row.as(isOutTradeNo),
    subMchId: row.as(isSubMchId),
    version: row.integer(),
    createdAt: row.instant(),
    progress: row.json(isProgress),
    nextAskAt: row.instant(),
    asks: row.integer(),
    lastError: row.jsonOrNull(isText),
    statement: readMark(row),
    history: row.lines(isHistoryEntry),
  };
}
