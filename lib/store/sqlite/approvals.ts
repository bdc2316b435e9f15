import type { Approval } from '../../model/approval';
import type { Approvals } from '../approvals-port';
import { reading } from '../rows/columns';
import { isApproval } from '../rows/operation-rows';
import type { Connection } from './base/connection';
import { checkedLimit, pageOf, readCursor } from '../rows/cursor';
import type { GroupCommit } from './commits/group-commit';

/** Requests for approval in SQLite: a row each, replaced by conditional writes. */
export function sqliteApprovals(connection: Connection, commits: GroupCommit): Approvals {
  const insert = connection.prepare(
    `INSERT INTO approvals (id, version, is_decided, asked_at, approval) VALUES (?, 1, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  );
  const find = connection.prepare('SELECT approval FROM approvals WHERE id = ?');
  const list = connection.prepare(
    `SELECT approval FROM approvals
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
      return found === undefined ? null : reading(found).json(isApproval);
    },
    list: async ({ isDecided, after, limit }) => {
      const { at, name } = readCursor(after);
      const rows = list
        .all(isDecided ? 1 : 0, at, name, checkedLimit(limit) + 1)
        .map((columns) => reading(columns).json(isApproval));
      return pageOf(rows, limit, (one) => ({ at: one.askedAt, name: one.id }));
    },
    save: async (one) =>
      commits.write(() => update.run(one.id, one.version, flag(one), JSON.stringify(one)) === 1),
  };
}
