import { existsSync } from 'node:fs';
import { openDiskArchive } from '../lib/archive/disk/archive';
import type { StatementArchive } from '../lib/statement/run/archive';
import { ownFolder } from '../lib/store/sqlite/base/owner';
import { markOf, writeFirstMark } from '../lib/store/sqlite/disk/low-water-mark';
import type { SqliteStore } from '../lib/store/sqlite/open';
import { openSqliteStore } from '../lib/store/sqlite/open';
import type { Journal } from '../simulator/journal';
import { fileJournal } from '../simulator/journal';
import type { Instant } from '../lib/values/instant';
import type { DataFolder } from './data-folder';
import { inPlainWords, makeDataFolder } from './data-folder';
import { refuseShrunken } from './shrunken-data';
import { tightenFiles } from './tighten';

/** Everything a server keeps, open. */
export interface OpenData {
  readonly names: DataFolder;
  readonly store: SqliteStore;
  readonly journal: Journal;
  readonly archive: StatementArchive;
  /** Writes what is still in memory, lets go of the files, then of the folder. */
  readonly close: () => void;
}

/**
 * Takes the data folder for this process and opens what lies in it; what does not exist is made, for this user alone.
 *
 * Failure policy: fail closed. Data that has shrunk is refused, and left as it is. Throws `StoreError` with a sentence that says what to do, and lets go of all it had opened.
 */
export function openData(dataDir: string, writer: 'here' | 'thread', now: Instant): OpenData {
  const names = makeDataFolder(dataDir);
  const opened: (() => void)[] = [];
  const close = (): void =>
    opened
      .splice(0)
      .reverse()
      .forEach((one) => one());
  try {
    const owner = ownFolder(dataDir);
    opened.push(() => owner.release());
    tightenFiles(names);
    refuseShrunken(names, now);
    const store = openSqliteStore({ file: names.database, writer, owner });
    opened.push(() => store.close());
    // Before anything can be acknowledged: without a mark, an epoch above 0 is refused at the next start.
    if (!existsSync(names.mark))
      inPlainWords(names.mark, () => writeFirstMark(names.mark, markOf(store.standings.now())));
    const journal = inPlainWords(names.journal, () => fileJournal(names.journal));
    opened.push(() => journal.close());
    const archive = inPlainWords(names.statements, () => openDiskArchive(names.statements));
    return { names, store, journal, archive, close };
  } catch (error) {
    close();
    throw error;
  }
}
