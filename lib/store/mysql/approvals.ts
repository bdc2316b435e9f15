import type { Approval } from '../../model/operators/approval';
import type { Approvals } from '../ports/approvals-port';
import { approvalPage, LISTED_APPROVAL_COLUMNS, readApproval } from '../rows/approval-rows';
import { checkedLimit, readCursor } from '../rows/cursor';
import type { Database } from './base/database';

/** Requests for approval in MySQL: a row each, replaced by conditional writes. */
export function mysqlApprovals(database: Database): Approvals {
  const flag = ({ decision }: Approval): number => (decision === null ? 0 : 1);
  return {
    create: (one) =>
      database.insert(
        'INSERT INTO approvals (id, version, is_decided, asked_at, approval) VALUES (?, 1, ?, ?, ?)',
        one.id,
        flag(one),
        one.askedAt,
        JSON.stringify(one),
      ),
    find: async (id) => {
      const [found] = await database.rows('SELECT approval FROM approvals WHERE id = ?', id);
      return found === undefined ? null : readApproval(found);
    },
    list: async ({ isDecided, after, limit }) => {
      const { at, name } = readCursor(after);
      const rows = await database.rows(
        `SELECT ${LISTED_APPROVAL_COLUMNS} FROM approvals FORCE INDEX (approvals_asked)
         WHERE is_decided = ?4 AND asked_at <= ?1 AND (asked_at, id) < (?1, ?2)
         ORDER BY asked_at DESC, id DESC LIMIT ?3`,
        at,
        name,
        checkedLimit(limit) + 1,
        isDecided ? 1 : 0,
      );
      return approvalPage(rows, limit);
    },
    save: async (one) =>
      (await database.change(
        'UPDATE approvals SET version = ?2, is_decided = ?3, approval = ?4 WHERE id = ?1 AND version = ?2 - 1',
        one.id,
        one.version,
        flag(one),
        JSON.stringify(one),
      )) === 1,
  };
}
