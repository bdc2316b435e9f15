import { existsSync } from 'node:fs';
import { StoreError } from '../../lib/store/errors';
import { connect } from '../../lib/store/sqlite/base/connection';
import type { MarkReading } from '../../lib/store/sqlite/disk/low-water-mark';
import { readLowWaterMark } from '../../lib/store/sqlite/disk/low-water-mark';
import type { FoundDatabase, Shrinking } from '../../lib/store/sqlite/disk/shrunken';
import { SHRINKING_WORDS, shrinkingOf } from '../../lib/store/sqlite/disk/shrunken';
import { inspectStanding } from '../../lib/store/sqlite/disk/standing';
import type { Instant } from '../../lib/values/instant';
import type { DataFolder } from './data-folder';
import { inPlainWords } from './data-folder';

/** The content of a data folder, compared with its mark. */
export interface DataComparison {
  readonly found: FoundDatabase;
  readonly reading: MarkReading;
  /** Null: nothing the mark records is missing. */
  readonly shrinking: Shrinking | null;
}

/**
 * Compares the database in a folder with its mark. Changes nothing. Throws `StoreError` when one of
 * them cannot be read.
 */
export function compareData(names: DataFolder, now: Instant): DataComparison {
  const reading = inPlainWords(names.mark, () => readLowWaterMark(names.mark));
  const found = findDatabase(names.database, reading);
  return { found, reading, shrinking: shrinkingOf(found, reading, now) };
}

function findDatabase(file: string, reading: MarkReading): FoundDatabase {
  if (!existsSync(file)) return { kind: 'missing' };
  const connection = connect(file);
  try {
    const key = reading.kind === 'mark' ? (reading.mark.message?.key ?? null) : null;
    const found = inspectStanding(connection, key);
    return found === null ? { kind: 'empty' } : { kind: 'database', ...found };
  } finally {
    connection.close();
  }
}

/**
 * Throws `StoreError` `misconfigured` when something the mark records is missing, with the command
 * that accepts the loss.
 */
export function refuseShrunken(names: DataFolder, now: Instant): void {
  const { shrinking } = compareData(names, now);
  if (shrinking === null) return;
  throw new StoreError(
    'misconfigured',
    `${names.path}: ${SHRINKING_WORDS[shrinking]}. Put the latest data back; when it is lost for good, accept that with: ` +
      'npm run ops -- accept-loss --why "<reason>" (docs/backup.md)',
  );
}
