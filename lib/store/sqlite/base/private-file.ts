import { closeSync, openSync } from 'node:fs';

/**
 * Creates an empty file that only this user may read and write (0600), whatever the umask. SQLite
 * gives its log and the log's index the database's mode.
 *
 * An existing file is not even opened: closing it would drop the locks that this process holds on
 * it through SQLite.
 *
 * Failure policy: fail open. If the file cannot be created, SQLite cannot either, and its error
 * says more.
 */
export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It exists already, or cannot be created.
  }
}
