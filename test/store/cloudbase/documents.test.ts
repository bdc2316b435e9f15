import { insert, modify } from '../../../lib/store/cloudbase/base/database';
import type { Fields } from '../../../lib/store/cloudbase/base/database';
import { orderDocument } from '../../../lib/store/cloudbase/orders/order-document';
import type { CollectionName } from '../../../lib/store/cloudbase/schema';
import { SCHEMA } from '../../../lib/store/cloudbase/schema';
import { claimAt, message, order, paidBy, PAYER, recordRange, settlement, tradeNo } from '../builders';
import { claimedPayments, onCloudBase, type CloudBaseHarness } from './harness';

/** Overwrites fields of a stored document, as a console or another version might. */
async function spoil(harness: CloudBaseHarness, name: CollectionName, id: string, data: Fields) {
  const query = harness.newCloud().database().collection(name).where({ _id: id });
  expect(await modify(name, query, data)).toBe(1);
}

describe('what is nested in a document', () => {
  it(
    'is replaced, not merged with what was there',
    onCloudBase(async ({ store, now, gateway }) => {
      await store.orders.create(order(1));
      await recordRange(store, 1, 2);
      const parameters = { timeStamp: '1', nonceStr: 'n', package: 'p', signType: 'MD5', paySign: 's' };
      const first = { payment: { ...parameters, appId: 'wx0' }, at: now() };
      const second = { payment: parameters, at: now() };
      await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 1, prepay: first });
      await store.orders.note({ outTradeNo: tradeNo(1), expectedVersion: 2, prepay: second });
      const request = claimAt(now());
      await store.inbox.claim(request);
      const paid = paidBy(order(1, { version: 3 }), message(1), now());
      const closed = { state: 'closed', at: now(), evidence: message(1).key } as const;
      const steps = [
        paid,
        { ...paid, expectedVersion: 4, payment: closed, fulfilment: { state: 'none' } } as const,
      ];
      for (const change of steps) {
        await store.inbox.settle(request.token, now(), [
          settlement(message(1), { kind: 'return' }, { change }),
        ]);
        await store.inbox.claim({ ...claimAt(now()), token: request.token });
      }
      const [stored] = gateway.database.documents('wxpay_orders');
      expect(stored).toMatchObject({ version: 5 });
      expect(stored?.['prepay']).toEqual(second);
      expect(stored?.['payment']).toEqual(closed);
      expect(stored?.['fulfilment']).toEqual({ state: 'none' });
    }),
  );
});

describe('an order that was stored before answers were kept', () => {
  it(
    'has none, and keeps the next one',
    onCloudBase(async ({ store, now, newCloud, gateway }) => {
      const before = Object.entries(orderDocument(order(1))).filter(([name]) => name !== 'lastAnswer');
      await insert(newCloud().database(), 'wxpay_orders', Object.fromEntries(before));
      expect(gateway.database.documents('wxpay_orders')[0]).not.toHaveProperty('lastAnswer');
      expect(await store.orders.find([tradeNo(1)])).toEqual([order(1)]);
      const lastAnswer = { at: now(), said: 'paying' };
      await store.orders.askAgainAt([tradeNo(1)], now(), lastAnswer);
      expect(await store.orders.find([tradeNo(1)])).toEqual([order(1, { nextAskAt: now(), lastAnswer })]);
    }),
  );
});

describe('a stored document that does not fit', () => {
  it(
    'goes dead when it is claimed, is reported without its contents, and holds up no other message',
    onCloudBase(async (harness) => {
      const { store, now, reported, gateway } = harness;
      await recordRange(store, 0, 4);
      await spoil(harness, 'wxpay_inbox', message(1).key, {
        'content.kind': 'rumour',
        'content.payer': PAYER,
      });
      await spoil(harness, 'wxpay_inbox', message(2).key, { receivedAt: 'yesterday' });
      const before = gateway.countRequests();
      const claimed = await store.inbox.claim(claimAt(now()));
      expect(claimed.map(({ key }) => key)).toEqual([message(0).key, message(3).key]);
      expect(gateway.countRequests() - before).toBe(3);
      expect(reported.map(({ code }) => code)).toEqual(['invalid', 'invalid']);
      expect(reported.map(String).join()).toContain(message(1).key);
      expect(reported.map(String).join()).toMatch(/content.*receivedAt/s);
      expect(reported.map(String).join()).not.toMatch(new RegExp(`${PAYER}|rumour|yesterday`));
      expect(await store.inbox.backlog(now())).toMatchObject({ pending: 2, dead: 2, oldestDueAt: null });
      // Mended and brought back, it is a message like any other.
      await spoil(harness, 'wxpay_inbox', message(2).key, { receivedAt: now() });
      expect(await store.inbox.find(message(2).key)).toMatchObject({
        state: 'dead',
        reason: 'unusable_notification',
      });
      expect(await store.inbox.replay([message(2).key], 'ops:lin', now())).toEqual([true]);
      expect(await store.inbox.claim(claimAt(now()))).toMatchObject([{ key: message(2).key }]);
    }),
  );

  it(
    'goes dead under the token of its claim only: one that was repaired and claimed meanwhile stays',
    onCloudBase(async (harness) => {
      const { store, now, advance, gateway } = harness;
      await recordRange(store, 1, 2);
      await spoil(harness, 'wxpay_inbox', message(1).key, { 'content.kind': 'rumour' });
      // The first update is the lease, the second one its end.
      const match = { action: 'database.modifyDocument', collection: 'wxpay_inbox', nth: 2 };
      const end = gateway.faults.add({ match, effect: { kind: 'hang' } });
      const late = store.inbox.claim(claimAt(now()));
      await end.struck;
      advance(60_000);
      await spoil(harness, 'wxpay_inbox', message(1).key, { 'content.kind': 'payment' });
      const claim = claimAt(now());
      expect(await harness.secondHandle().inbox.claim(claim)).toMatchObject([{ key: message(1).key }]);
      end.release();
      expect(await late).toEqual([]);
      expect(await store.inbox.find(message(1).key)).toMatchObject({
        state: 'pending',
        lease: { token: claim.token },
      });
    }),
  );

  it(
    'is refused when it is asked for by itself, and left out of lists',
    onCloudBase(async (harness) => {
      const { store, reported } = harness;
      await recordRange(store, 0, 3);
      await spoil(harness, 'wxpay_inbox', message(1).key, { deliveries: -1 });
      await expect(store.inbox.find(message(1).key)).rejects.toMatchObject({ code: 'invalid' });
      const first = await store.inbox.list({ state: 'pending', after: null, limit: 2 });
      const second = await store.inbox.list({ state: 'pending', after: first.next, limit: 2 });
      const listed = [...first.items, ...second.items].map(({ key }) => key);
      expect(listed).toEqual([message(2).key, message(0).key]);
      expect(second.next).toBeNull();
      expect(await store.inbox.ofOrder(tradeNo(1))).toEqual([]);
      expect(reported.map(({ code }) => code)).toEqual(['invalid', 'invalid']);
    }),
  );

  it(
    'leaves the other orders of a batch alone, and its fulfilment goes dead and is not lost',
    onCloudBase(async (harness) => {
      const { store, now, reported } = harness;
      const { token, batch } = await claimedPayments(harness, 0, 3);
      await store.inbox.settle(token, now(), batch);
      await spoil(harness, 'wxpay_orders', tradeNo(1), { cart: 'no JSON' });
      const found = await store.orders.find([tradeNo(0), tradeNo(1), tradeNo(2)]);
      expect(found.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(0), tradeNo(2)]);
      const claimed = await store.orders.claimFulfilments(claimAt(now()));
      expect(claimed.map(({ outTradeNo }) => outTradeNo)).toEqual([tradeNo(0), tradeNo(2)]);
      expect(reported.map(({ code }) => code)).toEqual(['invalid', 'invalid']);
      expect(await store.orders.counts()).toMatchObject({ fulfilment: { due: 2, dead: 1 } });
      await spoil(harness, 'wxpay_orders', tradeNo(1), { cart: '{}' });
      expect(await store.orders.retryFulfilment(tradeNo(1), 'ops:lin', now())).toBe(true);
      expect(await store.orders.claimFulfilments(claimAt(now()))).toMatchObject([{ outTradeNo: tradeNo(1) }]);
    }),
  );
});

it('has collection and index names that CloudBase takes, each index once, and no more of them than it allows', () => {
  for (const [name, { indexes }] of Object.entries(SCHEMA)) {
    expect(name).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_-]{1,32}$/);
    expect(indexes.length).toBeLessThanOrEqual(20);
    expect(new Set(indexes.map((index) => index.name)).size).toBe(indexes.length);
    expect(new Set(indexes.map(({ fields }) => JSON.stringify(fields))).size).toBe(indexes.length);
  }
});
