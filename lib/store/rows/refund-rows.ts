import type { Refund, RefundNote, RefundProgress, RefundRefusal } from '../../model/refund';
import { REFUND_STATES } from '../../model/refund';
import { isOutRefundNo, isOutTradeNo, isSubMchId } from '../../values/ids';
import { isRecord } from '../../values/json';
import { hasKind, isText, line, reading } from './columns';
import type { Bindable, Columns } from './columns';
import { MARK_COLUMNS, markValues, readMark } from './marks';
import { isHistoryLine } from './message-rows';
import { trusted } from '../../values/trusted';

/** The terms of a refund, which never change. */
type Terms = Pick<
  Refund,
  'transactionId' | 'total' | 'amount' | 'reason' | 'origin' | 'requestedBy' | 'takenOver'
>;

const STATES: ReadonlySet<string> = new Set(REFUND_STATES);

/** Terms stored before refunds named their payment name none. */
type StoredTerms = Omit<Terms, 'transactionId'> & Partial<Pick<Terms, 'transactionId'>>;

const isTerms = trusted<StoredTerms>((value) => isRecord(value) && typeof value.requestedBy === 'string');

const isProgress = trusted<RefundProgress>((value) => hasKind(value, 'state', STATES));

const isRefusal = trusted<RefundRefusal>((value) => isRecord(value) && typeof value.code === 'string');

/** The refusal of a refund as it is stored. */
function refusalValue(refusal: RefundRefusal | null | undefined): string | null {
  return refusal === null || refusal === undefined ? null : JSON.stringify(refusal);
}

/** The terms of a refund as they are stored. */
function termsOf(refund: Refund): string {
  const { transactionId, total, amount, reason, origin, requestedBy, takenOver } = refund;
  const agreed: Terms = { transactionId, total, amount, reason, origin, requestedBy };
  const terms: Terms = takenOver === undefined ? agreed : { ...agreed, takenOver };
  return JSON.stringify(terms);
}

/**
 * When a refund succeeded, as it is stored: according to WeChat Pay, or else when we learned of it;
 * null unless it succeeded.
 */
export function succeededAtValue(progress: RefundProgress): number | null {
  return progress.state === 'succeeded' ? (progress.succeededAt ?? progress.knownAt) : null;
}

/** The columns of a new refund. */
export const NEW_REFUND_COLUMNS = `out_refund_no, out_trade_no, sub_mch_id, version, created_at, state, succeeded_at,
  progress, next_ask_at, asks, last_error, refusal, terms, history, ${MARK_COLUMNS}`;

/** The values of `NEW_REFUND_COLUMNS`. */
export function newRefundValues(refund: Refund): readonly Bindable[] {
  return [
    refund.outRefundNo,
    refund.outTradeNo,
    refund.subMchId,
    refund.version,
    refund.createdAt,
    refund.progress.state,
    succeededAtValue(refund.progress),
    JSON.stringify(refund.progress),
    refund.nextAskAt,
    refund.asks,
    refund.lastError === null ? null : JSON.stringify(refund.lastError),
    refusalValue(refund.refusal),
    termsOf(refund),
    refund.history.map(line).join(''),
    ...markValues(refund.statement),
  ];
}

/**
 * A note as values to bind: number, expected version, state, progress, due time, whether the error
 * changes, the error, what the history gets, whether the refusal changes, the refusal, when it
 * succeeded.
 */
export function refundNoteValues({
  outRefundNo,
  expectedVersion,
  progress,
  nextAskAt,
  lastError,
  refusal,
  entry,
}: RefundNote): readonly Bindable[] {
  return [
    outRefundNo,
    expectedVersion,
    progress?.state ?? null,
    progress === undefined ? null : JSON.stringify(progress),
    nextAskAt ?? null,
    lastError === undefined ? 0 : 1,
    typeof lastError === 'string' ? JSON.stringify(lastError) : null,
    entry === undefined ? '' : line(entry),
    refusal === undefined ? 0 : 1,
    refusalValue(refusal),
    progress === undefined ? null : succeededAtValue(progress),
  ];
}

/** The columns `readRefund` reads, in order. */
export const REFUND_COLUMNS = `terms, out_refund_no, out_trade_no, sub_mch_id, version, created_at, progress,
  next_ask_at, asks, last_error, refusal, ${MARK_COLUMNS}, history`;

/** A refund from `REFUND_COLUMNS`. */
export function readRefund(columns: Columns): Refund {
  const row = reading(columns);
  const { transactionId = null, ...terms } = row.json(isTerms);
  const refund = {
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
  };
  const refusal = row.jsonOrNull(isRefusal);
  return {
    ...refund,
    ...(refusal === null ? {} : { refusal }),
    statement: readMark(row),
    history: row.lines(isHistoryLine),
  };
}
