import { CHECKS_OF_MYSQL } from '../../lib/doctor/finding';
import { examineMysql } from '../../lib/doctor/mysql';
import type { MysqlStanding } from '../../lib/doctor/mysql-rules';
import {
  checkClock,
  checkConnections,
  checkDurability,
  checkPacket,
  checkSession,
  checkTables,
  checkWrites,
} from '../../lib/doctor/mysql-rules';
import type { Finding } from '../../lib/ops/api';
import { MIGRATIONS } from '../../lib/store/mysql/base/migrate';
import { wantedTables } from '../../lib/store/mysql/base/wanted';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { instant } from '../../lib/values/instant';
import { describeWithMysql, startMysqlServer } from '../store/mysql/server';

const GOOD = {
  innodb_flush_log_at_trx_commit: '1',
  log_bin: 'ON',
  binlog_format: 'ROW',
  sync_binlog: '1',
  read_only: 'OFF',
  max_connections: '151',
  max_allowed_packet: '67108864',
  transaction_isolation: 'READ-COMMITTED',
  time_zone: '+00:00',
  sql_mode: 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
};

const standing = (over: Readonly<Record<string, string>> = {}, connected = 10): MysqlStanding => ({
  variables: new Map(Object.entries({ ...GOOD, ...over })),
  aheadMs: 0,
  connected,
  pool: { open: 2, size: 8 },
});

const RULES = [checkWrites, checkDurability, checkConnections, checkPacket, checkSession, checkClock];

test('a server that is set as it should be has nothing wrong', () => {
  expect(RULES.map((rule) => rule(standing()).level)).toEqual(RULES.map(() => 'ok'));
  // Older names, no binary log, no limit.
  const other = { transaction_isolation: '', tx_isolation: 'READ-COMMITTED', log_bin: '0', sync_binlog: '0' };
  expect(RULES.map((rule) => rule(standing({ ...other, max_connections: '0' })).level)).toEqual(
    RULES.map(() => 'ok'),
  );
});

test.each<
  [string, (standing: MysqlStanding) => Finding, Readonly<Record<string, string>>, Finding['level'], string]
>([
  ['a replica', checkWrites, { read_only: 'ON' }, 'error', 'read_only is on'],
  ['a binary log of statements', checkWrites, { binlog_format: 'STATEMENT' }, 'error', 'binlog_format = ROW'],
  [
    'a log that is flushed later',
    checkDurability,
    { innodb_flush_log_at_trx_commit: '2' },
    'error',
    'SET GLOBAL innodb_flush_log_at_trx_commit = 1',
  ],
  [
    'a binary log that is flushed later',
    checkDurability,
    { sync_binlog: '0' },
    'error',
    'SET GLOBAL sync_binlog = 1',
  ],
  [
    'few connections',
    checkConnections,
    { max_connections: '18' },
    'warning',
    'others have 8 and this server may open 8',
  ],
  [
    'few connections for this user',
    checkConnections,
    { max_user_connections: '5' },
    'warning',
    'our user may have 5 connections',
  ],
  ['a small packet', checkPacket, { max_allowed_packet: '4194304' }, 'warning', 'is 4194304 bytes'],
  [
    'a proxy that loses the isolation',
    checkSession,
    { transaction_isolation: 'REPEATABLE-READ', time_zone: 'SYSTEM' },
    'error',
    'the isolation is REPEATABLE-READ; the time zone is SYSTEM',
  ],
  [
    'a mode in which a backslash is text',
    checkSession,
    { sql_mode: 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES' },
    'error',
    'NO_BACKSLASH_ESCAPES',
  ],
])('%s is named with its fix', (_, rule, over, level, text) => {
  const finding = rule(standing(over));
  expect(finding.level).toBe(level);
  expect(`${finding.what}: ${finding.fix}`).toContain(text);
  expect(finding.fix).not.toBe('');
});

test('a server whose clock is an hour off is named, whichever way', () => {
  const hour = 3_600_000;
  expect(checkClock({ ...standing(), aheadMs: 29_000 }).level).toBe('ok');
  for (const [aheadMs, text] of [
    [hour, '3600 s ahead of the database’s: orders are closed and bills asked for too early'],
    [-hour, '3600 s behind the database’s: orders are closed and bills asked for too late'],
  ] as const) {
    const finding = checkClock({ ...standing(), aheadMs });
    expect(finding.level).toBe('error');
    expect(finding.what).toContain(text);
    expect(finding.fix).toContain('chrony');
  }
});

test('a table that is missing, in another engine or of another collation is named', () => {
  const found = new Map([
    ['orders', { engine: 'MyISAM', collations: new Set(['utf8mb4_bin', 'utf8mb4_general_ci']) }],
  ]);
  const { what, fix } = checkTables(['orders', 'inbox'], found);
  expect(what).toContain('orders is in MyISAM');
  expect(what).toContain('orders has utf8mb4_general_ci');
  expect(what).toContain('inbox is missing');
  expect(fix).toContain('ALTER TABLE orders ENGINE = InnoDB;');
});

describeWithMysql('the doctor on MariaDB', () => {
  test('passes a new database, whose indexes are the wanted ones, and names what was changed', async () => {
    const server = await startMysqlServer();
    await server.admin('CREATE DATABASE shop');
    const store = await openMysqlStore({ url: server.url('shop') });
    const { database } = store;
    const clock = { now: () => instant(Date.now()) };
    const found = async () =>
      new Map((await examineMysql(database, clock)).map((finding) => [finding.check, finding]));
    try {
      await server.admin('USE shop', 'SET GLOBAL innodb_flush_log_at_trx_commit = 1');
      const first = await found();
      expect([...first.keys()].sort()).toEqual(['indexes', ...CHECKS_OF_MYSQL].sort());
      expect([...first.values()].filter(({ level }) => level !== 'ok')).toEqual([]);
      const count = [...wantedTables(MIGRATIONS).values()].reduce((sum, { size }) => sum + size, 0);
      const listed = await database.rows(
        `SELECT DISTINCT table_name, index_name FROM information_schema.statistics
         WHERE table_schema = DATABASE() AND table_name <> 'schema_version'`,
      );
      expect(listed).toHaveLength(count);

      await server.admin(
        'SET GLOBAL innodb_flush_log_at_trx_commit = 0',
        'SET GLOBAL read_only = ON',
        'ALTER TABLE inbox DROP KEY inbox_due, DROP KEY inbox_key, ADD KEY inbox_key (message_key)',
        'ALTER TABLE refunds CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
      );
      const second = await found();
      expect([...second.values()].filter(({ level }) => level === 'error').map(({ check }) => check)).toEqual(
        ['indexes', 'database_tables', 'database_writes', 'database_durability'],
      );
      const fixes = ['indexes', 'database_tables'].map((check) => second.get(check)?.fix ?? '').join(' ');
      const statements = fixes.match(/ALTER TABLE [^;]+/g) ?? [];
      expect(statements).toHaveLength(3);
      await server.admin('SET GLOBAL read_only = OFF', 'SET GLOBAL innodb_flush_log_at_trx_commit = 1');
      await server.admin(...statements);
      expect([...(await found()).values()].filter(({ level }) => level !== 'ok')).toEqual([]);
    } finally {
      await store.close();
      await server.stop();
    }
    expect(new Set((await examineMysql(database, clock)).map(({ level }) => level))).toEqual(
      new Set(['unknown']),
    );
  });
});
