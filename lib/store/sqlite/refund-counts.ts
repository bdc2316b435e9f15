import { NOTHING_COUNTED } from '../../model/counted-refunds';
import type { DailyRefunds } from '../ports/refund-counts-port';
import { isCounted } from '../rows/counted-refunds';
import { reading } from '../rows/columns';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';

/** The counted refunds of operators in SQLite: one row. */
export function sqliteRefundCounts(connection: Connection, commits: GroupCommit): DailyRefunds {
  const find = connection.prepare('SELECT counted FROM refund_counts');
  const insert = connection.prepare(
    'INSERT INTO refund_counts (id, version, counted) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING',
  );
  const update = connection.prepare(
    'UPDATE refund_counts SET version = ?1, counted = ?2 WHERE id = 1 AND version = ?1 - 1',
  );
  return {
    find: async () => {
      const [found] = find.all();
      return found === undefined ? NOTHING_COUNTED : reading(found).json(isCounted);
    },
    save: async (counted) =>
      commits.write(() => {
        const write = counted.version === 1 ? insert : update;
        return write.run(counted.version, JSON.stringify(counted)) === 1;
      }),
  };
}
