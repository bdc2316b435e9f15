import { errorText } from '../runtime/error-text';
import type { Finding } from '../ops/api';
import { ill } from './finding';
import { checkClock } from './runtime';
import type { Database } from '../store/cloudbase/base/database';
import { insert, removeAll, select } from '../store/cloudbase/base/database';
import { storeError } from '../store/cloudbase/base/errors';
import type { CollectionName } from '../store/cloudbase/schema';
import { SCHEMA } from '../store/cloudbase/schema';

/** What the database's own clock is asked with: `serverDate` beside what the adapter uses. */
export interface ClockDatabase extends Database {
  /** A value that the database replaces with its own time when it stores it. */
  readonly serverDate: () => object;
}

const ALARMS: CollectionName = 'wxpay_alarms';

/** Stored times are to the millisecond. */
const PRECISION_MS = 1;

/**
 * What only this database can be asked: its clock, by writing a document with its own time, reading it and removing it. Its indexes cannot
 * be listed by the SDK, so that is said. Never rejects. 4 requests.
 */
export async function examineCloudBase(
  db: ClockDatabase,
  now: () => number,
  newId: () => string,
): Promise<readonly Finding[]> {
  return [indexes(), await clock(db, now, `doctor:${newId()}`)];
}

function indexes(): Finding {
  const collections = Object.entries(SCHEMA);
  const count = collections.reduce((sum, [, { indexes: all }]) => sum + all.length, 0);
  return ill(
    'indexes',
    'unknown',
    `${count} are needed in ${collections.length} collections; a function can list none of them`,
    'compare the console, Database, index management (索引管理), with docs/deploy.md, step 3',
  );
}

async function clock(db: ClockDatabase, now: () => number, _id: string): Promise<Finding> {
  const probe = db.collection(ALARMS).where({ _id });
  try {
    const sentAt = now();
    await insert(db, ALARMS, { _id, kind: 'doctor', at: db.serverDate() });
    const heardAt = now();
    const [found] = await select(ALARMS, probe);
    const at: unknown = found?.['at'];
    if (!(at instanceof Date)) {
      return ill(
        'clock',
        'unknown',
        'the database told no time of its own',
        'compare the clock of a log line with yours',
      );
    }
    return checkClock({ sentAt, heardAt, theirs: at.getTime() }, PRECISION_MS, 'the database');
  } catch (error) {
    return ill('clock', 'unknown', errorText(storeError(error, ALARMS)), 'fix the store first');
  } finally {
    // Failure policy: fail open. A probe that stays is a document nobody reads.
    await removeAll(ALARMS, probe).catch(() => 0);
  }
}
