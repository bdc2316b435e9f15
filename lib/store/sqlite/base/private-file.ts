import { closeSync, openSync } from 'node:fs';

/**
 * Makes an empty file that only this user may read and write (0600), whatever the umask is. SQLite gives its log and its index of
 * the log the mode of the database.
 *
 * A file that is there is not even opened: closing it would drop the locks that this process holds on it through SQLite.
 *
 * Failure policy: fail open. What keeps the file from being made keeps SQLite from it too, and SQLite's error says more.
 */
export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there already, or cannot be made.
  }
}
