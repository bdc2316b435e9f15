import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError } from '../../lib/store/errors';
import type { BackupReport } from '../../lib/store/sqlite/disk/backup';
import { backUp, forceToDisk } from '../../lib/store/sqlite/disk/backup';
import { syncNames } from '../../lib/store/sqlite/disk/low-water-mark';
import type { Instant } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import type { DataFolder } from '../../server/data/data-folder';

/** The content of a backup, and the bills beside it. */
export interface DataBackup extends BackupReport {
  /** The folder with the bill files; null when there are none. */
  readonly statements: string | null;
  readonly statementFiles: number;
}

/**
 * Copies a server's data while it runs: the database to `file`, and the bills it names to
 * `<file>.statements`. They are copied after the database, and a bill is archived before the
 * database names it, so the copy has all of them.
 *
 * The file appears last: where it exists, the backup is complete. Failure policy: fail closed, like
 * `backUp`.
 */
export async function backUpData(names: DataFolder, file: string, now: Instant): Promise<DataBackup> {
  const folder = `${file}.statements`;
  if (existsSync(folder))
    throw new StoreError('misconfigured', `${folder} exists and was not changed: choose another name`);
  const unfinished = `${folder}.tmp`;
  let statementFiles = 0;
  try {
    const report = await backUp(names.database, file, now, async () => {
      await rm(unfinished, { recursive: true, force: true });
      statementFiles = await copyStatements(names.statements, unfinished);
      if (statementFiles === 0) return;
      await rename(unfinished, folder);
      await syncNames(dirname(folder));
    });
    return { ...report, statements: statementFiles === 0 ? null : folder, statementFiles };
  } finally {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Copies finished files, one folder per merchant. Returns how many. */
async function copyStatements(from: string, to: string): Promise<number> {
  if (!existsSync(from)) return 0;
  let copied = 0;
  for (const merchant of await readdir(from, { withFileTypes: true })) {
    if (!merchant.isDirectory()) continue;
    await mkdir(join(to, merchant.name), { recursive: true, mode: 0o700 });
    for (const name of await readdir(join(from, merchant.name))) {
      if (name.endsWith('.tmp')) continue;
      if (await copyOne(join(from, merchant.name, name), join(to, merchant.name, name))) copied += 1;
    }
    await syncNames(join(to, merchant.name));
  }
  if (copied > 0) await syncNames(to);
  return copied;
}

/** False when retention removed it meanwhile. */
async function copyOne(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return false;
    throw error;
  }
  await chmod(to, 0o600);
  await forceToDisk(to);
  return true;
}
