import { availableParallelism } from 'node:os';
import { mysqlArchive } from '../../lib/archive/mysql/archive';
import type { Finding } from '../../lib/ops/api';
import { examineMerchantDatabase } from '../../lib/doctor/merchant-database';
import { examineMysql } from '../../lib/doctor/mysql';
import { examineIndexes, examinePages } from '../../lib/doctor/sqlite';
import type { MoneyMode } from '../../lib/model/money-mode';
import type { Log } from '../../lib/runtime/log';
import { systemTimers } from '../../lib/runtime/timers';
import type { StatementArchive } from '../../lib/statement/run/archive';
import type { MerchantDb } from '../../lib/store/merchant-db';
import type { DatabaseCounts } from '../../lib/store/mysql/base/connect';
import { errorNumber } from '../../lib/store/mysql/base/errors';
import { mysqlMerchantDb } from '../../lib/store/mysql/merchant-db';
import { openMysqlStore } from '../../lib/store/mysql/open';
import type { Store } from '../../lib/store/port';
import type { Probe } from '../../lib/store/probe';
import { sqliteMerchantDb } from '../../lib/store/sqlite/merchant-db';
import type { Standings } from '../../lib/store/sqlite/disk/standing';
import type { Clock } from '../../lib/values/instant';
import type { OpenData } from './data';
import { openData } from './data';
import { namesIn } from './data-folder';
import { newRelaySecret } from '../simulated/far-simulator';
import type { Simulation } from '../simulated/join-simulation';
import { joinSimulation } from '../simulated/join-simulation';
import type { OutageSpeaker } from '../health/outage-speaker';
import { ALONE, electSpeaker } from '../health/outage-speaker';
import { checkDataFolder, checkLowWaterMark } from './check-data';

/** What a system needs of its data, whichever store holds it. */
export interface SystemData {
  readonly store: Store;
  /** Whether a notification could be made durable. */
  readonly probe: Probe;
  readonly archive: StatementArchive;
  readonly merchantDb: MerchantDb;
  /** Where WeChat Pay is simulated; null with real money. */
  readonly simulation: Simulation | null;
  /**
   * The mark that notices lost data at the next start; null where the database is somebody else's
   * machine, whose own log and replicas keep it.
   */
  readonly lowWater: { readonly file: string; readonly standings: Standings } | null;
  /** Whether this server notifies of an outage of the data. */
  readonly speaker: OutageSpeaker;
  /** What its connections to MySQL do; null on SQLite. */
  readonly counts: (() => DatabaseCounts) | null;
  /** Batches of the inbox that are processed concurrently. */
  readonly lanes: number;
  /** Every check of how the data is kept. Never rejects. */
  readonly examine: () => Promise<readonly Finding[]>;
  /** Writes what is still in memory and lets go of everything. */
  readonly close: () => Promise<void>;
}

/** Where the data is. */
export interface SystemDataParts {
  readonly dataDir: string;
  /** Absent: SQLite in the data folder. */
  readonly databaseUrl?: string;
  /** What merchant/ reads; absent: merchant.db in the data folder. */
  readonly merchantDatabaseUrl?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly money: MoneyMode;
}

/**
 * Opens the data of a system. The only place of the server that chooses a store. Rejects with
 * `StoreError` and a fix, and lets go of everything it had opened.
 */
export async function openSystemData(parts: SystemDataParts): Promise<SystemData> {
  const { databaseUrl } = parts;
  return databaseUrl === undefined ? onSqlite(parts) : onMysql({ ...parts, databaseUrl });
}

/** The merchant's look-ups, their checks, and how they are let go of. */
interface OpenMerchantDb {
  readonly db: MerchantDb;
  readonly examine: () => Promise<readonly Finding[]>;
  readonly close: () => Promise<void> | void;
}

function openMerchantDb({ dataDir, merchantDatabaseUrl }: SystemDataParts): OpenMerchantDb {
  if (merchantDatabaseUrl === undefined) {
    const db = sqliteMerchantDb(namesIn(dataDir).merchant);
    // A file that nobody needs may be missing.
    return { db, examine: async () => [], close: () => db.close() };
  }
  const db = mysqlMerchantDb(merchantDatabaseUrl);
  return { db, examine: async () => [await examineMerchantDatabase(db.database)], close: () => db.close() };
}

function onSqlite(parts: SystemDataParts): SystemData {
  const { dataDir, clock, money } = parts;
  const merchantDb = openMerchantDb(parts);
  const writer = availableParallelism() > 1 ? 'thread' : 'here';
  const data: OpenData = openData(dataDir, writer, clock.now(), money);
  const { store, names, journal, archive } = data;
  return {
    store,
    probe: store,
    archive,
    merchantDb: merchantDb.db,
    simulation:
      journal === null
        ? null
        : {
            kind: 'here',
            journal,
            keysFolder: names.simulatedKeys,
            secret: newRelaySecret(),
            announce: () => Promise.resolve(),
          },
    lowWater: { file: names.mark, standings: store.standings },
    speaker: ALONE,
    counts: null,
    lanes: writer === 'thread' ? 2 : 1,
    examine: async () => [
      checkDataFolder(dataDir),
      checkLowWaterMark(dataDir, clock.now()),
      examineIndexes(names.database),
      await examinePages(names.database),
      ...(await merchantDb.examine()),
    ],
    close: async () => {
      await merchantDb.close();
      data.close();
    },
  };
}

/** How many batches of the inbox a server works on at once, each on a connection of its own. */
const MYSQL_LANES = 2;

async function onMysql(parts: SystemDataParts & { readonly databaseUrl: string }): Promise<SystemData> {
  const { dataDir, databaseUrl, clock, log, money } = parts;
  const store = await openMysqlStore({
    url: databaseUrl,
    money,
    report: (problem, message) => {
      // The text of the cause may quote stored values; its number says as much.
      const number = errorNumber(problem.cause);
      log.error('store_problem', { outTradeNo: null, message, error: problem.message, number });
    },
  });
  const opened: (() => Promise<void> | void)[] = [() => store.close()];
  // In the reverse order of opening; each is let go of, whatever becomes of the others.
  const close = async (): Promise<void> => {
    const last = opened.pop();
    if (last === undefined) return;
    try {
      await last();
    } finally {
      await close();
    }
  };
  try {
    const joined =
      money === 'simulated'
        ? await joinSimulation({ shared: store.shared, dataDir, clock, timers: systemTimers })
        : null;
    opened.push(() => joined?.release());
    log.info('database_opened', { outTradeNo: null, version: store.version, claimsBy: store.claimsBy });
    const merchantDb = openMerchantDb(parts);
    opened.push(() => merchantDb.close());
    return {
      store,
      probe: store,
      archive: mysqlArchive(store.database),
      merchantDb: merchantDb.db,
      simulation: joined === null ? null : joined.simulation,
      lowWater: null,
      speaker: electSpeaker({ shared: store.shared, clock }),
      counts: store.counts,
      lanes: MYSQL_LANES,
      examine: async () => [...(await examineMysql(store.database, clock)), ...(await merchantDb.examine())],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
