import type { Finding } from '../ops/api';
import { errorText } from '../runtime/error-text';
import type { OpenDatabase } from '../store/mysql/base/connect';
import type { Session } from '../store/mysql/base/database';
import { MIGRATIONS } from '../store/mysql/base/migrate';
import type { Indexes } from '../store/mysql/base/wanted';
import { indexText, wantedTables } from '../store/mysql/base/wanted';
import { reading } from '../store/rows/columns';
import type { Clock } from '../values/instant';
import type { CheckName } from './finding';
import { problem } from './finding';
import type { FoundTable, MysqlStanding } from './mysql-rules';
import {
  checkClock,
  checkConnections,
  checkDurability,
  checkIndexes,
  checkPacket,
  checkSession,
  checkTables,
  checkWrites,
} from './mysql-rules';

/** What is read. Each server has some of them only; asking for a missing one is no error. */
const VARIABLES: readonly string[] = [
  'binlog_format',
  'innodb_flush_log_at_trx_commit',
  'innodb_read_only',
  'log_bin',
  'max_allowed_packet',
  'max_connections',
  'max_user_connections',
  'read_only',
  'sql_mode',
  'super_read_only',
  'sync_binlog',
  'time_zone',
  'transaction_isolation',
  'tx_isolation',
];

/**
 * Checks how a MySQL server is set and whether our tables are as this version makes them. Changes
 * nothing. Never rejects: what cannot be read is `unknown`.
 */
export async function examineMysql(
  database: Pick<OpenDatabase, 'rows' | 'counts'>,
  clock: Clock,
): Promise<readonly Finding[]> {
  const wanted = wantedTables(MIGRATIONS);
  const examined = async <Read>(
    checks: readonly CheckName[],
    read: () => Promise<Read>,
    judge: (read: Read) => readonly Finding[],
  ): Promise<readonly Finding[]> => {
    try {
      return judge(await read());
    } catch (error) {
      return checks.map((check) => problem(check, 'unknown', errorText(error), 'fix the store first'));
    }
  };
  const parts = await Promise.all([
    examined(
      ['indexes'],
      () => indexesOf(database),
      (found) => [checkIndexes(wanted, found)],
    ),
    examined(
      ['database_tables'],
      () => tablesOf(database),
      (found) => [checkTables(wanted.keys(), found)],
    ),
    examined(
      [
        'database_writes',
        'database_durability',
        'database_connections',
        'database_packet',
        'database_session',
        'database_clock',
      ],
      () => standingOf(database, clock),
      (standing) => [
        checkWrites(standing),
        checkDurability(standing),
        checkConnections(standing),
        checkPacket(standing),
        checkSession(standing),
        checkClock(standing),
      ],
    ),
  ]);
  return parts.flat();
}

async function standingOf(
  database: Pick<OpenDatabase, 'rows' | 'counts'>,
  clock: Clock,
): Promise<MysqlStanding> {
  const before = clock.now();
  const [time = []] = await database.rows('SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)');
  // Read somewhere between the two: their middle is off by half of the way at most.
  const aheadMs = (before + clock.now()) / 2 - reading(time).integer();
  const variables = await pairs(database, 'SHOW SESSION VARIABLES WHERE Variable_name IN (?)', VARIABLES);
  const status = await pairs(database, `SHOW GLOBAL STATUS WHERE Variable_name IN (?)`, [
    'Threads_connected',
  ]);
  const { idle, used, size } = database.counts();
  const connected = Number([...status.values()][0] ?? '0');
  return { variables, aheadMs, connected, pool: { open: Math.min(size, idle + used), size } };
}

async function pairs(
  database: Pick<Session, 'rows'>,
  sql: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.rows(sql, names);
  return new Map(
    rows.map((columns) => {
      const row = reading(columns);
      return [row.text().toLowerCase(), row.text()];
    }),
  );
}

async function tablesOf(database: Pick<Session, 'rows'>): Promise<ReadonlyMap<string, FoundTable>> {
  const rows = await database.rows(
    `SELECT t.table_name, COALESCE(t.engine, 'none'), COALESCE(c.collation_name, t.table_collation)
     FROM information_schema.tables t
     JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
     WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'`,
  );
  const tables = new Map<string, { engine: string; collations: Set<string> }>();
  for (const columns of rows) {
    const row = reading(columns);
    const name = row.text();
    const engine = row.text();
    const table = tables.get(name) ?? { engine, collations: new Set<string>() };
    tables.set(name, table);
    table.collations.add(row.text());
  }
  return tables;
}

async function indexesOf(database: Pick<Session, 'rows'>): Promise<ReadonlyMap<string, Indexes>> {
  const rows = await database.rows(
    `SELECT table_name, index_name, non_unique, column_name FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND column_name IS NOT NULL
     ORDER BY table_name, index_name, seq_in_index`,
  );
  const found = new Map<string, Map<string, { isUnique: boolean; columns: string[] }>>();
  for (const columns of rows) {
    const row = reading(columns);
    const table = row.text();
    const name = row.text();
    const isUnique = row.integer() === 0;
    const indexes = found.get(table) ?? new Map<string, { isUnique: boolean; columns: string[] }>();
    found.set(table, indexes);
    const index = indexes.get(name) ?? { isUnique, columns: [] };
    indexes.set(name, index);
    index.columns.push(row.text());
  }
  return new Map(
    [...found].map(([table, indexes]) => [
      table,
      new Map([...indexes].map(([name, index]) => [name, indexText(index.isUnique, index.columns)])),
    ]),
  );
}
