import type { RunContext } from '../run/run-context';
import type { StatementRow } from '../../bill/row';
import type { SetAsideReason } from '../../model/statement-run';

/** Knows which rows of a chunk were seen already. */
export type SeenRows = Set<string>;

/**
 * Why a row must not be matched, as far as the row alone and its chunk tell; null when it may be.
 *
 * Failure policy: fail closed. A row of another merchant or day, or of a state that WeChat Pay has
 * not documented, is evidence of something we do not understand: nothing is repaired by it.
 */
export function setAsideReason(frame: RunContext, row: StatementRow, seen: SeenRows): SetAsideReason | null {
  if (row.paidTo !== null && row.paidTo !== frame.subMchId) return 'other_merchant';
  if (row.tradedAt < frame.span.from || row.tradedAt >= frame.span.to) return 'other_day';
  if (row.kind === 'other') return 'undocumented';
  const name = nameOf(row);
  if (seen.has(name)) return 'duplicate_row';
  seen.add(name);
  return null;
}

/** Two rows of one name say the same thing twice. */
function nameOf(row: StatementRow): string {
  return row.kind === 'refund'
    ? `${row.kind} ${row.outTradeNo} ${row.outRefundNo}`
    : `${row.kind} ${row.outTradeNo} ${row.transactionId}`;
}
