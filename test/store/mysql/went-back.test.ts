import type { MysqlStore } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import { claimAt, message, order, paidBy, settlement, START } from '../builders';
import { leaseNowOfCaller } from './harness';
import type { MysqlServer } from './server';
import { describeWithMysql, startMysqlServer } from './server';

/*
 * A replica that was behind becomes the primary: the last writes are gone, and the numbers of their
 * rows are given again. Here a table is set back instead, under a store that goes on.
 */
describeWithMysql('a MySQL store whose database went back by some writes', () => {
  let server: MysqlServer;
  let store: MysqlStore;

  beforeAll(async () => {
    server = await startMysqlServer();
    await server.admin('CREATE DATABASE shop');
    store = await openMysqlStore({ url: server.url('shop'), leaseNow: leaseNowOfCaller });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  const idOf = async (name: string): Promise<unknown> => {
    const [row] = await store.database.rows('SELECT id FROM inbox WHERE message_key = ?', name);
    return row?.[0];
  };

  test('settles nothing that is gone, leaves alone what has its number now, and takes it when it is sent again', async () => {
    const [gone, next] = [message(1), message(2)];
    await store.orders.create(order(1));
    await store.inbox.record(gone);
    const claim = claimAt(START);
    expect(await store.inbox.claim(claim)).toHaveLength(1);
    const id = await idOf(gone.key);

    await server.admin('USE shop', 'DELETE FROM inbox', 'ALTER TABLE inbox AUTO_INCREMENT = 1');
    expect(await store.inbox.record(next)).toBe('stored');
    expect(await idOf(next.key)).toBe(id);

    const paid = settlement(gone, undefined, { change: paidBy(order(1), gone, START) });
    expect(await store.inbox.settle(claim.token, START, [paid])).toEqual(['lease_lost']);
    expect(await store.orders.find([order(1).outTradeNo])).toMatchObject([{ payment: { state: 'pending' } }]);
    expect(await store.inbox.find(next.key)).toMatchObject({ state: 'pending', lease: null, attempts: 0 });

    expect(await store.inbox.record(gone)).toBe('stored');
    const again = claimAt(START);
    expect(await store.inbox.claim(again)).toHaveLength(2);
    expect(await store.inbox.settle(again.token, START, [paid])).toEqual(['settled']);
  });

  test('of an order that is gone notices the payment, which waits for it', async () => {
    const late = message(3);
    await store.orders.create(order(3));
    await store.inbox.record(late);
    await server.admin('USE shop', 'DELETE FROM orders WHERE out_trade_no = ' + `'${order(3).outTradeNo}'`);
    const claim = claimAt(START, { limit: 9 });
    const claimed = await store.inbox.claim({ ...claim, keys: [late.key] });
    expect(claimed).toMatchObject([{ key: late.key }]);
    const paid = settlement(late, undefined, { change: paidBy(order(3), late, START) });
    expect(await store.inbox.settle(claim.token, START, [paid])).toEqual(['stale']);
    expect(await store.inbox.find(late.key)).toMatchObject({ state: 'pending' });
  });
});
