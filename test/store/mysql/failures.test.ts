import { StoreError } from '../../../lib/store/errors';
import type { MysqlStore, MysqlStoreOptions } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { later } from '../../../lib/values/instant';
import { claimAt, message, order, paidBy, settlement, START } from '../builders';
import { leaseNowOfCaller } from './harness';
import type { MysqlProxy } from './proxy';
import { startMysqlProxy } from './proxy';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

describeWithMysql('a MySQL store on a bad network', () => {
  let server: MysqlServer;
  let proxy: MysqlProxy;
  let store: MysqlStore;
  let databases = 0;

  const openThrough = async (over: Partial<MysqlStoreOptions> = {}): Promise<MysqlStore> => {
    databases += 1;
    const name = `bad_network_${String(databases)}`;
    await server.admin(`CREATE DATABASE ${name}`);
    return openMysqlStore({ url: proxy.url(name), leaseNow: leaseNowOfCaller, ...over });
  };

  beforeAll(async () => {
    server = await startMysqlServer();
    proxy = await startMysqlProxy(server);
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });
  beforeEach(async () => {
    store = await openThrough();
  });
  afterEach(() => store.close());

  /** A claimed message and the settlement that makes its order paid. */
  const claimed = async () => {
    const [first, of] = [message(1, { receivedAt: START }), order(1)];
    await store.orders.create(of);
    await store.inbox.record(first);
    const request = claimAt(later(START, 1_000));
    const [one] = await store.inbox.claim(request);
    expect(one?.key).toBe(first.key);
    const paid = paidBy(of, first, START);
    return { of, first, request, paid: settlement(first, undefined, { change: paid }) };
  };

  test.each(['before', 'after'] as const)(
    'settles once when the connection is lost %s the COMMIT',
    async (when) => {
      const { of, first, request, paid } = await claimed();
      proxy.cut(when, 'COMMIT');
      expect(await store.inbox.settle(request.token, request.now, [paid])).toEqual(['settled']);
      const [stored] = await store.orders.findWithoutCarts([of.outTradeNo]);
      expect(stored).toMatchObject({ version: of.version + 1, payment: { state: 'paid' } });
      expect(stored?.history).toHaveLength(of.history.length + 1);
      expect(await store.inbox.find(first.key)).toMatchObject({ state: 'done' });
      expect(store.counts()).toMatchObject({ lost: 1, unknownCommits: 1 });
    },
  );

  test('settles once when the connection is lost in the middle', async () => {
    const { of, request, paid } = await claimed();
    proxy.cut('after', 'STRAIGHT_JOIN orders');
    expect(await store.inbox.settle(request.token, request.now, [paid])).toEqual(['settled']);
    const [stored] = await store.orders.findWithoutCarts([of.outTradeNo]);
    expect(stored?.version).toBe(of.version + 1);
    expect(store.counts()).toMatchObject({ lost: 1, unknownCommits: 0 });
  });

  test('stores a notification once whose connection is lost before or after its INSERT', async () => {
    const [before, after] = [message(1), message(2)];
    proxy.cut('before', 'INSERT INTO inbox');
    expect(await store.inbox.record(before)).toBe('stored');
    proxy.cut('after', 'INSERT INTO inbox');
    expect(await store.inbox.record(after)).toBe('repeat');
    expect(await store.inbox.find(before.key)).toMatchObject({ deliveries: 1 });
    expect(await store.inbox.find(after.key)).toMatchObject({ deliveries: 2, content: after.content });
  });

  test('reports an unknown commit of a claim, whose messages are due again with its lease', async () => {
    const first = message(1, { receivedAt: START });
    await store.inbox.record(first);
    const request = claimAt(START);
    proxy.cut('after', 'COMMIT');
    await expect(store.inbox.claim(request)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.inbox.claim(claimAt(START))).toEqual([]);
    const again = await store.inbox.claim(claimAt(request.leaseUntil));
    expect(again.map(({ key }) => key)).toEqual([first.key]);
  });

  test('refuses within its bound what is sent into a half-open connection, and then works', async () => {
    await store.close();
    store = await openThrough({ bounds: { queryMs: 100, connectMs: 100, patienceMs: 1 } });
    await store.inbox.record(message(1));
    proxy.freeze();
    await expect(store.inbox.record(message(2))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.inbox.find(message(1).key)).rejects.toMatchObject({ code: 'unavailable' });
    proxy.thaw();
    expect(await store.inbox.find(message(1).key)).toMatchObject({ deliveries: 1 });
    expect(['stored', 'repeat']).toContain(await store.inbox.record(message(2)));
  });

  test('waits for rows that a host locked and died, until the server gives that host up', async () => {
    await store.close();
    store = await openThrough({ bounds: { queryMs: 100, idleMs: 1_000, patienceMs: 1 } });
    const name = `bad_network_${String(databases)}`;
    const other = await openMysqlStore({ url: server.url(name), bounds: { patienceMs: 1 } });
    const first = message(1);
    await store.inbox.record(first);
    let recorded = '';
    const died = store.database.transaction(async (session) => {
      await session.rows('SELECT id FROM inbox FOR UPDATE');
      proxy.freeze();
      // An ack waits for a second at most, and its sender sends again.
      for (let tries = 0; recorded === '' && tries < 10; tries += 1) {
        recorded = await other.inbox.record(first).catch((error: unknown) => {
          if (error instanceof StoreError && error.code === 'overloaded') return '';
          throw error;
        });
      }
    });
    await expect(died).rejects.toMatchObject({ code: 'unavailable' });
    proxy.thaw();
    expect(recorded).toBe('repeat');
    await other.close();
  });

  test('keeps what it acknowledged when the server is killed, and finds it again', async () => {
    const durable = await startMysqlServer({ durable: true });
    try {
      await durable.admin('CREATE DATABASE killed');
      const here = await openMysqlStore({ url: durable.url('killed') });
      await Promise.all([1, 2, 3].map((n) => here.inbox.record(message(n))));
      await durable.crashAndStart();
      for (const n of [1, 2, 3]) {
        expect(await here.inbox.find(message(n).key)).toMatchObject({ deliveries: 1 });
      }
      await here.close();
    } finally {
      await durable.stop();
    }
  });
});
