import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDiskArchive } from '../../lib/archive/disk/archive';
import { mysqlArchive } from '../../lib/archive/mysql/archive';
import { budgetOf } from '../../lib/runtime/budget';
import { readConfig } from '../../lib/config/config';
import { systemTimers } from '../../lib/runtime/timers';
import { reconcileStatement } from '../../lib/statement/run/reconcile';
import { leaseToken } from '../../lib/model/lease';
import { openMysqlStore } from '../../lib/store/mysql/open';
import type { Store } from '../../lib/store/port';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import type { StatementArchive } from '../../lib/statement/run/archive';
import { beijingTime, later, type Instant } from '../../lib/values/instant';
import { BENCH_MERCHANT, type Found } from './big-day';
import { measured } from './measured';

const MORNING = '2026-11-24 10:00:00';

/**
 * Runs in a separate process: the worker's whole run over the day of the bill in argv[2] (argv[3]
 * rows), in the folder of argv[4] that `seed` filled: downloaded (from memory), archived, verified,
 * compared in both directions, repaired, marked and reported, with every write durable. With an
 * address in argv[5], books and bill are in that MySQL database.
 */
void measured(async (bill) => {
  const [, , , , folder = '', url] = process.argv;
  const { store, archive, close } = url === undefined ? openFolder(folder) : await openMysql(url);
  const begun = performance.now();
  const morning = beijingTime(MORNING);
  if (morning === null) throw new TypeError('no such time');
  const clock = { now: (): Instant => later(morning, Math.floor(performance.now() - begun)) };
  const config = readConfig({ merchants: [{ subMchId: BENCH_MERCHANT }] });
  let tokens = 0;
  const parts = {
    store,
    clock,
    timers: systemTimers,
    random: () => 0.5,
    newToken: () => leaseToken(`token-${String((tokens += 1)).padStart(8, '0')}`),
    log: { debug: none, info: none, warn: none, error: none },
    wechat: {
      downloadBill: async () => ({ kind: 'bill', bytes: readFileSync(bill) }) as const,
      queryOrder: async () => ({ kind: 'unknown', reason: 'transport', detail: 'nobody is asked' }) as const,
      queryRefund: async () => ({ kind: 'unknown', reason: 'transport', detail: 'nobody is asked' }) as const,
    },
    archive,
  };
  return async () => {
    const { runs } = await reconcileStatement(
      {
        ...parts,
        settings: { ...config.statement, chunkRows: store.chunk },
        inbox: { ...parts, settings: config.inbox },
      },
      budgetOf(clock, 600_000),
    );
    const [run] = runs;
    if (runs.length !== 1 || run?.state !== 'done') throw new Error(`not done: ${JSON.stringify(runs)}`);
    const { tally, statement } = run.report;
    await close();
    rmSync(folder, { recursive: true });
    const found: Record<string, number> = {};
    for (const [name, sum] of Object.entries(tally.found)) found[name] = sum.count;
    const { repaired, carriedOver } = tally;
    if (repaired.payments.count > 0) found['unpaid_order'] = repaired.payments.count;
    if (carriedOver.payments.count > 0) found['missing_payment'] = carriedOver.payments.count;
    const all: Found = found;
    return { rows: statement?.rows ?? 0, found: all };
  };
});

/** Where books and bills are kept. */
interface Kept {
  readonly store: Store;
  readonly archive: StatementArchive;
  readonly close: () => Promise<void>;
}

function openFolder(folder: string): Kept {
  const store = openSqliteStore({ file: join(folder, 'inbox.db') });
  return { store, archive: openDiskArchive(join(folder, 'statements')), close: async () => store.close() };
}

async function openMysql(url: string): Promise<Kept> {
  const store = await openMysqlStore({ url });
  return { store, archive: mysqlArchive(store.database), close: () => store.close() };
}

function none(): void {
  // Logging has its own cost and is measured separately.
}
