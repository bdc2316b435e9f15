import { errorText } from '../runtime/error-text';
import type { Finding } from '../ops/api';
import { problem } from './finding';
import { checkClock } from './runtime';
import type { Database } from '../store/cloudbase/base/database';
import { insert, removeAll, select } from '../store/cloudbase/base/database';
import { storeError } from '../store/cloudbase/base/errors';
import type { CollectionName } from '../store/cloudbase/schema';
import { SCHEMA } from '../store/cloudbase/schema';

/** The database the adapter uses, plus `serverDate` to read the database's own clock. */
export interface ClockDatabase extends Database {
  /** A placeholder that the database replaces with its own time when it stores the document. */
  readonly serverDate: () => object;
}

const ALARMS: CollectionName = 'wxpay_alarms';

/** The database stores times to the millisecond. */
const PRECISION_MS = 1;

/**
 * Checks that only this database needs. Its clock: stores a document with the database's own time,
 * reads it and removes it. Its indexes: the SDK cannot list them, and the finding says so. Never
 * rejects. 4 requests.
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
  return problem(
    'indexes',
    'unknown',
    `${count} are needed in ${collections.length} collections; a function cannot list them`,
    'npm run cloud -- setup compares them, and makes what is missing (docs/deploy.md, step 3)',
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
      return problem(
        'clock',
        'unknown',
        'the database gave no time of its own',
        'compare the clock of a log line with yours',
      );
    }
    return checkClock({ sentAt, heardAt, theirs: at.getTime() }, PRECISION_MS, 'the database');
  } catch (error) {
    return problem('clock', 'unknown', errorText(storeError(error, ALARMS)), 'fix the store first');
  } finally {
    // Failure policy: fail open. A probe that stays behind is one document that nothing reads.
    await removeAll(ALARMS, probe).catch(() => 0);
  }
}
