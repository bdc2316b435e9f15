import { openMysqlStore } from '../../lib/store/mysql/open';
import type { MysqlServer } from './mysql-server';
import { describeWithMysql, startMysqlServer } from './mysql-server';

describeWithMysql('MySQL', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysqlServer();
  });
  afterAll(() => server.stop());

  test('several servers that start at once migrate one database', async () => {
    await server.admin('CREATE DATABASE many');
    const stores = await Promise.all(
      [1, 2, 3, 4].map(() => openMysqlStore({ url: server.url('many'), migrating: { lookMs: 5 } })),
    );
    const [row] = await stores[0]!.database.rows('SELECT version, done, holder FROM schema_version');
    expect(row).toEqual([1, 0, null]);
    for (const store of stores) await store.close();
  });
});
