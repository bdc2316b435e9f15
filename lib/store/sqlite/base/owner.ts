import { join } from 'node:path';
import Libsql from 'libsql';
import { StoreError } from '../../errors';
import { BusyError, toStoreError } from './errors';
import { makePrivate } from './private-file';

/**
 * A data folder held by this process only, which proves that every process that used it before is
 * dead.
 */
export interface OwnedFolder {
  /** Releases it for other processes. */
  release(): void;
}

/**
 * Takes a data folder for this process. Several processes may open the database, but not the files
 * beside it: the simulator's journal, and unfinished files of the archive, which are deleted on
 * opening.
 *
 * Failure policy: fail closed. Throws `StoreError` `misconfigured` when another process has the
 * folder or it cannot be written.
 */
export function ownFolder(folder: string): OwnedFolder {
  const owned = takeFolder(folder);
  if (owned !== null) return owned;
  throw new StoreError(
    'misconfigured',
    'another server uses this data folder: stop it, or set DATA_DIR to another folder',
  );
}

/**
 * The same; null when another process has the folder.
 *
 * It uses the system's lock on a file, through SQLite because Node has none. That lock ends with
 * the process, however it ends; a file with a process id would outlive a kill.
 */
export function takeFolder(folder: string): OwnedFolder | null {
  const file = join(folder, 'owner.lock');
  makePrivate(file);
  const lock = opened(file);
  try {
    lock.exec('PRAGMA busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const failure = toStoreError(error);
    if (failure instanceof BusyError) return null;
    throw failure;
  }
  return { release: () => lock.close() };
}

function opened(file: string): Libsql.Database {
  try {
    return new Libsql(file);
  } catch (error) {
    throw toStoreError(error);
  }
}
