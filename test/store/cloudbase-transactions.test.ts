import { select } from '../../lib/store/cloudbase/base/database';
import { claimAt, message, order, paidBy, settlement, tradeNo, transactionId } from './builders';
import { onCloudBase } from './cloudbase-harness';

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
