import { isRecord } from '../../lib/values/json';
import { commonBuild, openShop, ORIGINS, PAYER, type Build, type Shop } from './shop';

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

const stored = () => shop.cloud.database.documents('wxpay_inbox');
const actions = () => shop.cloud.requests.records.map(({ action }) => action);
const orders = () => shop.cloud.database.documents('wxpay_orders');

describe('a payment, from the order to the parcel, as built', () => {
  it('is applied once and delivered once, however often and at once it is heard and worked on', async () => {
    const outTradeNo = await shop.order('request-0001');
    shop.simulator.pay(outTradeNo, { faults: { concurrent: 5 } });
    await shop.simulator.whenQuiet();
    expect(shop.deliveries).toHaveLength(5);
    for (const { answer } of shop.deliveries) expect(answer).toEqual({ errcode: 0, errmsg: 'ok' });
    expect(stored()).toMatchObject([{ outTradeNo, deliveries: 5, state: 'pending' }]);

    const runs = await Promise.all([shop.run('processInbox'), shop.run('processInbox')]);
    expect(runs).toEqual([expect.objectContaining({ ok: true }), expect.objectContaining({ ok: true })]);
    expect(stored()).toMatchObject([{ state: 'done', outcome: 'applied' }]);

    await Promise.all([shop.run('fulfillOrders'), shop.run('fulfillOrders')]);
    const answer = await shop.run('queryOrder', { outTradeNo });
    const receipt: unknown = expect.stringMatching(/^parcel /);
    expect(answer).toMatchObject({ ok: true, order: { payment: 'paid', fulfilment: 'done', receipt } });
    const [order] = orders();
    expect(eventsOf(order)).toEqual(['created', 'prepaid', 'paid', 'fulfilled']);
  });

  it('costs one database request to acknowledge, a repeat two', async () => {
    const outTradeNo = await shop.order('request-0001');
    shop.cloud.resetCount();
    shop.simulator.pay(outTradeNo);
    await shop.simulator.whenAcked(outTradeNo);
    expect(actions()).toEqual(['database.insertDocument']);

    shop.cloud.resetCount();
    await shop.run('payCallback', shop.deliveries[0]?.event);
    expect(actions()).toEqual(['database.insertDocument', 'database.modifyDocument']);
    expect(stored()).toMatchObject([{ deliveries: 2 }]);
  });

  it('names the callback and the full environment to WeChat Pay', async () => {
    const outTradeNo = await shop.order('request-0001');
    expect(shop.simulator.describe(outTradeNo)?.order.asked).toMatchObject({
      functionName: 'payCallback',
      envId: shop.cloud.envId,
      subOpenid: PAYER,
    });
  });
});

describe('who calls payCallback', () => {
  it.each(['wx_client', 'wx_client,scf'])('%s is refused and nothing is stored', async (source) => {
    const outTradeNo = await shop.order('request-0001');
    shop.cloud.resetCount();
    const { answer } = await shop.simulator.forge({ outTradeNo, source });
    expect(answer).toMatchObject({ errcode: 40301 });
    expect(shop.cloud.countRequests()).toBe(0);
  });

  it('wx_http is not believed until WeChat Pay agrees', async () => {
    const outTradeNo = await shop.order('request-0001');
    await shop.simulator.forge({ outTradeNo, source: 'wx_http' });
    await shop.run('processInbox');
    expect(await shop.run('queryOrder', { outTradeNo })).toMatchObject({ order: { payment: 'pending' } });

    shop.simulator.pay(outTradeNo, { faults: { lose: 'all' } });
    await shop.simulator.forge({ outTradeNo, source: 'wx_http' });
    await shop.run('processInbox');
    expect(stored()).toContainEqual(expect.objectContaining({ outcome: 'confirmed_by_query' }));
    const [order] = orders();
    expect(order).toMatchObject({ payment: { state: 'paid' } });
  });
});

describe('a run without the token for cloud calls', () => {
  it('is told apart from an answer of WeChat Pay and refused in words', async () => {
    const noToken = { ...ORIGINS.payer, apiToken: null };
    const refused = await shop.run(
      'createOrder',
      { requestId: 'request-0001', cart: [{ sku: 'tea', count: 1 }] },
      noToken,
    );
    expect(refused).toMatchObject({ ok: false, code: 'WECHAT_PAY_UNKNOWN', retry: true });

    const outTradeNo = await shop.order('request-0001');
    const answer = await shop.run('queryOrder', { outTradeNo }, noToken);
    expect(answer).toMatchObject({ ok: true, order: { payment: 'pending' } });
    expect(await shop.lastWords('queryOrder')).toContain('missing_api_token');
  });
});

function eventsOf(order: Readonly<Record<string, unknown>> | undefined): unknown[] {
  const history: unknown = order?.['history'];
  return Array.isArray(history) ? history.filter(isRecord).map(({ event }) => event) : [];
}
