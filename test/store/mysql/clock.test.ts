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
      const store = await openStore(await newDatabase());
      const early = later(now(), -10 * MINUTE);
      const first = message(1, { receivedAt: early });
      await store.inbox.record(first);
      const request = claimAt(early);
      await store.inbox.claim(request);
      await store.database.change('UPDATE inbox SET lease_until = lease_until - 60000');
      expect(await store.inbox.settle(request.token, early, [settlement(first)])).toEqual(['lease_lost']);
      expect(await store.inbox.claim(claimAt(early))).toHaveLength(1);
    });
  });

  describe('whose database’s clock jumps', () => {
    /** A store on a database whose clock is off by a time that the test sets. */
    const jumping = async () => {
      const clock = { offMs: 0 };
      const name = await newDatabase();
      const leaseNow = () => `(CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) + ${String(clock.offMs)})`;
      const [store, other] = [await openStore(name, { leaseNow }), await openStore(name, { leaseNow })];
      const now = instant(Date.now());
      const first = message(1, { receivedAt: now });
      await store.orders.create(order(1));
      await store.inbox.record(first);
      const paid = settlement(first, undefined, { change: paidBy(order(1), first, now) });
      return { clock, store, other, now, first, paid };
    };

    test('forward: what was leased is free, and the earlier holder finishes nothing', async () => {
      const { clock, store, other, now, first, paid } = await jumping();
      const [early, late] = [claimAt(now), claimAt(now)];
      expect(await store.inbox.claim(early)).toHaveLength(1);
      clock.offMs = HOUR;
      expect(await other.inbox.claim(late)).toMatchObject([{ key: first.key }]);
      expect(await store.inbox.settle(early.token, now, [paid])).toEqual(['lease_lost']);
      expect(await other.inbox.settle(late.token, now, [paid])).toEqual(['settled']);
    });

    test('back: what a dead worker had leased is free after the time of one lease, not after the jump', async () => {
      const { clock, store, other, now, first } = await jumping();
      clock.offMs = HOUR;
      await store.inbox.claim(claimAt(now));
      clock.offMs = 0;
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
      clock.offMs = LEASE_MS;
      expect(await other.inbox.claim(claimAt(now))).toMatchObject([{ key: first.key, claims: 2 }]);
    });

    test('back: a worker that lives settles what it had leased before', async () => {
      const { clock, store, now, paid } = await jumping();
      const claim = claimAt(now);
      clock.offMs = HOUR;
      await store.inbox.claim(claim);
      clock.offMs = 0;
      expect(await store.inbox.settle(claim.token, now, [paid])).toEqual(['settled']);
    });
  });
});
