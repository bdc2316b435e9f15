import { claimAt, order, paidBy, message, settlement, tradeNo } from './builders';
import { openSqliteHarness, tamper } from './sqlite-harness';

test('an order that nobody can read keeps no other from being found, listed or claimed, and is claimed no second time', async () => {
  const harness = await openSqliteHarness();
  const { store, now, file } = harness;
  try {
    for (const n of [1, 2]) {
      await store.orders.create(order(n));
      await store.inbox.record(message(n));
    }
    const request = claimAt(now());
    await store.inbox.claim(request);
    const paid = [1, 2].map((n) =>
      settlement(message(n), undefined, { change: paidBy(order(n), message(n), now()) }),
    );
    await store.inbox.settle(request.token, now(), paid);
    tamper(file, `UPDATE orders SET history = '{"path":"rumour"}' WHERE out_trade_no = '${tradeNo(1)}'`);
    const others = [{ outTradeNo: tradeNo(2) }];
    expect(await store.orders.find([tradeNo(1), tradeNo(2)])).toMatchObject(others);
    expect((await store.orders.list({ after: null, limit: 9 })).items).toMatchObject(others);
    expect(await store.orders.claimFulfilments(claimAt(now()))).toMatchObject(others);
    expect(await store.orders.counts()).toMatchObject({ fulfilment: { dead: 1, due: 1 } });
    tamper(file, `UPDATE orders SET history = '' WHERE out_trade_no = '${tradeNo(1)}'`);
    expect(await store.orders.retryFulfilment(tradeNo(1), 'lin', now())).toBe(true);
    expect(await store.orders.claimFulfilments(claimAt(now()))).toMatchObject([{ outTradeNo: tradeNo(1) }]);
  } finally {
    await harness.close();
  }
});
