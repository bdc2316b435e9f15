import type { MoneyMode } from '../../model/money-mode';
import type { Instant } from '../../values/instant';
import type { Store } from '../port';
import type { Probe } from '../probe';
import { mysqlAddress } from './base/address';
import type { DatabaseCounts, DatabaseOptions, OpenDatabase } from './base/connect';
import { openDatabase } from './base/connect';
import type { Report } from './base/errors';
import type { MigrateOptions } from './base/migrate';
import { migrate } from './base/migrate';
import { claimForMoney } from './base/money';
import { refuseClosed } from './base/moved';
import { refuseUnfinished } from './base/copied';
import { GROUPS_AT_ONCE } from './inbox/record';
import { mysqlProbe } from './probe';
import { storeOn } from './store';

/** A store that several servers share. */
export interface MysqlStore extends Store, Probe {
  /** What the server says it is. */
  readonly version: string;
  /** How work is shared; to be logged at the start. */
  readonly claimsBy: 'skip_locked' | 'conditional_update';
  readonly counts: () => DatabaseCounts;
  /** Its database, for checks and counts of operators. */
  readonly database: OpenDatabase;
  /** Waits for running calls, then closes all connections. */
  close(): Promise<void>;
}

/** Where the store is, and how it is used. */
export interface MysqlStoreOptions extends Omit<DatabaseOptions, 'address' | 'leaseNow'> {
  /** `mysql://user:password@host:port/database`. */
  readonly url: string;
  /** Whether its money is simulated. Absent: either is accepted, and none is recorded. */
  readonly money?: MoneyMode;
  /** For tests whose time is not today's: see `DatabaseOptions`. */
  readonly leaseNow?: (now: Instant) => string;
  readonly migrating?: MigrateOptions;
  /** Receives problems with which no method rejects; absent: nobody does. */
  readonly report?: Report;
}

/**
 * Connects and migrates. What a call has written is committed when its promise resolves. Rejects
 * with `StoreError`: `misconfigured` when the address, the user or the database is wrong, when the
 * database belongs to a newer version, holds an unfinished copy or was moved; `unavailable` when
 * the server does not answer.
 */
export async function openMysqlStore(options: MysqlStoreOptions): Promise<MysqlStore> {
  const { url, money, migrating, report = () => undefined, ...more } = options;
  const reserved = (more.poolSize ?? GROUPS_AT_ONCE * 2) < GROUPS_AT_ONCE * 2 ? 0 : GROUPS_AT_ONCE;
  const database = await openDatabase({ reserved, ...more, address: mysqlAddress(url) });
  try {
    await refuseClosed(database);
    await migrate(database, migrating);
    await refuseUnfinished(database);
    if (money !== undefined) {
      await claimForMoney(database, money);
      // A copy that began meanwhile either finds the claim, and refuses, or is found here.
      await refuseUnfinished(database);
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    ...storeOn(database, report),
    ...mysqlProbe(database),
    version: database.version,
    claimsBy: database.skipsLocked ? 'skip_locked' : 'conditional_update',
    counts: database.counts,
    database,
    close: () => database.close(),
  };
}
