import { existsSync } from 'node:fs';
import type { MoneyMode } from '../../lib/model/money-mode';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import type { StatementArchive } from '../../lib/statement/run/archive';
import { ownFolder } from '../../lib/store/sqlite/base/owner';
import { markOf, writeFirstMark } from '../../lib/store/sqlite/disk/low-water-mark';
import type { SqliteStore } from '../../lib/store/sqlite/open';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import type { Journal } from '../../simulator/journal';
import { fileJournal } from '../../simulator/journal';
import type { Instant } from '../../lib/values/instant';
import type { DataFolder } from './data-folder';
import { inPlainWords, makeDataFolder } from './data-folder';
import { refuseShrunken } from './shrunken-data';
import { tightenFiles } from './tighten';

/** The open data of a server. */
export interface OpenData {
  readonly names: DataFolder;
  readonly store: SqliteStore;
  /** The simulated WeChat Pay's memory; null with real money. */
  readonly journal: Journal | null;
  readonly archive: StatementArchive;
  /** Writes what is still in memory, closes the files, then releases the folder. */
  readonly close: () => void;
}

/**
 * Takes the data folder for this process and opens its files; missing ones are created, for this
 * user only.
 *
 * Failure policy: fail closed. Data that has shrunk, or holds the other kind of money, is refused
 * and left unchanged. Throws
 * `StoreError` with a fix, and releases everything it had opened.
 */
export function openData(
  dataDir: string,
  writer: 'here' | 'thread',
  now: Instant,
  money: MoneyMode = 'simulated',
): OpenData {
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
    const store = openSqliteStore({ file: names.database, writer, owner, money });
    opened.push(() => store.close());
    // Before anything is acknowledged: without a mark, the next start refuses an epoch above 0.
    if (!existsSync(names.mark))
      inPlainWords(names.mark, () => writeFirstMark(names.mark, markOf(store.standings.now())));
    const journal =
      money === 'simulated' ? inPlainWords(names.journal, () => fileJournal(names.journal)) : null;
    opened.push(() => journal?.close());
    const archive = inPlainWords(names.statements, () => openDiskArchive(names.statements));
    return { names, store, journal, archive, close };
  } catch (error) {
    close();
    throw error;
  }
}
