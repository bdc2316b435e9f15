import type { RunContext } from '../run/run-context';
import type { StatementRow } from '../../bill/row';
import type { SetAsideReason } from '../../model/statement/statement-run';

/** The rows of a chunk seen so far. */
export type SeenRows = Set<string>;

/**
 * Why a row must not be compared, judging by the row and its chunk alone; null when it may be.
 *
 * Failure policy: fail closed. A row of another merchant or day, or of a state that WeChat Pay does
 * not document, is evidence of something we do not understand: nothing is repaired from it.
 */
export function setAsideReason(
  context: RunContext,
  row: StatementRow,
  seen: SeenRows,
): SetAsideReason | null {
  if (row.paidTo !== null && row.paidTo !== context.subMchId) return 'other_merchant';
  if (row.tradedAt < context.span.from || row.tradedAt >= context.span.to) return 'other_day';
  if (row.kind === 'other') return 'undocumented';
  const identity = identityOf(row);
  if (seen.has(identity)) return 'duplicate_row';
  seen.add(identity);
  return null;
}

/** Identifies a row: two rows with the same identity are duplicates. */
function identityOf(row: StatementRow): string {
  return row.kind === 'refund'
    ? `${row.kind} ${row.outTradeNo} ${row.outRefundNo}`
    : `${row.kind} ${row.outTradeNo} ${row.transactionId}`;
}
