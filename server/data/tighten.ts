import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DataFolder } from './data-folder';

/** Every mode bit of the group and of others. */
const OTHERS = 0o077;

/**
 * Removes the rights of group and others from a server's files (0600), which an earlier version or
 * a copy may have left. Opens none: closing a database file drops this process's locks on it. Links
 * and unrelated files are left alone.
 *
 * Failure policy: fail open. A file of another user, or on a disk without modes, must not stop
 * payments.
 */
export function tightenFiles(names: DataFolder): void {
  const own = [names.database, names.mark, names.journal, 'owner.lock', 'login-secret'].map((name) =>
    basename(name),
  );
  for (const name of namesOf(names.path, false)) {
    // The write-ahead log and its index are named after their database.
    if (own.some((one) => name === one || name.startsWith(`${one}-`) || name.startsWith(`${one}.`)))
      tighten(join(names.path, name));
  }
  for (const name of namesOf(names.statements, true)) tighten(join(names.statements, name));
}

function namesOf(folder: string, recursive: boolean): readonly string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' });
  } catch {
    return [];
  }
}

function tighten(file: string): void {
  try {
    const found = lstatSync(file);
    if (found.isFile() && (found.mode & OTHERS) !== 0) chmodSync(file, found.mode & 0o700);
  } catch {
    // It is gone, or not ours to change.
  }
}
