import type { PaymentEvent } from '../../simulator/event';
import { commonBuild, openShop, type Build, type Shop } from './shop';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

let bundle: Build['bundle'];
let shop: Shop;

beforeAll(async () => {
  bundle = await commonBuild();
});

beforeEach(async () => {
  shop = await openShop(bundle);
});
afterEach(async () => {
  await shop.close();
  expect(shop.cloud.protocolErrors).toEqual([]);
});

const inbox = { collection: 'wxpay_inbox' };
const stored = () => shop.cloud.database.documents('wxpay_inbox');
const orders = () => shop.cloud.database.documents('wxpay_orders');

/** An order that was paid, and what WeChat Pay says of it; its own delivery is lost on the way. */
async function paidOrder(requestId = 'request-0001'): Promise<{ outTradeNo: string; event: PaymentEvent }> {
  const outTradeNo = await shop.order(requestId);
  const payment = shop.simulator.pay(outTradeNo, { faults: { lose: 'all' } });
  const fields = { transactionId: payment.transactionId };
  const heard = await shop.simulator.forge({ outTradeNo, source: 'wx_client', fields });
  return { outTradeNo, event: heard.event };
}

/** The time of every lease passes. */
async function leasesRunOut(): Promise<void> {
  await shop.cloud.database.modify({
    collection: 'wxpay_inbox',
    query: { state: 'pending' },
    multi: true,
    change: { $set: { leaseUntil: 1 } },
    replace: false,
    upsert: false,
  });
}

async function expectAppliedOnce(deliveries: number): Promise<void> {
  await shop.run('processInbox');
  expect(stored()).toMatchObject([{ state: 'done', outcome: 'applied', deliveries }]);
  expect(orders()).toMatchObject([{ payment: { state: 'paid' }, fulfilment: { state: 'done' } }]);
}

describe('payCallback, when the database', () => {
  it('is down, says so, and takes the repeat', async () => {
    const { event } = await paidOrder();
    shop.cloud.faults.add({
      match: inbox,
      times: Infinity,
      effect: { kind: 'error', code: 'SYS_ERR', message: 'out of order' },
    });
    expect(await shop.run('payCallback', event)).toMatchObject({ errcode: 50301 });
    shop.cloud.faults.release();
    expect(await shop.run('payCallback', event)).toEqual({ errcode: 0, errmsg: 'ok' });
    await expectAppliedOnce(1);
  });

  it('answers too late, does not ack, and counts the repeat of what was written after all', async () => {
    const { event } = await paidOrder();
    const slow = shop.cloud.faults.add({ match: inbox, effect: { kind: 'hang' } });
    expect(await shop.run('payCallback', event)).toMatchObject({ errcode: 50301 });
    expect(slow.hits()).toBe(1);
    slow.release();
    expect(await shop.run('payCallback', event)).toEqual({ errcode: 0, errmsg: 'ok' });
    await shop.run('payCallback', event);
    expect(stored()).toHaveLength(1);
    await shop.run('processInbox');
    expect(orders()).toMatchObject([{ payment: { state: 'paid' } }]);
  });

  it('writes and its answer is lost, acks once it has proved that the message is there', async () => {
    const { event } = await paidOrder();
    shop.cloud.faults.add({ match: inbox, effect: { kind: 'malformed', applied: true } });
    expect(await shop.run('payCallback', event)).toEqual({ errcode: 0, errmsg: 'ok' });
    expect(stored()).toHaveLength(1);
    await expectAppliedOnce(1);
  });

  it('has closed the kept connection, stores all the same', async () => {
    const { event } = await paidOrder();
    shop.cloud.faults.add({ match: inbox, effect: { kind: 'cutAfter' } });
    expect(await shop.run('payCallback', event)).toEqual({ errcode: 0, errmsg: 'ok' });
    await expectAppliedOnce(1);
  });
});

describe('processInbox, killed in the middle of a batch', () => {
  it('leaves nothing undone that the next one cannot finish, and nothing done twice', async () => {
    const paid = [
      await paidOrder('request-0001'),
      await paidOrder('request-0002'),
      await paidOrder('request-0003'),
    ];
    for (const { event } of paid) await shop.run('payCallback', event);
    const held = shop.cloud.faults.add({
      match: { collection: 'wxpay_orders', action: 'database.modifyDocument', nth: 2 },
      effect: { kind: 'hang', applied: true },
    });
    const lost = expect(shop.run('processInbox')).rejects.toMatchObject({ code: 'FUNCTION_GONE' });
    await held.struck;
    await Promise.all(
      shop
        .pool('processInbox')
        .instances()
        .map((instance) => instance.kill('SIGKILL')),
    );
    await lost;
    held.release();

    expect(await shop.run('processInbox')).toMatchObject({ ok: true, claimed: 0 });
    await leasesRunOut();
    expect(await shop.run('processInbox')).toMatchObject({ ok: true, claimed: 3 });
    expect(stored()).toHaveLength(3);
    for (const message of stored()) expect(message).toMatchObject({ state: 'done' });
    for (const order of orders()) {
      // A run with time left hands over as well what it applied.
      const state: unknown = expect.stringMatching(/^(due|done)$/);
      expect(order).toMatchObject({ payment: { state: 'paid' }, fulfilment: { state } });
      expect(JSON.stringify(order).split('"event":"paid"')).toHaveLength(2);
    }
  });
});
