import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DataFolder } from './data-folder';

/** Every mode bit of the group and of others. */
const OTHERS = 0o077;

/**
 * Takes from group and others what they may do with the files a server keeps (0600), as an earlier version or a copy may have left them.
 * Opens none: closing a database drops the locks this process has on it. Links and files that are not a server's are left alone.
 *
 * Failure policy: fail open. A file of another user, or on a disk without modes, is no reason to refuse payments.
 */
export function tightenFiles(names: DataFolder): void {
  const own = [names.database, names.mark, names.journal, 'owner.lock', 'login-secret'].map((name) =>
    basename(name),
  );
  for (const name of namesOf(names.path, false)) {
    // The log and the index of the log are named after their database.
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
