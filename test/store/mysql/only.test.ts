import { createConnection } from 'mysql2/promise';
import { openDatabase } from '../../../lib/store/mysql/base/connect';
import { mysqlAddress } from '../../../lib/store/mysql/base/address';
import { migrate, MIGRATIONS } from '../../../lib/store/mysql/base/migrate';
import type { MysqlStore, MysqlStoreOptions } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { later } from '../../../lib/values/instant';
import { claimAt, discrepancy, message, order, settlement, START, statementRun } from '../builders';
import { leaseNowOfCaller } from './harness';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

const MINUTE = 60_000;
/** Leases by the clock of the caller. */
const ON_CALLER = { leaseNow: leaseNowOfCaller };

describeWithMysql('a MySQL store', () => {
  let server: MysqlServer;
  let databases = 0;
  const open = new Set<MysqlStore>();

  const newDatabase = async (): Promise<string> => {
    databases += 1;
    const name = `only_${String(databases)}`;
    await server.admin(`CREATE DATABASE ${name}`);
    return name;
  };
  const openStore = async (name: string, over: Partial<MysqlStoreOptions> = {}): Promise<MysqlStore> => {
    const store = await openMysqlStore({ url: server.url(name), ...over });
    open.add(store);
    return store;
  };

  beforeAll(async () => {
    server = await startMysqlServer();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    for (const store of open) await store.close();
    open.clear();
  });

  describe('migrates', () => {
    test('one database from several servers that start at once', async () => {
      const name = await newDatabase();
      const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(name, { migrating: { lookMs: 5 } })));
      for (const { database } of stores) {
        const rows = await database.rows('SELECT version, done, holder FROM schema_version');
        expect(rows).toEqual([[MIGRATIONS.length, 0, null]]);
      }
    });

    test('only forward: an older server refuses a newer database and changes nothing', async () => {
      const name = await newDatabase();
      const { database } = await openStore(name);
      await database.change('UPDATE schema_version SET version = 99');
      const refused = openStore(name);
      await expect(refused).rejects.toMatchObject({ code: 'misconfigured' });
      await expect(refused).rejects.toThrow('version 99');
      expect(await database.rows('SELECT version, holder FROM schema_version')).toEqual([[99, null]]);
    });

    test('on from the statement at which another server broke off', async () => {
      const name = await newDatabase();
      const database = await openDatabase({ address: mysqlAddress(server.url(name)) });
      try {
        const first = 'CREATE TABLE first (id INT NOT NULL PRIMARY KEY)';
        const second = 'CREATE TABLE second (id INT NOT NULL PRIMARY KEY)';
        const broken = { migrations: [[first, 'CREATE TABLE nonsense']], lookMs: 5 };
        await expect(migrate(database, broken)).rejects.toMatchObject({ name: 'StoreError' });
        expect(await database.rows('SELECT version, done FROM schema_version')).toEqual([[0, 1]]);
        // As if it had been killed after the statement, before it could be counted.
        await database.change(`UPDATE schema_version SET done = 0, holder = 'dead', held_until = 1`);
        await migrate(database, { migrations: [[first, second]], lookMs: 5 });
        expect(await database.rows('SELECT version, done FROM schema_version')).toEqual([[1, 0]]);
      } finally {
        await database.close();
      }
    });

    test('no database with tables of somebody else that have names of ours, and writes nothing to it', async () => {
      const name = await newDatabase();
      await server.admin(`USE ${name}`, 'CREATE TABLE orders (id INT)', 'CREATE TABLE baskets (id INT)');
      const refused = openStore(name);
      await expect(refused).rejects.toMatchObject({ name: 'StoreError', code: 'misconfigured' });
      await expect(refused).rejects.toThrow(/did not make: orders; set DATABASE_URL to an empty database/);
      expect(await server.admin('SHOW TABLES')).toEqual([['baskets'], ['orders']]);
      await server.admin('DROP TABLE orders', 'CREATE TABLE schema_version (version INT, installed_by TEXT)');
      await expect(openStore(name)).rejects.toThrow('did not make: schema_version');
    });

    test('on after a crash between a table and its record, from the first table on', async () => {
      const name = await newDatabase();
      const { database } = await openStore(name);
      await database.change(`UPDATE schema_version SET version = 0, done = 0`);
      await openStore(name);
      expect(await database.rows('SELECT version, done FROM schema_version')).toEqual([
        [MIGRATIONS.length, 0],
      ]);
    });

    test('with statements that take longer than a query may', async () => {
      const address = mysqlAddress(server.url(await newDatabase()));
      const database = await openDatabase({ address, bounds: { queryMs: 1_000 } });
      try {
        await migrate(database, { migrations: [['DO SLEEP(1.1)']] });
        expect(await database.rows('SELECT version, done FROM schema_version')).toEqual([[1, 0]]);
        expect(database.counts().lost).toBe(0);
      } finally {
        await database.close();
      }
    });

    test('not while another server does, and waits no longer than it may', async () => {
      const name = await newDatabase();
      const { database } = await openStore(name);
      await database.change(
        `UPDATE schema_version SET version = 0, holder = 'other', held_until = UNIX_TIMESTAMP() * 1000 + 60000`,
      );
      await expect(openStore(name, { migrating: { patienceMs: 1, lookMs: 1 } })).rejects.toMatchObject({
        code: 'overloaded',
      });
    });
  });

  describe('under load', () => {
    test('does a transaction again that the server chose as the victim of a deadlock', async () => {
      const { database } = await openStore(await newDatabase());
      await database.change(`INSERT INTO paces (name, free_at) VALUES ('a', 0), ('b', 0)`);
      const raise = 'UPDATE paces SET free_at = free_at + 1 WHERE name = ?';
      const arrivals: (() => void)[] = [];
      const both = new Promise<void>((resolve) => {
        arrivals.push(resolve);
      });
      let arrived = 0;
      const crossing = (first: string, second: string): Promise<void> =>
        database.transaction(async (session) => {
          await session.change(raise, first);
          arrived += 1;
          if (arrived === 2) for (const go of arrivals) go();
          await both;
          await session.change(raise, second);
        });
      await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
      expect(await database.rows('SELECT free_at FROM paces')).toEqual([[2], [2]]);
      expect(database.counts().conflicts).toBe(1);
    });

    test('waits for a row no longer than it may, and loses nothing', async () => {
      const name = await newDatabase();
      const store = await openStore(name, { bounds: { lockWaitMs: 1, patienceMs: 1 } });
      const first = message(1);
      await store.inbox.record(first);
      await server.admin(`USE ${name}`, 'START TRANSACTION', 'SELECT id FROM inbox FOR UPDATE');
      await expect(store.inbox.record({ ...first, path: 'query' })).rejects.toMatchObject({
        code: 'overloaded',
      });
      await server.admin('ROLLBACK');
      expect(await store.inbox.record({ ...first, path: 'query' })).toBe('repeat');
      expect(await store.inbox.find(first.key)).toMatchObject({ deliveries: 2 });
    });

    test('puts notifications that arrive together into few transactions, and answers each', async () => {
      const name = await newDatabase();
      const store = await openStore(name);
      const inserts = async (): Promise<number> => {
        const [row] = await store.database.rows(`SHOW GLOBAL STATUS LIKE 'Com_insert'`);
        return Number(row?.[1]);
      };
      const before = await inserts();
      const numbers = Array.from({ length: 300 }, (_, n) => n);
      const recorded = await Promise.all(numbers.map((n) => store.inbox.record(message(n))));
      expect(new Set(recorded)).toEqual(new Set(['stored']));
      expect((await inserts()) - before).toBeLessThan(10);
      expect((await store.inbox.backlog(START)).pending).toBe(300);
    });

    test('answers each of several that state one fact in one group', async () => {
      const store = await openStore(await newDatabase());
      const recorded = await Promise.all(
        [1, 2, 1, 1].map((n) => store.inbox.record(message(n, { receivedAt: START }))),
      );
      expect(recorded.filter((one) => one === 'stored')).toHaveLength(2);
      expect(await store.inbox.find(message(1).key)).toMatchObject({ deliveries: 3 });
      expect(await store.inbox.redelivered(10)).toHaveLength(1);
    });

    test('says overloaded when its connections are all in use, and when the server has none left', async () => {
      const name = await newDatabase();
      const store = await openStore(name, { poolSize: 1, acquireMs: 1 });
      await store.database.transaction(async () => {
        await expect(store.inbox.find(message(1).key)).rejects.toMatchObject({ code: 'overloaded' });
      });
      await server.admin('SET GLOBAL max_connections = 10');
      const others = await Promise.all(
        Array.from({ length: 12 }, () =>
          createConnection({ socketPath: server.socketPath, user: 'root' }).catch(() => null),
        ),
      );
      try {
        await expect(openStore(name)).rejects.toMatchObject({ code: 'overloaded' });
      } finally {
        for (const one of others) one?.destroy();
        await server.admin('SET GLOBAL max_connections = 100');
      }
      expect(await store.inbox.find(message(1).key)).toBeNull();
    });

    test('refuses what is larger than a packet, and stores what came with it', async () => {
      const name = await newDatabase();
      await openStore(name);
      await server.admin('SET GLOBAL max_allowed_packet = 1048576');
      try {
        const store = await openStore(name);
        const [large, small] = [message(1, { raw: 'x'.repeat(1_100_000) }), message(2)];
        const ends = await Promise.allSettled([large, small].map((one) => store.inbox.record(one)));
        expect(ends).toMatchObject([
          { status: 'rejected', reason: { code: 'too_large' } },
          { status: 'fulfilled', value: 'stored' },
        ]);
        expect(store.counts().lost).toBe(0);
        // A step of a statement run that finds more than a packet holds.
        const found = Array.from({ length: 4_000 }, (_, n) => discrepancy(n + 1, START));
        await store.discrepancies.see(found);
        expect(await store.discrepancies.countOpen(later(START, 1))).toBe(found.length);
      } finally {
        await server.admin('SET GLOBAL max_allowed_packet = 16777216');
      }
    });

    test('stores what came with a message that the server refuses for a reason nobody knows', async () => {
      const name = await newDatabase();
      const store = await openStore(name);
      await server.admin(
        `USE ${name}`,
        `CREATE TRIGGER refusing BEFORE INSERT ON inbox FOR EACH ROW
         IF NEW.message_key = '${message(2).key}' THEN SIGNAL SQLSTATE '45000'; END IF`,
      );
      const ends = await Promise.allSettled([1, 2, 3].map((n) => store.inbox.record(message(n))));
      expect(ends).toMatchObject([
        { status: 'fulfilled', value: 'stored' },
        { status: 'rejected', reason: { code: 'unavailable' } },
        { status: 'fulfilled', value: 'stored' },
      ]);
    });

    test('settles a batch one by one when the server refuses one message of it, and reports why', async () => {
      const name = await newDatabase();
      const reported: (readonly [string | null, string])[] = [];
      const store = await openStore(name, {
        leaseNow: leaseNowOfCaller,
        report: ({ code }, message) => reported.push([message, code]),
      });
      for (const n of [1, 2, 3]) await store.inbox.record(message(n, { receivedAt: START }));
      const request = claimAt(START);
      await store.inbox.claim(request);
      await server.admin(
        `USE ${name}`,
        `CREATE TRIGGER refusing BEFORE UPDATE ON inbox FOR EACH ROW
         IF NEW.state = 'done' AND NEW.message_key = '${message(2).key}'
         THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1366; END IF`,
      );
      const settlements = [1, 2, 3].map((n) => settlement(message(n)));
      const settled = await store.inbox.settle(request.token, START, settlements);
      expect(settled).toEqual(['settled', 'failed', 'settled']);
      expect(reported).toEqual([
        [null, 'invalid'],
        [message(2).key, 'invalid'],
      ]);
    });

    test('says unavailable on a server that accepts no writes, and works once it does', async () => {
      const name = await newDatabase();
      await openStore(name);
      await server.admin('SET GLOBAL TRANSACTION READ ONLY');
      const store = await openStore(name);
      const refused = store.inbox.record(message(1));
      await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
      await expect(refused).rejects.toThrow('accepts no writes');
      await server.admin('SET GLOBAL TRANSACTION READ WRITE');
      expect(await store.inbox.record(message(1))).toBe('stored');
    });
  });

  test('settles beside a stored discrepancy that cannot be read, and leaves that one as it is', async () => {
    const store = await openStore(await newDatabase(), { leaseNow: leaseNowOfCaller });
    const [of, found] = [message(1, { receivedAt: START }), discrepancy(1, START)];
    await store.discrepancies.see([found]);
    await store.database.change(`UPDATE discrepancies SET finding = '{broken'`);
    await store.inbox.record(of);
    const request = claimAt(START);
    await store.inbox.claim(request);
    const seen = settlement(of, undefined, {
      discrepancies: [{ ...found, statementRun: statementRun(1).id }, discrepancy(2, START)],
    });
    expect(await store.inbox.settle(request.token, START, [seen])).toEqual(['settled']);
    const rows = await store.database.rows('SELECT finding FROM discrepancies WHERE id = ?', found.id);
    expect(rows).toEqual([['{broken']]);
    expect(await store.discrepancies.find(discrepancy(2, START).id)).not.toBeNull();
  });

  test('lets go dead what cannot be read under its claim only: one repaired and claimed meanwhile stays', async () => {
    const name = await newDatabase();
    const [late, other] = [await openStore(name, ON_CALLER), await openStore(name, ON_CALLER)];
    await late.inbox.record(message(1));
    const rewriteKind = (kind: string) =>
      other.database.change(`UPDATE inbox SET content = JSON_SET(content, '$.kind', ?)`, kind);
    await rewriteKind('rumour');
    const claim = claimAt(later(START, 2 * MINUTE));
    // The claim reads the message; its lease ends before it writes that it is dead.
    const change = late.database.change.bind(late.database);
    const writing = jest.spyOn(late.database, 'change').mockImplementation(async (...statement) => {
      await rewriteKind('payment');
      expect(await other.inbox.claim(claim)).toMatchObject([{ key: message(1).key }]);
      return change(...statement);
    });
    expect(await late.inbox.claim(claimAt(START))).toEqual([]);
    expect(writing).toHaveBeenCalledTimes(1);
    expect(await other.inbox.find(message(1).key)).toMatchObject({
      state: 'pending',
      lease: { token: claim.token },
    });
  });

  test('lists the requests for approval beside one that cannot be read', async () => {
    const { approvals, database } = await openStore(await newDatabase());
    await database.change(
      `INSERT INTO approvals (id, version, is_decided, asked_at, approval)
       VALUES ('a', 1, 0, 1, '{"version":1,"action":"refund_order"}'), ('b', 1, 0, 2, '{broken')`,
    );
    const newest = await approvals.list({ isDecided: false, after: null, limit: 1 });
    expect(newest.items).toEqual([]);
    const older = await approvals.list({ isDecided: false, after: newest.next, limit: 1 });
    expect(older).toEqual({ items: [{ version: 1, action: 'refund_order' }], next: null });
  });

  test('releases no hold that cannot be read, and leaves it as it is', async () => {
    const { orders, database } = await openStore(await newDatabase());
    const { outTradeNo } = order(1);
    await orders.create(order(1));
    const broken = [['held', '{broken']];
    await database.change(`UPDATE orders SET fulfilment_state = 'held', fulfilment_hold = '{broken'`);
    expect(await orders.releaseHold(outTradeNo, 'ops:lin', 'asked the payer', START)).toBe(false);
    expect(await database.rows('SELECT fulfilment_state, fulfilment_hold FROM orders')).toEqual(broken);
  });

  test('says of a value that fits no column that it is invalid, not that the server is away', async () => {
    const { database } = await openStore(await newDatabase());
    const refused = { kind: 'refused', code: 'invalid' };
    await expect(database.change('UPDATE paces SET free_at = ?', 2 ** 53)).rejects.toMatchObject(refused);
    await expect(database.rows('SELECT ?', 0.5)).rejects.toMatchObject(refused);
  });
});
