import type { CountedRefund, CountedRefunds } from '../../model/counted-refunds';
import { NOTHING_COUNTED } from '../../model/counted-refunds';
import { isBeijingDay } from '../../values/day';
import { isFen } from '../../values/fen';
import { isOutRefundNo } from '../../values/ids';
import { isRecord } from '../../values/json';
import type { RefundCounts } from '../refund-counts-port';
import { reading } from '../rows/columns';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';

/** The counted refunds of operators in SQLite: one row. */
export function sqliteRefundCounts(connection: Connection, commits: GroupCommit): RefundCounts {
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

function isCounted(value: unknown): value is CountedRefunds {
  if (!isRecord(value) || typeof value.version !== 'number') return false;
  return Array.isArray(value.refunds) && value.refunds.every(isCountedRefund);
}

function isCountedRefund(value: unknown): value is CountedRefund {
  if (!isRecord(value) || typeof value.who !== 'string') return false;
  return isOutRefundNo(value.outRefundNo) && isBeijingDay(value.day) && isFen(value.amount);
}
