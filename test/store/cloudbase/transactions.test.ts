import { insert, select } from '../../../lib/store/cloudbase/base/database';
import {
  claimAt,
  message,
  order,
  paidBy,
  recordRange,
  settlement,
  tradeNo,
  transactionId,
} from '../builders';
import { onCloudBase, type CloudBaseHarness } from './harness';

const takes = transactionId(1);

test(
  'a transaction of an order that was paid before there were markers pays no other one',
  onCloudBase(async ({ store, now, newCloud }) => {
    for (const n of [1, 2]) {
      await store.orders.create(order(n));
      await store.inbox.record(message(n));
    }
    const { token } = claimAt(now());
    await store.inbox.claim({ ...claimAt(now()), token });
    const taking = (n: number) =>
      settlement(message(n), undefined, { change: { ...paidBy(order(n), message(n), now()), takes } });
    // As an earlier version paid it.
    const { payment, ...rest } = paidBy(order(1), message(1), now());
    if (payment.state !== 'paid') throw new Error('the case pays its order');
    const before = { ...rest, payment: { ...payment, transactionId: takes } };
    const settled = await store.inbox.settle(token, now(), [
      settlement(message(1), undefined, { change: before }),
    ]);
    expect(settled).toEqual(['settled']);
    expect(await store.inbox.settle(token, now(), [taking(2)])).toEqual(['transaction_taken']);
    const [other] = await store.orders.find([tradeNo(2)]);
    expect(other).toMatchObject({ version: 1, payment: { state: 'pending' } });
    // And no marker was left behind that would say otherwise the next time.
    const markers = newCloud().database().collection('wxpay_transactions').where({ _id: takes });
    expect(await select('wxpay_transactions', markers)).toEqual([]);
  }),
);

/** Three orders, each about to take a transaction of its own; all are claimed. */
async function threeTakings({ store, now }: CloudBaseHarness) {
  const messages = await recordRange(store, 1, 4);
  for (const n of [1, 2, 3]) await store.orders.create(order(n));
  const request = claimAt(now());
  await store.inbox.claim(request);
  const batch = messages.map((one, i) =>
    settlement(one, undefined, {
      change: { ...paidBy(order(i + 1), one, now()), takes: transactionId(i + 1) },
    }),
  );
  return { token: request.token, batch };
}

const markersIn = ({ gateway }: CloudBaseHarness) =>
  Object.fromEntries(
    gateway.database
      .documents('wxpay_transactions')
      .map(({ _id, outTradeNo }) => [String(_id), outTradeNo] as const),
  );

const INSERT_MARKERS = { action: 'database.insertDocument', collection: 'wxpay_transactions' } as const;

test(
  'where inserting the markers of a batch stops half way, the markers that are there decide',
  onCloudBase(async (harness) => {
    const { store, now, newCloud } = harness;
    const { token, batch } = await threeTakings(harness);
    // Another run took it, and has not changed its order yet.
    const taken = { _id: transactionId(2), outTradeNo: tradeNo(9) };
    await insert(newCloud().database(), 'wxpay_transactions', taken);
    const results = ['settled', 'transaction_taken', 'settled'];
    expect(await store.inbox.settle(token, now(), batch)).toEqual(results);
    // One for all, which stored the first and stopped at the second, and one for the third alone.
    expect(harness.gateway.countRequests(INSERT_MARKERS)).toBe(1 + 1 + 1);
    expect(markersIn(harness)).toEqual({
      [transactionId(1)]: tradeNo(1),
      [transactionId(2)]: tradeNo(9),
      [transactionId(3)]: tradeNo(3),
    });
    const orders = await store.orders.find([1, 2, 3].map(tradeNo));
    const states = orders.map(({ outTradeNo, payment }) => [outTradeNo, payment.state] as const);
    expect(Object.fromEntries(states)).toEqual({
      [tradeNo(1)]: 'paid',
      [tradeNo(2)]: 'pending',
      [tradeNo(3)]: 'paid',
    });
  }),
);

test(
  'where the answer about the markers of a batch is lost, one read finds that all are taken',
  onCloudBase(async (harness) => {
    const { store, now, gateway } = harness;
    const { token, batch } = await threeTakings(harness);
    gateway.faults.add({ match: INSERT_MARKERS, effect: { kind: 'cutAfter' } });
    expect(await store.inbox.settle(token, now(), batch)).toEqual(batch.map(() => 'settled'));
    expect(gateway.countRequests({ collection: 'wxpay_transactions' })).toBe(2);
    expect(Object.keys(markersIn(harness))).toHaveLength(3);
  }),
);
