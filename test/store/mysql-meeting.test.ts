import { mysqlArchive } from '../../lib/archive/mysql/archive';
import type { Database, Session } from '../../lib/store/mysql/base/database';
import { claimMessages } from '../../lib/store/mysql/inbox/claim';
import type { MysqlStore } from '../../lib/store/mysql/open';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { dayOf } from '../../lib/values/day';
import { later } from '../../lib/values/instant';
import { claimCases } from './cases/claim';
import { claimAt, message, order, recordRange, settlement, START } from './builders';
import { leaseNowOfCaller, openCaseDatabase } from './mysql-harness';
import type { CaseDatabase } from './mysql-harness';
import type { MysqlServer } from './mysql-server';
import { describeWithMysql, startMysqlServer } from './mysql-server';

/** The database; in its next transaction, `run` happens after the first statement of this kind. */
function meeting(database: Database, after: 'rows' | 'change', run: () => Promise<unknown>): Database {
  let isMet = false;
  const meet = async (): Promise<void> => {
    if (isMet) return;
    isMet = true;
    await run();
  };
  const met = (session: Session): Session => ({
    ...session,
    rows: async (...statement) => {
      const rows = await session.rows(...statement);
      if (after === 'rows' && rows.length > 0) await meet();
      return rows;
    },
    change: async (...statement) => {
      const changed = await session.change(...statement);
      if (after === 'change') await meet();
      return changed;
    },
  });
  return {
    ...database,
    transaction: (work, unknownCommit) =>
      database.transaction((session) => work(met(session)), unknownCommit),
  };
}

describeWithMysql('MySQL servers that meet', () => {
  let server: MysqlServer;
  let store: MysqlStore;
  let databases = 0;
  beforeAll(async () => {
    server = await startMysqlServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    databases += 1;
    const name = `meeting_${String(databases)}`;
    await server.admin(`CREATE DATABASE ${name}`);
    store = await openMysqlStore({ url: server.url(name), leaseNow: leaseNowOfCaller, skipLocked: false });
  });
  afterEach(() => store.close());

  test('both keep a bill of the same bytes', async () => {
    const [merchant, day, bytes] = [order(1).subMchId, dayOf(START), Buffer.from('a bill')];
    const keep = (database: Database) => mysqlArchive(database).keep(merchant, day, bytes);
    let other: unknown = null;
    const file = await keep(
      meeting(store.database, 'change', async () => {
        other = await keep(store.database);
      }),
    );
    expect(other).toEqual(file);
    expect(await store.database.rows('SELECT location, n FROM statement_pieces')).toEqual([
      [file.location, 0],
    ]);
  });

  describe('without SKIP LOCKED', () => {
    let database: CaseDatabase;
    beforeAll(async () => {
      database = await openCaseDatabase(server, 'conditional', { skipLocked: false });
    });
    afterAll(() => database.close());

    claimCases(() => database.open());

    /** What a claim gets when another one claims the message first and puts it off until then. */
    const claimAfterAnother = async (dueAt: typeof START) => {
      const first = message(1, { receivedAt: START });
      await store.inbox.record(first);
      const other = claimAt(START);
      let isPutOff = false;
      const meanwhile = meeting(store.database, 'rows', async () => {
        expect(await store.inbox.claim(other)).toHaveLength(1);
        const retry = settlement(first, { kind: 'retry', dueAt, error: 'not yet' });
        expect(await store.inbox.settle(other.token, START, [retry])).toEqual(['settled']);
        isPutOff = true;
      });
      const claimed = await claimMessages(meanwhile, claimAt(START));
      expect(isPutOff).toBe(true);
      return claimed;
    };

    test('leaves alone what another claim put off since it was found', async () => {
      expect(await claimAfterAnother(later(START, 60_000))).toEqual([]);
    });

    test('counts the attempt of another claim that gave the message back since it was found', async () => {
      expect(await claimAfterAnother(START)).toMatchObject([{ attempts: 1, claims: 1 }]);
    });

    test('shares what is due between claims that meet', async () => {
      const { store: shared, now, close } = await database.open();
      await recordRange(shared, 1, 60, (n) => message(n, { receivedAt: now() }));
      const claims = await Promise.all(
        Array.from({ length: 6 }, () => shared.inbox.claim(claimAt(now(), { limit: 10 }))),
      );
      const keys = claims.flat().map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBeGreaterThan(0);
      await close();
    });
  });
});
