import type { MerchantStanding } from '../../lib/doctor/merchant-database';
import { checkMerchantDatabase, examineMerchantDatabase } from '../../lib/doctor/merchant-database';
import { mysqlMerchantDb } from '../../lib/store/mysql/merchant-db';
import { describeWithMysql, startMysqlServer } from '../store/mysql/server';

/* The database that merchant/ reads, as the doctor sees it. */

const READER = [
  "GRANT USAGE ON *.* TO `prices`@`%` IDENTIFIED BY PASSWORD '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'",
  'GRANT SELECT ON `shop`.* TO `prices`@`%`',
];
const standing = (over: Partial<MerchantStanding> = {}): MerchantStanding => ({
  hasOurTables: false,
  grants: READER,
  ignoringCase: [],
  ...over,
});

test.each<readonly [string, Partial<MerchantStanding>]>([
  ['that only reads', {}],
  ['that reads some columns', { grants: ['GRANT SELECT (_id, price) ON `shop`.`prices` TO `prices`@`%`'] }],
  [
    'whose rights are in a role',
    { grants: ['GRANT USAGE ON *.* TO `p`@`%`', 'GRANT `readers`@`%` TO `p`@`%`'] },
  ],
  [
    'of a server where everybody may write to test',
    { grants: [...READER, 'GRANT SELECT, INSERT, DELETE HISTORY ON `test`.* TO PUBLIC'] },
  ],
  ['of a server that does not tell', { grants: null }],
])('a user %s is passed', (_, over) => {
  expect(checkMerchantDatabase(standing(over))).toMatchObject({ level: 'ok', fix: '' });
});

test.each<readonly [string, Partial<MerchantStanding>, 'error' | 'warning', RegExp]>([
  ['the database of the orders', { hasOurTables: true }, 'error', /already uses.*database of its own/],
  ['a user without rights', { grants: READER.slice(0, 1) }, 'error', /may read no table.*GRANT SELECT/],
  [
    'a user that may write',
    { grants: [...READER, 'GRANT ALL PRIVILEGES ON `wxpay`.* TO `prices`@`%`'] },
    'warning',
    /ALL PRIVILEGES on `wxpay`\.\*.*GRANT SELECT/,
  ],
  [
    'a user that may write some columns',
    { grants: [...READER, 'GRANT SELECT, UPDATE (price) ON `shop`.`prices` TO `prices`@`%`'] },
    'warning',
    /more than read: UPDATE on `shop`/,
  ],
  ['keys that ignore case', { ignoringCase: ['prices'] }, 'warning', /ignores case in prices.*utf8mb4_bin/],
])('%s is named with its fix', (_, over, level, text) => {
  const { level: found, what, fix } = checkMerchantDatabase(standing(over));
  expect(found).toBe(level);
  expect(`${what}: ${fix}`).toMatch(text);
  expect(`${what}: ${fix}`).not.toContain('*2470');
});

describeWithMysql('the doctor on a merchant database', () => {
  test('passes one that answers, names keys that ignore case, and one out of reach', async () => {
    const server = await startMysqlServer();
    await server.admin(
      'CREATE DATABASE merchant',
      'USE merchant',
      'CREATE TABLE exact (_id VARCHAR(64) COLLATE utf8mb4_bin PRIMARY KEY)',
    );
    const db = mysqlMerchantDb(server.url('merchant'));
    try {
      // This server has no privileges, and says so instead of naming them.
      expect(await examineMerchantDatabase(db.database)).toMatchObject({ level: 'ok' });
      await server.admin('CREATE TABLE loose (_id VARCHAR(64) COLLATE utf8mb4_general_ci PRIMARY KEY)');
      const loose = await examineMerchantDatabase(db.database);
      expect(loose.level).toBe('warning');
      expect(loose.what).toContain('_id ignores case in loose:');
      await server.admin(
        ...['schema_version', 'inbox', 'orders'].map((one) => `CREATE TABLE ${one} (a INT)`),
      );
      expect(await examineMerchantDatabase(db.database)).toMatchObject({ level: 'error' });
    } finally {
      await db.close();
    }
    const nowhere = mysqlMerchantDb(server.url('nowhere'));
    await server.stop();
    const { level, what, fix } = await examineMerchantDatabase(nowhere.database);
    expect(level).toBe('error');
    expect(what).toContain('merchant/: ');
    expect(fix).toContain('MERCHANT_DATABASE_URL');
    await nowhere.close();
  });
});
