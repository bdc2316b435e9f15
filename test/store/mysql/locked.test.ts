import type { MysqlStore, MysqlStoreOptions } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { claimAt, message, order, paidBy, settlement, START } from '../builders';
import { leaseNowOfCaller } from './harness';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

describeWithMysql('a MySQL store of which another session locks a part', () => {
  let server: MysqlServer;
  let databases = 0;
  const open = new Set<MysqlStore>();

  const newDatabase = async (): Promise<string> => {
    databases += 1;
    const name = `locked_${String(databases)}`;
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

  test('settles orders while another transaction holds an order beside them', async () => {
    const name = await newDatabase();
    const store = await openStore(name, {
      leaseNow: leaseNowOfCaller,
      bounds: { lockWaitMs: 1, patienceMs: 1 },
    });
    const paid = [1, 2].map((n) => ({ by: message(n, { receivedAt: START }), of: order(n) }));
    for (const { of } of [...paid, { of: order(3) }]) await store.orders.create(of);
    for (const { by } of paid) await store.inbox.record(by);
    const request = claimAt(START);
    await store.inbox.claim(request);
    const held = `SELECT id FROM orders WHERE out_trade_no = '${order(3).outTradeNo}' FOR UPDATE`;
    await server.admin(`USE ${name}`, 'START TRANSACTION', held);
    try {
      const settlements = paid.map(({ by, of }) =>
        settlement(by, undefined, { change: paidBy(of, by, START) }),
      );
      const settled = await store.inbox.settle(request.token, START, settlements);
      expect(settled).toEqual(['settled', 'settled']);
    } finally {
      await server.admin('ROLLBACK');
    }
  });

  test('settles a batch of which an administrator holds one order, without that one', async () => {
    const name = await newDatabase();
    const reported: (string | null)[] = [];
    const store = await openStore(name, {
      leaseNow: leaseNowOfCaller,
      bounds: { lockWaitMs: 1 },
      report: (_problem, about) => reported.push(about),
    });
    const paid = [1, 2, 3].map((n) => ({ by: message(n, { receivedAt: START }), of: order(n) }));
    for (const { by, of } of paid) await Promise.all([store.orders.create(of), store.inbox.record(by)]);
    const request = claimAt(START);
    await store.inbox.claim(request);
    const settle = () =>
      store.inbox.settle(
        request.token,
        START,
        paid.map(({ by, of }) => settlement(by, undefined, { change: paidBy(of, by, START) })),
      );
    const held = `SELECT id FROM orders WHERE out_trade_no = '${order(2).outTradeNo}' FOR UPDATE`;
    await server.admin(`USE ${name}`, 'START TRANSACTION', held);
    expect(await settle()).toEqual(['settled', 'failed', 'settled']);
    expect(reported).toEqual([null, message(2).key]);
    await server.admin('ROLLBACK');
    expect(await settle()).toEqual(['settled', 'settled', 'settled']);
  });

  test('stores what came with a repeat whose row an administrator holds', async () => {
    const name = await newDatabase();
    const store = await openStore(name, { bounds: { lockWaitMs: 1 } });
    await store.inbox.record(message(2));
    const held = `SELECT id FROM inbox WHERE message_key = '${message(2).key}' FOR UPDATE`;
    // Otherwise the gap before its key is held as well.
    const committed = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED';
    await server.admin(`USE ${name}`, committed, 'START TRANSACTION', held);
    const ends = await Promise.allSettled([1, 2, 3].map((n) => store.inbox.record(message(n))));
    expect(ends).toMatchObject([
      { status: 'fulfilled', value: 'stored' },
      { status: 'rejected', reason: { code: 'overloaded' } },
      { status: 'fulfilled', value: 'stored' },
    ]);
    await server.admin('ROLLBACK');
  });

  test('waits for a row in the time of an ack where callbacks wait for it', async () => {
    const { database } = await openStore(await newDatabase());
    const waits = 'SELECT @@innodb_lock_wait_timeout';
    expect(await database.acks.rows(waits)).toEqual([[1]]);
    expect(await database.rows(waits)).toEqual([[3]]);
  });

  test('acknowledges while all other calls wait for a table that is being changed', async () => {
    const name = await newDatabase();
    const store = await openStore(name);
    await server.admin(`USE ${name}`, 'LOCK TABLES orders WRITE');
    const waiting = Array.from({ length: 8 }, () => store.orders.findWithoutCarts([order(1).outTradeNo]));
    const found = Promise.allSettled(waiting);
    try {
      expect(await store.inbox.record(message(1))).toBe('stored');
      // A callback asks this before it stores what nobody vouches for.
      expect(await store.inbox.countUnverified({ noneOf: [] })).toBe(0);
      expect(store.counts()).toMatchObject({ size: 8, used: 6, waiting: 2 });
    } finally {
      await server.admin('UNLOCK TABLES');
    }
    const ends = (await found).map(({ status }) => status);
    expect(new Set(ends)).toEqual(new Set(['fulfilled']));
  });

  test('refuses notifications while their table is being changed, and no other group waits behind', async () => {
    const name = await newDatabase();
    const store = await openStore(name, { bounds: { queryMs: 200, patienceMs: 1 } });
    await server.admin(`USE ${name}`, 'LOCK TABLES inbox WRITE');
    try {
      const ends = await Promise.allSettled([1, 2, 3].map((n) => store.inbox.record(message(n))));
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    } finally {
      await server.admin('UNLOCK TABLES');
    }
    expect(await store.inbox.record(message(1))).toMatch(/stored|repeat/);
  });
});
