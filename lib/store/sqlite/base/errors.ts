import type { StoreErrorCode } from '../../errors';
import { StoreError } from '../../errors';
import { isRecord } from '../../../values/json';

/** SQLite's primary result codes with a known fix (https://www.sqlite.org/rescode.html). */
const MEANINGS: ReadonlyMap<number, { readonly code: StoreErrorCode; readonly message: string }> = new Map([
  [3, { code: 'misconfigured', message: 'no permission to use the database file: fix its owner and mode' }],
  [6, { code: 'overloaded', message: 'a table of the database was locked: try again' }],
  [8, { code: 'misconfigured', message: 'the database file is read-only: make it and its folder writable' }],
  [
    10,
    { code: 'unavailable', message: 'the disk failed to read or write: check the disk and the kernel log' },
  ],
  [11, { code: 'damaged', message: 'the database file is damaged: stop, keep a copy and restore a backup' }],
  [13, { code: 'overloaded', message: 'the disk is full and nothing was written: free some space' }],
  [
    14,
    {
      code: 'misconfigured',
      message: 'the database file cannot be opened: create its folder, allow writing',
    },
  ],
  [18, { code: 'invalid', message: 'a value is too large to be stored' }],
  [19, { code: 'invalid', message: 'a value breaks a rule of the database and was not stored' }],
  [20, { code: 'invalid', message: 'a value has the wrong type for its column and was not stored' }],
  [26, { code: 'invalid', message: 'the file is not a SQLite database: point to another file' }],
]);

/** Another connection holds the database. Nothing was written, and the same may be tried again. */
export class BusyError extends StoreError {
  constructor(cause: unknown) {
    super('overloaded', 'another process held the database for too long: try again', { cause });
  }
}

/** SQLITE_BUSY. */
const BUSY = 5;

/** SQLITE_CANTOPEN. When opening fails the driver mentions it only in its text. */
const CANNOT_OPEN = 14;

function primaryCode(error: unknown): number | null {
  if (!isRecord(error)) return null;
  // The low byte of an extended result code is the primary one.
  if (typeof error.rawCode === 'number') return error.rawCode & 0xff;
  return typeof error.message === 'string' && error.message.startsWith('ConnectionFailed')
    ? CANNOT_OPEN
    : null;
}

/**
 * The error as a `StoreError`. The driver's text is only kept as the cause, because it may quote
 * stored values. An unknown error is `unavailable`: the write may have taken effect.
 */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = primaryCode(error);
  if (code === BUSY) return new BusyError(error);
  const meaning = MEANINGS.get(code ?? -1);
  return new StoreError(
    meaning?.code ?? 'unavailable',
    meaning?.message ?? 'the database failed: try again, and check the cause',
    { cause: error },
  );
}
