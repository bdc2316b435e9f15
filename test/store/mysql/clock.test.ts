import type { MysqlStore, MysqlStoreOptions } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import type { Instant } from '../../../lib/values/instant';
import { instant, later } from '../../../lib/values/instant';
import { claimAt, LEASE_MS, message, order, paidBy, settlement } from '../builders';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/* Leases end by the database's clock, whatever the servers' clocks say. */
describeWithMysql('a MySQL store', () => {
  let server: MysqlServer;
  let databases = 0;
  const open = new Set<MysqlStore>();

  const newDatabase = async (): Promise<string> => {
    databases += 1;
    const name = `clock_${String(databases)}`;
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

  describe('with clocks that differ', () => {
    const now = (): Instant => instant(Date.now());

    test('a server whose clock is ahead takes no lease that still runs', async () => {
      const name = await newDatabase();
      const [behind, ahead] = [await openStore(name), await openStore(name)];
      const early = later(now(), -10 * MINUTE);
      const first = message(1, { receivedAt: early });
      await behind.orders.create(order(1));
      await behind.inbox.record(first);
      const request = claimAt(early);
      expect(await behind.inbox.claim(request)).toHaveLength(1);
      expect(await ahead.inbox.claim(claimAt(later(now(), 10 * MINUTE)))).toEqual([]);
      const paid = settlement(first, undefined, { change: paidBy(order(1), first, early) });
      // Its own clock says that its lease is long over, and it is not.
      const late = later(request.leaseUntil, 10 * MINUTE);
      expect(await behind.inbox.settle(request.token, late, [paid])).toEqual(['settled']);
    });

    test('a lease that is over by the database’s clock is over for a server whose clock stands still', async () => {
      const store = await openStore(await newDatabase(), { poolSize: 1 });
      const early = later(now(), -10 * MINUTE);
      const first = message(1, { receivedAt: early });
      await store.inbox.record(first);
      const request = claimAt(early);
      await store.inbox.claim(request);
      const seconds = Math.ceil(later(now(), LEASE_MS) / 1_000);
      await store.database.change(`SET SESSION timestamp = ${String(seconds)}`);
      expect(await store.inbox.settle(request.token, early, [settlement(first)])).toEqual(['lease_lost']);
      expect(await store.inbox.claim(claimAt(early))).toHaveLength(1);
    });
  });

  describe('whose database’s clock jumps', () => {
    /**
     * Two stores of one connection each, whose sessions have the time that the test sets: the
     * database's own clock as the statements read it.
     */
    const jumping = async () => {
      const name = await newDatabase();
      const [store, other] = [await openStore(name, { poolSize: 1 }), await openStore(name, { poolSize: 1 })];
      const now = instant(Date.now());
      const jump = async (ms: number): Promise<void> => {
        const seconds = (later(now, ms) / 1_000).toFixed(3);
        for (const { database } of [store, other])
          await database.change(`SET SESSION timestamp = ${seconds}`);
      };
      const first = message(1, { receivedAt: now });
      await store.orders.create(order(1));
      await store.inbox.record(first);
      const paid = settlement(first, undefined, { change: paidBy(order(1), first, now) });
      return { jump, store, other, now, first, paid };
    };

    test('forward: what was leased is free, and the earlier holder finishes nothing', async () => {
      const { jump, store, other, now, first, paid } = await jumping();
      const [early, late] = [claimAt(now), claimAt(now)];
      expect(await store.inbox.claim(early)).toHaveLength(1);
      await jump(HOUR);
      expect(await other.inbox.claim(late)).toMatchObject([{ key: first.key }]);
      expect(await store.inbox.settle(early.token, now, [paid])).toEqual(['lease_lost']);
      expect(await other.inbox.settle(late.token, now, [paid])).toEqual(['settled']);
    });

    test('back: what a dead worker had leased is free after the time of one lease, not after the jump', async () => {
      const { jump, store, other, now, first } = await jumping();
      await jump(HOUR);
      await store.inbox.claim(claimAt(now));
      await jump(0);
      expect(await other.inbox.claim(claimAt(now))).toEqual([]);
      const claim = { dueBy: later(now, HOUR), leaseUntil: later(now, LEASE_MS) };
      const asks = [later(now, HOUR)] as const;
      const latest = {
        now,
        messages: claim,
        fulfilments: claim,
        runs: claim,
        orderAsks: asks,
        refundAsks: asks,
      };
      expect(await other.waits.pullForward(latest)).toBe(1);
      expect(await other.inbox.claim(claimAt(now))).toEqual([]);
      await jump(LEASE_MS);
      expect(await other.inbox.claim(claimAt(now))).toMatchObject([{ key: first.key, claims: 2 }]);
    });

    test('back: a worker that lives settles what it had leased before', async () => {
      const { jump, store, now, paid } = await jumping();
      const claim = claimAt(now);
      await jump(HOUR);
      await store.inbox.claim(claim);
      await jump(0);
      expect(await store.inbox.settle(claim.token, now, [paid])).toEqual(['settled']);
    });
  });
});
