import { describeStore } from './conformance';
import type { CaseDatabase } from './mysql-harness';
import { openCaseDatabase } from './mysql-harness';
import type { MysqlServer } from './mysql-server';
import { describeWithMysql, startMysqlServer } from './mysql-server';

describeWithMysql('a MariaDB server', () => {
  let server: MysqlServer;
  let database: CaseDatabase;
  beforeAll(async () => {
    server = await startMysqlServer();
    database = await openCaseDatabase(server, 'cases');
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  describeStore('MySQL', () => database.open());
});
