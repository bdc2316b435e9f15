import { existsSync } from 'node:fs';
import { copyBills } from '../../lib/archive/copy-bills';
import { mysqlArchive } from '../../lib/archive/mysql/archive';
import type { Compared } from '../../lib/store/copying/compare';
import type { StoreCopied } from '../../lib/store/copying/copy-store';
import { copyStore } from '../../lib/store/copying/copy-store';
import { ArchiveError } from '../../lib/statement/run/archive';
import { StoreError } from '../../lib/store/errors';
import type { Database } from '../../lib/store/mysql/base/database';
import { reading } from '../../lib/store/rows/columns';
import { ownFolder } from '../../lib/store/sqlite/base/owner';
import type { Instant } from '../../lib/values/instant';
import type { DataFolder } from '../../server/data/data-folder';
import { inPlainWords } from '../../server/data/data-folder';
import { refuseShrunken } from '../../server/data/shrunken-data';

/** How moving a shop ended. `damagedBills` were not copied: their bytes have changed on disk. */
export interface ShopCopied extends StoreCopied {
  readonly damagedBills: readonly string[];
}

/**
 * Moves a shop from its data folder to MySQL, with its bills. See `copyStore` for what holds when
 * it is interrupted.
 *
 * Failure policy: fail closed. Throws `StoreError` when a server is running on the folder, when
 * data is missing there, or when the target is not empty.
 */
export async function copyShop(names: DataFolder, to: string, now: () => Instant): Promise<ShopCopied> {
  if (!existsSync(names.database)) {
    throw new StoreError(
      'misconfigured',
      `${names.path} has no database: set DATA_DIR to the server's folder`,
    );
  }
  const owner = ownFolder(names.path);
  try {
    refuseShrunken(names, now());
    let damagedBills: readonly string[] = [];
    const copyFiles = async (target: Database): Promise<readonly Compared[]> => {
      const bills = await copyBills(names.statements, mysqlArchive(target));
      damagedBills = bills.damaged;
      const [columns] = await target.rows('SELECT COUNT(DISTINCT location) FROM statement_pieces');
      const kept = reading(columns ?? []).integer();
      return [
        {
          name: 'bills',
          unit: 'bytes',
          source: { rows: String(bills.copied), sum: String(bills.bytes) },
          target: { rows: String(kept), sum: String(bills.bytesReadBack) },
        },
      ];
    };
    const copied = await copyStore({ file: names.database, owner, to, now, copyFiles });
    return { ...copied, damagedBills };
  } catch (error) {
    if (error instanceof ArchiveError) throw new StoreError('unavailable', error.message, { cause: error });
    return inPlainWords(names.path, () => {
      throw error;
    });
  } finally {
    owner.release();
  }
}
