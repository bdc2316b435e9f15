import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../lib/values/json';
import { StoreError } from '../lib/store/errors';
import { JournalError } from '../simulator/journal';

/** What lies in the data folder. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  /** The least that the database must hold: outside it, since a lost one cannot say so. */
  readonly mark: string;
  /** The simulated WeChat Pay's memory. */
  readonly journal: string;
  /** The statements as WeChat Pay sent them. */
  readonly statements: string;
}

/** The names in a data folder. Makes nothing. */
export function namesIn(dataDir: string): DataFolder {
  return {
    path: dataDir,
    database: join(dataDir, 'inbox.db'),
    mark: join(dataDir, 'low-water.json'),
    journal: join(dataDir, 'simulator.jsonl'),
    statements: join(dataDir, 'statements'),
  };
}

/** Makes the folder where there is none, for this user alone (0700). Throws `StoreError` `misconfigured` with what to do. */
export function makeDataFolder(dataDir: string): DataFolder {
  return inPlainWords(dataDir, () => {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!statSync(dataDir).isDirectory())
      throw new StoreError('misconfigured', `${dataDir} is a file: set DATA_DIR to a folder`);
    return namesIn(dataDir);
  });
}

/** What the system says of a file, and what its owner does about it. */
const FIXES: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user may not use it: fix its owner and mode'],
  ['EPERM', 'this user may not use it: fix its owner and mode'],
  ['EROFS', 'it lies on a read-only file system: mount it writable, or set DATA_DIR to another folder'],
  ['EEXIST', 'a file lies where a folder belongs: move it, or set DATA_DIR to another folder'],
  ['ENOTDIR', 'a file lies where a folder belongs: move it, or set DATA_DIR to another folder'],
  ['EISDIR', 'a folder lies where a file belongs: move it away'],
  ['ENOENT', 'it is not there: set DATA_DIR to a folder that can be made'],
  ['ELOOP', 'its links lead in a circle: set DATA_DIR to a folder'],
  ['ENAMETOOLONG', 'the name is too long: set DATA_DIR to another folder'],
  ['ENOSPC', 'the disk is full: free some space'],
  ['EDQUOT', 'the quota of this user is used up: free some space'],
  ['EIO', 'the disk did not read or write: look at the disk and the kernel log'],
  ['EMFILE', 'too many files are open: raise the limit (ulimit -n)'],
]);

/**
 * Runs what opens something in the data folder. What its owner can fix is thrown as `StoreError` `misconfigured` with one sentence
 * that names the path; everything else as it is.
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
