import type { Approval } from '../../model/operators/approval';
import type { Approvals } from '../ports/approvals-port';
import { approvalPage, LISTED_APPROVAL_COLUMNS, readApproval } from '../rows/approval-rows';
import type { Connection } from './base/connection';
import { checkedLimit, readCursor } from '../rows/cursor';
import type { GroupCommit } from './commits/group-commit';

/** Requests for approval in SQLite: a row each, replaced by conditional writes. */
export function sqliteApprovals(connection: Connection, commits: GroupCommit): Approvals {
  const insert = connection.prepare(
    `INSERT INTO approvals (id, version, is_decided, asked_at, approval) VALUES (?, 1, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  );
  const find = connection.prepare('SELECT approval FROM approvals WHERE id = ?');
  const list = connection.prepare(
    `SELECT ${LISTED_APPROVAL_COLUMNS} FROM approvals
     WHERE is_decided = ?1 AND asked_at <= ?2 AND (asked_at, id) < (?2, ?3)
     ORDER BY asked_at DESC, id DESC LIMIT ?4`,
  );
  const update = connection.prepare(
    'UPDATE approvals SET version = ?2, is_decided = ?3, approval = ?4 WHERE id = ?1 AND version = ?2 - 1',
  );
  const flag = ({ decision }: Approval): number => (decision === null ? 0 : 1);
  return {
    create: async (one) =>
      commits.write(() => insert.run(one.id, flag(one), one.askedAt, JSON.stringify(one)) === 1),
    find: async (id) => {
      const [found] = find.all(id);
      return found === undefined ? null : readApproval(found);
    },
    list: async ({ isDecided, after, limit }) => {
      const { at, name } = readCursor(after);
      return approvalPage(list.all(isDecided ? 1 : 0, at, name, checkedLimit(limit) + 1), limit);
    },
    save: async (one) =>
      commits.write(() => update.run(one.id, one.version, flag(one), JSON.stringify(one)) === 1),
  };
}
