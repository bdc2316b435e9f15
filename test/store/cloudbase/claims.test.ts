import type { Database, Query } from '../../../lib/store/cloudbase/base/database';
import { SCHEMA } from '../../../lib/store/cloudbase/schema';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import { isRecord } from '../../../lib/values/json';
import { claimAt, freshToken, MERCHANT, message, recordRange } from '../builders';
import { claimedPayments, onCloudBase } from './harness';

/** A database whose updates are seen before they are made, by their fields. */
function watching(db: Database, seen: (data: Readonly<Record<string, unknown>>) => Promise<void>): Database {
  const query = (of: Query): Query => ({
    where: (condition) => query(of.where(condition)),
    orderBy: (path, direction) => query(of.orderBy(path, direction)),
    skip: (count) => query(of.skip(count)),
    limit: (max) => query(of.limit(max)),
    field: (projection) => query(of.field(projection)),
    get: () => of.get(),
    count: () => of.count(),
    update: async (options) => {
      await seen(options.data);
      return of.update(options);
    },
    remove: () => of.remove(),
  });
  return {
    command: db.command,
    collection: (name) => {
      const real = db.collection(name);
      return { ...query(real), add: (options) => real.add(options), aggregate: () => real.aggregate() };
    },
  };
}

it(
  'a claim that is tried again loses nothing to what its first try left leased under the same token',
  onCloudBase(
    async (harness) => {
      const [broken, free, taken] = [message(1), message(2), message(3)];
      for (const one of [broken, free, taken]) await harness.store.inbox.record(one);
      await harness.rewriteKind?.(broken.key, 'rumour');
      harness.gateway.database.catchUp();
      const other = openCloudBaseStore(harness.newCloud(), () => undefined);
      const theirs = { ...claimAt(harness.now()), token: freshToken(), keys: [free.key, taken.key] };
      const held = await other.inbox.claim(theirs);
      const [returned] = held.filter(({ key }) => key === free.key);
      expect(returned).toBeDefined();
      let tries = 0;
      const db = watching(harness.newCloud().database(), async (data) => {
        if (data['state'] === 'dead') {
          // Its end fails, so that the broken message stays leased; meanwhile one is returned.
          const finish = { kind: 'return' } as const;
          const settlement = {
            key: free.key,
            finish,
            change: null,
            refund: null,
            discrepancies: [],
            resolves: null,
          };
          await other.inbox.settle(theirs.token, harness.now(), [settlement]);
          throw new Error('no answer');
        }
        // The list was read before the first try's lease could be seen, and now it can.
        if (isRecord(data) && typeof data['leaseToken'] === 'string' && (tries += 1) === 2)
          harness.gateway.database.catchUp();
      });
      const store = openCloudBaseStore({ database: () => db }, () => undefined);
      const claimed = await store.inbox.claim({ ...claimAt(harness.now()), limit: 3 });
      expect(claimed.map(({ key }) => key)).toEqual([free.key]);
    },
    { limits: { readLagMs: Number.POSITIVE_INFINITY } },
  ),
);

it(
  'what passes over paused merchants has all of its conditions in an index, so that it reads no order of theirs',
  onCloudBase(async ({ store, gateway, now }) => {
    const except = [MERCHANT];
    const ask = { now: now(), limit: 10, again: [now()], except } as const;
    const claims = [
      () => store.orders.claimFulfilments({ ...claimAt(now()), except }),
      () => store.orders.claimAsks(ask),
      () => store.refunds.claimAsks(ask),
    ];
    for (const claim of claims) {
      const before = gateway.requests.records.length;
      await claim();
      const [request] = gateway.requests.records.slice(before);
      const query: unknown = JSON.parse(String(request?.fields['query']));
      const names = isRecord(query) ? Object.keys(query) : [];
      expect(names).toContain('subMchId');
      const found = Object.entries(SCHEMA).find(([collection]) => collection === request?.collection);
      const indexes = found?.[1].indexes ?? [];
      const holding = indexes.filter(({ fields }) =>
        names.every((name) => fields.some(([path]) => path === name)),
      );
      expect(holding.map(({ name }) => name)).toHaveLength(1);
    }
  }),
);

describe('a claim that fails after it wrote its leases gives them back, and counts nothing', () => {
  it(
    'of messages, when the answer to that write is lost',
    onCloudBase(async ({ store, now, gateway }) => {
      await recordRange(store, 0, 3);
      gateway.faults.add({ match: { action: 'database.modifyDocument' }, effect: { kind: 'cutAfter' } });
      await expect(store.inbox.claim(claimAt(now()))).rejects.toMatchObject({ code: 'unavailable' });
      const claimed = await store.inbox.claim(claimAt(now()));
      expect(claimed.map(({ claims }) => claims)).toEqual([1, 1, 1]);
    }),
  );

  it(
    'of messages, when the read of what it won is refused for load',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      await recordRange(store, 0, 4);
      const match = { action: 'database.modifyDocument' };
      const lease = gateway.faults.add({ match, effect: { kind: 'hang' } });
      const slow = store.inbox.claim(claimAt(now()));
      await lease.struck;
      const other = harness.secondHandle();
      expect(await other.inbox.claim({ ...claimAt(now()), keys: [message(3).key] })).toHaveLength(1);
      gateway.faults.add({
        match: { action: 'database.getDocument' },
        effect: { kind: 'error', code: 'EXCEED_REQUEST_LIMIT', message: 'too many' },
      });
      lease.release();
      await expect(slow).rejects.toMatchObject({ code: 'overloaded' });
      const again = await store.inbox.claim(claimAt(now()));
      expect(again.map(({ key, claims }) => [key, claims])).toEqual(
        [0, 1, 2].map((n) => [message(n).key, 1]),
      );
      expect(await store.inbox.find(message(3).key)).toMatchObject({ claims: 1 });
    }),
  );

  it(
    'of unverified messages, when it cannot read how many are held',
    onCloudBase(async ({ store, now, gateway }) => {
      await store.inbox.record(message(1, { trust: 'unverified' }));
      const request = () => ({ ...claimAt(now()), trust: 'unverified', leasedAtMost: 3 }) as const;
      gateway.faults.add({
        match: { action: 'database.getDocument', nth: 2 },
        effect: { kind: 'error', code: 'EXCEED_REQUEST_LIMIT', message: 'too many' },
      });
      await expect(store.inbox.claim(request())).rejects.toMatchObject({ code: 'overloaded' });
      expect(await store.inbox.claim(request())).toMatchObject([{ claims: 1 }]);
    }),
  );

  it(
    'of orders to be fulfilled: no attempt is spent on a hook that was not called',
    onCloudBase(async (harness) => {
      const { store, now, gateway } = harness;
      const { token, batch } = await claimedPayments(harness, 0, 2);
      await store.inbox.settle(token, now(), batch);
      gateway.faults.add({ match: { action: 'database.modifyDocument' }, effect: { kind: 'cutAfter' } });
      await expect(store.orders.claimFulfilments(claimAt(now()))).rejects.toMatchObject({
        code: 'unavailable',
      });
      const claimed = await store.orders.claimFulfilments(claimAt(now()));
      expect(claimed.map(({ fulfilment }) => fulfilment)).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
    }),
  );
});
