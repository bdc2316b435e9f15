import type { Approval } from '../../model/operators/approval';
import { isApproval } from '../../model/operators/approval';
import type { Page } from '../requests';
import type { Columns } from './columns';
import { reading } from './columns';
import { pageOf } from './cursor';
import { placeOf, readEach } from './unreadable';

/** A request for approval from its column `approval`. */
export function readApproval(columns: Columns): Approval {
  return reading(columns).json(isApproval);
}

/** The columns of a list of requests. */
export const LISTED_APPROVAL_COLUMNS = 'approval, asked_at, id';

/**
 * Cuts a page from rows of `LISTED_APPROVAL_COLUMNS`, of which one more was read than fits.
 *
 * Failure policy: fail open. A request that cannot be read is left out: the others must not wait
 * for its repair, and what it asks for is not done.
 */
export function approvalPage(rows: readonly Columns[], limit: number): Page<Approval> {
  const { items, next } = pageOf(rows, limit, placeOf);
  return { items: readEach(items, readApproval), next };
}
