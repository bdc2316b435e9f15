import type { Store } from '../../../lib/store/port';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import { claimAt, message, order, paidAt, settlement, tradeNo } from '../builders';
import { claimedPayments, onCloudBase } from './harness';

/*
 * CloudBase's errors, text by text, through the real SDK, which drops most names; and whether each
 * allows a repeat or needs a fix first.
 */

const TEXTS: readonly (readonly [
  code: string,
  text: string,
  expected: 'unavailable' | 'overloaded' | 'misconfigured' | 'too_large' | 'invalid',
])[] = [
  [
    'DATABASE_TRANSACTION_CONFLICT',
    '[ResourceUnavailable.TransactionConflict] Transaction is conflict, maybe resource operated by others',
    'unavailable',
  ],
  ['DATABASE_REQUEST_FAILED', '[ResourceUnavailable.TransactionBusy] Transaction is busy', 'unavailable'],
  ['SOMETHING_OF_ITS_OWN', 'resource system error', 'unavailable'],
  [
    'DATABASE_REQUEST_FAILED',
    "[FailedOperation] Cannot create field 'x' in element {a: null}",
    'unavailable',
  ],
  ['DATABASE_QUERY_SIZE_EXCEED_LIMIT', 'query result size exceed limit (1MB)', 'too_large'],
  ['EXCEED_REQUEST_LIMIT', 'request limit exceeded', 'overloaded'],
  ['EXCEED_CONCURRENT_REQUEST_LIMIT', 'concurrent request limit exceeded', 'overloaded'],
  ['DATABASE_COLLECTION_NOT_EXIST', 'collection not exist', 'misconfigured'],
  ['DATABASE_REQUEST_FAILED', '[ResourceNotFound] Db or Table not exist: wxpay_inbox', 'misconfigured'],
  ['DATABASE_PERMISSION_DENIED', 'permission denied', 'misconfigured'],
  ['INVALID_PARAM', 'invalid param', 'invalid'],
];

/** `looks`: the requests that find out whether the refusal meant a duplicate. */
const CALLS: readonly (readonly [
  name: string,
  call: (store: Store) => Promise<unknown>,
  then: unknown,
  looks: number,
])[] = [
  ['a question', (store) => store.inbox.find(message(1).key), null, 0],
  ['a new message', (store) => store.inbox.record(message(1)), 'stored', 2],
  ['a new order', (store) => store.orders.create(order(1)), 'created', 1],
];

describe.each(TEXTS)('%s: “%s” is %s', (code, text, expected) => {
  it.each(CALLS)('about %s, which goes well once it passes', async (_name, call, then, looks) => {
    await onCloudBase(async ({ store, gateway }) => {
      const fault = gateway.faults.add({ effect: { kind: 'error', code, message: text } });
      await expect(call(store)).rejects.toMatchObject({ name: 'StoreError', code: expected });
      // Nobody knocks again at a database that has too much to do.
      const all = 1 + (expected === 'unavailable' ? looks : 0);
      expect([fault.hits(), gateway.countRequests({})]).toEqual([1, all]);
      expect(await call(store)).toEqual(then);
    })();
  });
});

describe('an answer that comes too late, when the write has taken effect', () => {
  const TOO_LATE = { kind: 'hang', applied: true } as const;

  it(
    'fails its settlement, which is made good once under the same token',
    onCloudBase(async (harness) => {
      const { store, now, gateway, newCloud } = harness;
      const { token, batch } = await claimedPayments(harness, 0, 3);
      const hasty = openCloudBaseStore(newCloud(300), () => undefined);
      const match = { action: 'database.modifyDocument', collection: 'wxpay_orders' } as const;
      gateway.faults.add({ match, effect: TOO_LATE });
      const results = await hasty.inbox.settle(token, now(), batch);
      expect([...results].sort()).toEqual(['failed', 'settled', 'settled']);
      gateway.faults.release();
      expect(await store.inbox.settle(token, now(), batch)).toEqual(batch.map(() => 'settled'));
      const orders = await store.orders.find(batch.map((_, n) => tradeNo(n)));
      expect(orders.map(({ version, history }) => [version, history.length])).toEqual(
        batch.map(() => [2, 2]),
      );
    }),
  );

  it(
    'leaves a delivery done, and told so: nobody is given it again',
    onCloudBase(async ({ store, now, gateway, newCloud, advance }) => {
      const fulfilment = { state: 'due', attempts: 0, dueAt: now(), lease: null, lastError: null } as const;
      await store.orders.create(order(1, { payment: paidAt(1, now()), fulfilment }));
      const request = claimAt(now());
      expect(await store.orders.claimFulfilments(request)).toHaveLength(1);
      const hasty = openCloudBaseStore(newCloud(300), () => undefined);
      const done = (of: Store) =>
        of.orders.finishFulfilment(request.token, now(), tradeNo(1), { kind: 'done', receipt: 'p-1' });
      gateway.faults.add({ match: { collection: 'wxpay_orders' }, effect: TOO_LATE });
      await expect(done(hasty)).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
      gateway.faults.release();
      expect(await done(store)).toBe(false);
      advance(86_400_000);
      expect(await store.orders.claimFulfilments(claimAt(now()))).toEqual([]);
      expect(await store.orders.find([tradeNo(1)])).toMatchObject([
        { fulfilment: { state: 'done', receipt: 'p-1' } },
      ]);
    }),
  );
});

it(
  'a settlement of a hundred that is throttled whole asks once for each, and is made good later',
  onCloudBase(async (harness) => {
    const { store, now, gateway } = harness;
    const { token, batch } = await claimedPayments(harness, 0, 100);
    const before = gateway.countRequests({});
    const match = { action: 'database.modifyDocument' } as const;
    const effect = { kind: 'error', code: 'EXCEED_REQUEST_LIMIT', message: 'slow down' } as const;
    gateway.faults.add({ match, times: Number.POSITIVE_INFINITY, effect });
    expect(await store.inbox.settle(token, now(), batch)).toEqual(batch.map(() => 'failed'));
    expect(gateway.countRequests({}) - before).toBeLessThanOrEqual(1 + batch.length);
    gateway.faults.release();
    expect(await store.inbox.settle(token, now(), batch)).toEqual(batch.map(() => 'settled'));
    expect(await store.inbox.settle(token, now(), [settlement(message(0))])).toEqual(['settled']);
  }),
);
