import { gunzipSync } from 'node:zlib';
import type { Database } from '../../store/mysql/base/database';
import { reading } from '../../store/rows/columns';
import { isBeijingDay } from '../../values/day';
import { isSubMchId } from '../../values/ids';
import { kindAt } from '../archived-file';
import type { BillFile } from '../disk/files';
import { isCompressed } from './archive';

/** The bills in MySQL without what a statement run knows of them, to be copied. */
export interface KeptBills {
  /** Every bill. Rejects with `StoreError`. */
  readonly all: () => Promise<readonly BillFile[]>;
  /** The bytes as they were kept; null when they cannot be opened. Rejects with `StoreError`. */
  readonly bytesOf: (bill: BillFile) => Promise<Buffer | null>;
}

/** Reads them. */
export function keptBills(database: Database): KeptBills {
  return {
    all: async () => {
      const rows = await database.rows('SELECT DISTINCT location, day_of FROM statement_pieces');
      return rows.flatMap((columns) => {
        const row = reading(columns);
        const location = row.text();
        const [subMchId, day] = row.text().split('/');
        if (!isSubMchId(subMchId) || !isBeijingDay(day)) return [];
        return [{ subMchId, day, kind: kindAt(location), location }];
      });
    },
    bytesOf: async ({ location }) => {
      const rows = await database.rows(
        'SELECT piece FROM statement_pieces WHERE location = ? ORDER BY n',
        location,
      );
      const stored = Buffer.concat(rows.map((columns) => Buffer.from(reading(columns).text(), 'base64')));
      if (isCompressed({ location })) return stored;
      try {
        return gunzipSync(stored);
      } catch {
        // It is named as damaged.
        return null;
      }
    },
  };
}
