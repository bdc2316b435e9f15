import { NOTHING_COUNTED } from '../../model/counted-refunds';
import type { DailyRefunds } from '../ports/refund-counts-port';
import { reading } from '../rows/columns';
import { isCounted } from '../rows/counted-refunds';
import type { Database } from './base/database';

/** The counted refunds of operators in MySQL: one row. */
export function mysqlRefundCounts(database: Database): DailyRefunds {
  return {
    find: async () => {
      const [found] = await database.rows('SELECT counted FROM refund_counts WHERE one = 1');
      return found === undefined ? NOTHING_COUNTED : reading(found).json(isCounted);
    },
    save: async (counted) => {
      const text = JSON.stringify(counted);
      if (counted.version === 1) {
        return database.insert('INSERT INTO refund_counts (one, version, counted) VALUES (1, 1, ?)', text);
      }
      const changed = await database.change(
        'UPDATE refund_counts SET version = ?1, counted = ?2 WHERE one = 1 AND version = ?1 - 1',
        counted.version,
        text,
      );
      return changed === 1;
    },
  };
}
