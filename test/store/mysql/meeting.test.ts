import { mysqlArchive } from '../../../lib/archive/mysql/archive';
import { mysqlAddress } from '../../../lib/store/mysql/base/address';
import { openDatabase } from '../../../lib/store/mysql/base/connect';
import type { Database, Session } from '../../../lib/store/mysql/base/database';
import { migrate, MIGRATIONS } from '../../../lib/store/mysql/base/migrate';
import { claimMessages } from '../../../lib/store/mysql/inbox/claim';
import { forgetMessages } from '../../../lib/store/mysql/inbox/forget';
import type { MysqlStore } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { dayOf } from '../../../lib/values/day';
import { later } from '../../../lib/values/instant';
import { claimCases } from '../cases/claim';
import {
  claimAt,
  MERCHANT,
  message,
  NEXT_DAY,
  order,
  OTHER_MERCHANT,
  paidAt,
  recordRange,
  settlement,
  START,
  tradeNo,
} from '../builders';
import { leaseNowOfCaller, openCaseDatabase } from './harness';
import type { CaseDatabase } from './harness';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

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

  test('claim what is due behind a paused merchant, whose rows another transaction holds', async () => {
    const due = { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null } as const;
    const [paused, served] = [OTHER_MERCHANT, MERCHANT].map((subMchId, n) => [
      order(n * 2 + 1, { subMchId, nextAskAt: START }),
      order(n * 2 + 2, { subMchId, payment: paidAt(n * 2 + 2, START), fulfilment: due }),
    ]);
    for (const one of [...(paused ?? []), ...(served ?? [])]) await store.orders.create(one);
    await store.database.transaction(async (session) => {
      await session.rows('SELECT id FROM orders WHERE sub_mch_id = ? FOR UPDATE', OTHER_MERCHANT);
      const except = [OTHER_MERCHANT];
      const asked = await store.orders.claimAsks({ now: START, limit: 5, again: [NEXT_DAY], except });
      const fulfilled = await store.orders.claimFulfilments({ ...claimAt(START), except });
      expect([...asked, ...fulfilled].map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(3), tradeNo(4)]);
    });
  });

  test('a migration gives way to others when a long transaction uses its table, and is done by the next start', async () => {
    const url = server.url(`meeting_${String(databases)}`);
    const migrations = [...MIGRATIONS, ['ALTER TABLE inbox ADD COLUMN beside INT']];
    const database = await openDatabase({
      address: mysqlAddress(url),
      bounds: { queryMs: 1_000, patienceMs: 1 },
    });
    try {
      // As a dump of the database does.
      await store.database.transaction(async (session) => {
        await session.rows('SELECT id FROM inbox');
        const refused = migrate(database, { migrations });
        await expect(refused).rejects.toMatchObject({ code: 'overloaded' });
        await expect(refused).rejects.toThrow(/changed nothing there: start again once that has ended/);
        expect(await store.inbox.record(message(1))).toBe('stored');
      });
      await migrate(database, { migrations });
      expect(await store.inbox.record(message(1))).toBe('repeat');
    } finally {
      await database.close();
    }
  });

  test('one keeps a message that the other received again since it was found to be old', async () => {
    const old = message(1, { receivedAt: START });
    await store.inbox.record(old);
    const request = claimAt(START);
    await store.inbox.claim(request);
    const done = settlement(old, { kind: 'done', outcome: 'applied' });
    expect(await store.inbox.settle(request.token, START, [done])).toEqual(['settled']);
    const before = later(START, 60_000);
    const heard = later(START, 90_000);
    const meanwhile: Database = {
      ...store.database,
      rows: async (...statement) => {
        const rows = await store.database.rows(...statement);
        expect(await store.inbox.record({ ...old, receivedAt: heard })).toBe('repeat');
        return rows;
      },
    };
    const query = { state: 'done', before, after: null, limit: 10 } as const;
    expect(await forgetMessages(meanwhile, query)).toMatchObject({ removed: 0 });
    expect(await store.inbox.find(old.key)).toMatchObject({ state: 'done' });
    expect(await store.inbox.forget({ ...query, before: later(heard, 1) })).toMatchObject({ removed: 1 });
  });

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
