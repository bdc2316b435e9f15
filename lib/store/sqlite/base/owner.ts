import { join } from 'node:path';
import Libsql from 'libsql';
import { StoreError } from '../../errors';
import { BusyError, toStoreError } from './errors';
import { makePrivate } from './private-file';

/** A data folder that this process has for itself: proof that every other process that worked in it is dead. */
export interface OwnedFolder {
  /** Lets another process have it. */
  release(): void;
}

/**
 * Takes a data folder for this process. The database itself may be open in several, but what lies beside it may not: the
 * simulator's journal, and unfinished files of the archive, which whoever opens it clears away.
 *
 * The system's lock on a file tells, through SQLite since Node has none. It ends with the process, however that ends; a file with a
 * process id in it would outlive a kill.
 *
 * Failure policy: fail closed. Throws `StoreError` `misconfigured` when another process has the folder or it cannot be written.
 */
export function ownFolder(folder: string): OwnedFolder {
  const file = join(folder, 'owner.lock');
  makePrivate(file);
  const lock = opened(file);
  try {
    lock.exec('PRAGMA busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const failure = toStoreError(error);
    if (!(failure instanceof BusyError)) throw failure;
    throw new StoreError(
      'misconfigured',
      'another server has this data folder: stop it, or set DATA_DIR to another folder',
      { cause: failure },
    );
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
