import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { connect } from '../../lib/store/sqlite/base/connection';
import { SCHEMA_VERSION } from '../../lib/store/sqlite/base/migrate';
import { inboxOrdersDiscrepancies } from '../../lib/store/sqlite/migrations/0001-inbox-orders-discrepancies';
import { isRecord } from '../../lib/values/json';
import { order } from '../store/builders';
import { fileAppears, integrityOf } from './kill-rounds';
import { databaseIn, EndedEarly, prepareFolder, startProcess } from './real-process';

/** A database as version 1 left it, with so many paid orders. */
function version1(file: string, orders: number): void {
  const connection = connect(file);
  const { requestId, subMchId, payer, total, currency, body, attach, cart, expiresAt } = order(1);
  const terms = JSON.stringify({
    requestId,
    subMchId,
    payer,
    total,
    currency,
    body,
    attach,
    cart,
    expiresAt,
  });
  const payment = JSON.stringify({ state: 'pending' });
  try {
    connection.transaction(() => {
      for (const statement of inboxOrdersDiscrepancies) connection.execute(statement);
      connection.execute('PRAGMA user_version = 1');
      connection
        .prepare(
          `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
           INSERT INTO orders (id, out_trade_no, version, created_at, terms, payment_state, payment, fulfilment_state, history)
           SELECT i, 'old-' || i, 1, 1772337600000 + i, ?2, 'pending', ?3, 'none', '' FROM n`,
        )
        .run(orders, terms, payment);
    });
  } finally {
    connection.close();
  }
}

/** How a database stands: its version, how many orders it has, and what SQLite says of it. */
export interface Migrated {
  readonly version: number;
  readonly orders: number;
  readonly integrity: string;
}

function standing(file: string): Migrated {
  const database = new Libsql(file);
  try {
    const numberOf = (sql: string): number => {
      const row: unknown = database.prepare(sql).get();
      return isRecord(row) ? Number(Object.values(row)[0]) : Number.NaN;
    };
    return {
      version: numberOf('PRAGMA user_version'),
      orders: numberOf('SELECT count(*) FROM orders'),
      integrity: integrityOf(file),
    };
  } finally {
    database.close();
  }
}

/** What a killed migration left, and what the next start made of it. */
export interface MigrationRound {
  readonly killedAt: Migrated;
  readonly after: Migrated;
}

/**
 * Creates a database of version 1, starts a server on it, kills it `ms` after its write-ahead log
 * appeared, and starts another one, which must reach the current version with every order.
 */
export async function migrationRound(folder: string, orders: number, ms: number): Promise<MigrationRound> {
  prepareFolder(folder);
  const file = databaseIn(folder);
  version1(file, orders);
  try {
    const killed = await startProcess(folder, {
      onSpawn: (child) => {
        void fileAppears(`${file}-wal`).then(async () => {
          await sleep(ms);
          child.kill('SIGKILL');
        });
      },
    });
    // It was quicker than the kill, which is still to come.
    await once(killed.child, 'exit');
  } catch (error) {
    if (!(error instanceof EndedEarly)) throw error;
  }
  const killedAt = standing(file);
  const next = await startProcess(folder);
  await next.end('SIGTERM');
  return { killedAt, after: standing(file) };
}

/** What a migration must come to. */
export function migratedWith(orders: number): Migrated {
  return { version: SCHEMA_VERSION, orders, integrity: '[{"integrity_check":"ok"}]' };
}
