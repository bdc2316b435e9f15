import type { FunctionHandler } from '../cloudbase/platform-calls';
import { buildShop, openShop, type Build, type Shop } from './shop';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

let build: Build;
let shop: Shop;

beforeAll(async () => {
  build = await buildShop(
    { fulfilment: { cloudFunction: 'deliverOrder', quickRetries: 0 } },
    { only: ['createOrder', 'payCallback', 'processInbox', 'fulfillOrders'] },
  );
});
afterAll(() => build.remove());

beforeEach(async () => {
  shop = await openShop(build.bundle);
});
afterEach(async () => {
  await shop.close();
  expect(shop.cloud.protocolErrors).toEqual([]);
});

const containing = (part: string | object): unknown =>
  typeof part === 'string' ? expect.stringContaining(part) : expect.objectContaining(part);
const orders = () => shop.cloud.database.documents('wxpay_orders');

/** Pays an order, which the run that applies it delivers too, and answers its number. */
async function deliver(handler: FunctionHandler): Promise<string> {
  shop.cloud.setFunction('deliverOrder', handler);
  const outTradeNo = await shop.order('request-0001');
  shop.simulator.pay(outTradeNo);
  await shop.simulator.whenAcked(outTradeNo);
  await shop.run('processInbox');
  return outTradeNo;
}

describe("delivery by the merchant's own cloud function", () => {
  it('is called with the order and its key, and its receipt is kept', async () => {
    const calls: unknown[] = [];
    const outTradeNo = await deliver((event) => {
      calls.push(event);
      return { ok: true, receipt: 'SF1234567890' };
    });
    expect(calls).toEqual([
      { idempotencyKey: `fulfil:${outTradeNo}`, order: containing({ outTradeNo, total: 5800 }) },
    ]);
    expect(orders()).toMatchObject([{ fulfilment: { state: 'done', receipt: 'SF1234567890' } }]);
  });

  it('is done without a receipt', async () => {
    await deliver(() => ({ ok: true }));
    expect(orders()).toMatchObject([{ fulfilment: { state: 'done', receipt: null } }]);
  });

  it('is given up when it says that this cannot be delivered', async () => {
    await deliver(() => ({ ok: false, permanent: true, message: 'sold out for good' }));
    expect(orders()).toMatchObject([
      { fulfilment: { state: 'dead', reason: containing('sold out for good') } },
    ]);
  });

  it.each([
    ['says not now', () => ({ ok: false, message: 'warehouse closed' }), 'warehouse closed'],
    ['answers something else', () => ({ ok: 'yes' }), 'without ok'],
    ['answers nothing', () => null, 'with an object'],
  ])('is due again when it %s', async (_what, handler, reason) => {
    await deliver(handler);
    expect(orders()).toMatchObject([
      { fulfilment: { state: 'due', attempts: 1, lastError: containing(reason) } },
    ]);
  });

  it('is due again when the platform does not know the function', async () => {
    const outTradeNo = await shop.order('request-0001');
    shop.simulator.pay(outTradeNo);
    await shop.simulator.whenAcked(outTradeNo);
    await shop.run('processInbox');
    await shop.run('fulfillOrders');
    expect(orders()).toMatchObject([{ fulfilment: { state: 'due', lastError: containing('deliverOrder') } }]);
  });
});
