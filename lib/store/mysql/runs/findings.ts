import type { Discrepancy, DiscrepancyId, Resolution } from '../../../model/discrepancy';
import { orderOfDiscrepancy } from '../../../model/discrepancy';
import type { Session } from '../base/database';

/**
 * As `Discrepancies.see`.
 *
 * Failure policy: fail open. A stored finding that is not JSON stays as it is: an unreadable row
 * must not reject a settlement or the other discrepancies.
 */
export async function seeFindings(session: Session, found: readonly Discrepancy[]): Promise<void> {
  if (found.length === 0) return;
  const rows = found.map(({ id, class: discrepancyClass, opensAt, lastSeenAt, resolution, ...finding }) => [
    id,
    discrepancyClass,
    orderOfDiscrepancy(finding),
    opensAt,
    lastSeenAt,
    JSON.stringify(finding),
    finding.statementRun,
    resolution === null ? null : JSON.stringify(resolution),
    resolution === null ? 0 : 1,
    resolution?.who ?? null,
  ]);
  await session.change(
    `INSERT INTO discrepancies (id, class, out_trade_no, opens_at, last_seen_at, finding, statement_run, resolution,
       is_resolved, resolved_by) VALUES ?
     ON DUPLICATE KEY UPDATE last_seen_at = GREATEST(last_seen_at, VALUES(last_seen_at)),
       finding = IF(VALUES(statement_run) IS NULL OR NOT JSON_VALID(finding), finding,
         JSON_SET(finding, '$.statementRun', VALUES(statement_run))),
       statement_run = COALESCE(VALUES(statement_run), statement_run)`,
    rows,
  );
}

/** Resolves the unresolved ones among these, and returns how many. */
export async function resolveFindings(
  session: Session,
  ids: readonly DiscrepancyId[],
  resolution: Resolution,
): Promise<number> {
  if (ids.length === 0) return 0;
  return session.change(
    'UPDATE discrepancies SET resolution = ?, is_resolved = 1, resolved_by = ? WHERE id IN (?) AND is_resolved = 0',
    JSON.stringify(resolution),
    resolution.who,
    ids,
  );
}
