import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { copyBillsBack } from '../../lib/archive/copy-bills';
import { billFiles } from '../../lib/archive/disk/files';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import { keptBills } from '../../lib/archive/mysql/kept-bills';
import { copyStoreBack } from '../../lib/store/copying/copy-back';
import { ArchiveError } from '../../lib/statement/run/archive';
import { StoreError } from '../../lib/store/errors';
import { connect } from '../../lib/store/sqlite/base/connection';
import { ownFolder } from '../../lib/store/sqlite/base/owner';
import { makePrivate } from '../../lib/store/sqlite/base/private-file';
import { forceToDisk } from '../../lib/store/sqlite/disk/backup';
import { markOf, syncNames, writeLowWaterMark } from '../../lib/store/sqlite/disk/low-water-mark';
import { inspectStanding } from '../../lib/store/sqlite/disk/standing';
import type { Instant } from '../../lib/values/instant';
import { inPlainWords, makeDataFolder } from '../../server/data/data-folder';
import type { ShopCopied } from './copy';

/**
 * Moves a shop from MySQL to a data folder that has none, with its bills. See `copyStoreBack` for
 * what holds when it is interrupted.
 *
 * Failure policy: fail closed. Throws `StoreError` when the folder has a database or is in use.
 */
export async function copyShopBack(dataDir: string, from: string, now: () => Instant): Promise<ShopCopied> {
  const names = makeDataFolder(dataDir);
  const owner = ownFolder(dataDir);
  const begun = `${names.database}.copy-`;
  const removeUnfinished = (): void => {
    for (const name of readdirSync(dataDir)) {
      const file = join(dataDir, name);
      if (file.startsWith(begun)) rmSync(file);
    }
  };
  try {
    if (existsSync(names.database)) {
      throw new StoreError(
        'misconfigured',
        `${names.path} has a database: set DATA_DIR to another folder, or move inbox.db and low-water.json away`,
      );
    }
    let damagedBills: readonly string[] = [];
    const copied = await copyStoreBack({
      from,
      place: `${hostname()}:${resolve(dataDir)}`,
      now,
      fileOf: (run) => {
        removeUnfinished();
        makePrivate(`${begun}${run}`);
        return `${begun}${run}`;
      },
      copyFiles: async (source) => {
        const kept = keptBills(source);
        const bills = await copyBillsBack(kept, openDiskArchive(names.statements));
        damagedBills = bills.damaged;
        const wanted = new Set((await kept.all()).map(({ location }) => location));
        const here = (await billFiles(names.statements)).filter(({ location }) => wanted.has(location));
        return [
          {
            name: 'bills',
            unit: 'bytes',
            source: { rows: String(bills.copied), sum: String(bills.bytes) },
            target: { rows: String(here.length), sum: String(bills.bytesReadBack) },
          },
        ];
      },
      release: async (run) => {
        const file = `${begun}${run}`;
        if (!existsSync(file)) return false;
        const whole = `${file}.whole`;
        rmSync(whole, { force: true });
        makePrivate(whole);
        const database = connect(file);
        try {
          const inspected = inspectStanding(database, null);
          if (inspected === null) throw new StoreError('damaged', `${file} has no identity: copy again`);
          // One file without a log beside it, which no connection of this process has open.
          database.prepare('VACUUM INTO ?').run(whole);
          // Without a mark, the first start would say that acknowledged notifications may be gone.
          await writeLowWaterMark(names.mark, markOf(inspected.standing));
        } finally {
          database.close();
        }
        await forceToDisk(whole);
        renameSync(whole, names.database);
        await syncNames(dataDir);
        removeUnfinished();
        return true;
      },
    });
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
