import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lib/values/json';
import { StoreError } from '../../lib/store/errors';
import { JournalError } from '../../simulator/journal';

/** The contents of the data folder. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  /**
   * The least that the database must hold. A file of its own, because a lost database cannot say
   * so.
   */
  readonly mark: string;
  /** The simulated WeChat Pay's memory. */
  readonly journal: string;
  /** The keys of the simulated WeChat Pay's API v3, while a merchant uses it. */
  readonly simulatedKeys: string;
  /** The bills as WeChat Pay sent them. */
  readonly statements: string;
  /**
   * The merchant's own data, which merchant/ reads. The merchant creates it; nothing here writes
   * it.
   */
  readonly merchant: string;
}

/** The paths in a data folder. Creates nothing. */
export function namesIn(dataDir: string): DataFolder {
  return {
    path: dataDir,
    database: join(dataDir, 'inbox.db'),
    mark: join(dataDir, 'low-water.json'),
    journal: join(dataDir, 'simulator.jsonl'),
    simulatedKeys: join(dataDir, 'simulated-keys'),
    statements: join(dataDir, 'statements'),
    merchant: join(dataDir, 'merchant.db'),
  };
}

/**
 * Creates the folder if missing, for this user only (0700). Throws `StoreError` `misconfigured`
 * with a fix.
 */
export function makeDataFolder(dataDir: string): DataFolder {
  return inPlainWords(dataDir, () => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!statSync(dataDir).isDirectory())
      throw new StoreError('misconfigured', `${dataDir} is a file: set DATA_DIR to a folder`);
    return namesIn(dataDir);
  });
}

/** What each system error on a file means, and its fix. */
const FIXES: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not use it: fix its owner and mode'],
  ['EPERM', 'this user may not use it: fix its owner and mode'],
  ['EROFS', 'it is on a read-only file system: mount it writable, or set DATA_DIR to another folder'],
  ['EEXIST', 'there is a file where a folder belongs: move it, or set DATA_DIR to another folder'],
  ['ENOTDIR', 'there is a file where a folder belongs: move it, or set DATA_DIR to another folder'],
  ['EISDIR', 'there is a folder where a file belongs: move it away'],
  ['ENOENT', 'it does not exist: set DATA_DIR to a folder that can be created'],
  ['ELOOP', 'its links lead in a circle: set DATA_DIR to a folder'],
  ['ENAMETOOLONG', 'the name is too long: set DATA_DIR to another folder'],
  ['ENOSPC', 'the disk is full: free some space'],
  ['EDQUOT', 'the quota of this user is used up: free some space'],
  ['EIO', 'the disk failed to read or write: check the disk and the kernel log'],
  ['EMFILE', 'too many files are open: raise the limit (ulimit -n)'],
]);

/**
 * Runs `open`, which opens something in the data folder. An error its owner can fix becomes a
 * `StoreError` `misconfigured` whose message names the path; other errors are rethrown.
 */
export function inPlainWords<Result>(path: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof JournalError) throw new StoreError('misconfigured', error.message, { cause: error });
    const code = isRecord(error) && typeof error['code'] === 'string' ? error['code'] : '';
    const fix = FIXES.get(code);
    if (fix === undefined) throw error;
    const named = isRecord(error) && typeof error['path'] === 'string' ? error['path'] : path;
    throw new StoreError('misconfigured', `${named}: ${fix}`, { cause: error });
  }
}
