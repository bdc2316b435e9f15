import { describeStore } from '../conformance';
import type { CaseDatabase } from './harness';
import { openCaseDatabase } from './harness';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

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
