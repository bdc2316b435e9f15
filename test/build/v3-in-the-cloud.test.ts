import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { isRecord } from '../../lib/values/json';
import { buildFunctions, type BuiltFunction } from '../../scripts/build/functions';
import { memoryJournal } from '../../simulator/journal';
import { createSimulator, type Simulator } from '../../simulator/simulator';
import type { V3Delivery } from '../../simulator/v3/http';
import { createFunctionPool, type FunctionPool } from '../cloudbase/function-pool';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../cloudbase/gateway';
import { keyVariablesOf, realKeys } from '../server/money/real-keys';
import { newBundleFolder } from './bundle-folder';
import { ORIGINS } from './shop';

/*
 * Cloud functions of a merchant on API v3, as built: notifications over the HTTP access service,
 * calls to a WeChat Pay on loopback.
 */

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

const MCH_ID = '1900000001';
const APP_ID = 'wx8888888888888888';
const FULL_ENV_ID = 'loopback-8gxvz0f70375accc';
const CALLBACK_URL = 'https://shop.service.tcloudbase.com';
const SETTINGS = {
  merchants: [{ channel: 'v3', mchId: MCH_ID, appId: APP_ID }],
  cloud: { callbackUrl: CALLBACK_URL },
};
/** As a timer that was not uploaded with the developer tools: without a token for cloud calls. */
const TIMER = { ...ORIGINS.timer, apiToken: null };
const PAYER = { ...ORIGINS.payer, apiToken: null };
/** Only callbacks over HTTP see it: the mark proves nothing. */
const HTTP = { source: 'wx_http', apiToken: null };

const keys = realKeys();
const variables = keyVariablesOf(MCH_ID, keys);
const source = (variable: string): string | null => variables[variable] ?? null;

const outDir = newBundleFolder('v3');
let built: readonly BuiltFunction[];
let cloud: LoopbackCloudBase;
let simulator: Simulator;
let wechat: Server;
let pools: Map<string, FunctionPool>;
let deliveries: V3Delivery[];
let asked: string[];
let scheduled: (() => void)[];

beforeAll(async () => {
  built = await buildFunctions({ outDir, config: readConfig(SETTINGS), shop: 'test', keys: source });
});
afterAll(() => rmSync(outDir, { recursive: true }));

beforeEach(async () => {
  cloud = await startLoopbackCloudBase({ envId: FULL_ENV_ID });
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  pools = new Map();
  deliveries = [];
  asked = [];
  scheduled = [];
  simulator = createSimulator({
    clock: systemClock,
    schedule(delayMs, then) {
      const cancel = systemTimers.after(delayMs, then);
      scheduled.push(cancel);
      return cancel;
    },
    deliver: () => Promise.resolve({}),
    journal: memoryJournal(),
    speed: 1,
    random: Math.random,
    v3: {
      parties: [{ mode: 'direct', mchId: MCH_ID, appId: APP_ID }],
      keys,
      deliver(delivery) {
        deliveries.push(delivery);
        return Promise.resolve({ status: 200 });
      },
    },
  });
  wechat = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body.toString()}`);
      const answer = await simulator.v3?.handle({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: Object.fromEntries(headers),
        body,
      });
      response.writeHead(answer?.status ?? 500, answer?.headers).end(answer?.body);
    });
  });
  await new Promise<void>((resolve) => wechat.listen(0, '127.0.0.1', () => resolve()));
});
afterEach(async () => {
  simulator.stop();
  for (const cancel of scheduled) cancel();
  await Promise.all([...pools.values()].map((pool) => pool.stop()));
  wechat.closeAllConnections();
  await new Promise<void>((resolve) => wechat.close(() => resolve()));
  await cloud.stop();
  expect(cloud.protocolErrors).toEqual([]);
});

function run(name: string, event: object, origin: Parameters<FunctionPool['invoke']>[1]): Promise<unknown> {
  const address = wechat.address();
  if (address === null || typeof address === 'string') throw new TypeError('it does not listen');
  const pool =
    pools.get(name) ??
    createFunctionPool({
      bundle: join(outDir, 'cloudfunctions', name, 'index.js'),
      name,
      gatewayUrl: cloud.url,
      envId: FULL_ENV_ID,
      timeLimitMs: 60_000,
      env: { LOOPBACK_WECHAT_PAY: `http://127.0.0.1:${address.port}` },
    });
  pools.set(name, pool);
  return pool.invoke(event, origin);
}

/** What the HTTP access service makes of a request: the body as text, or encoded. */
function httpEvent({ path, headers, body }: V3Delivery, encoded: boolean): object {
  const text = body.toString(encoded ? 'base64' : 'utf8');
  return { httpMethod: 'POST', path, headers, body: text, isBase64Encoded: encoded };
}

/** Makes an order, pays it, and answers its number and its first notification. */
async function paid(): Promise<{ readonly outTradeNo: string; readonly delivery: V3Delivery }> {
  const made = await run(
    'createOrder',
    { requestId: 'request-0001', cart: [{ sku: 'tea', count: 1 }] },
    PAYER,
  );
  if (!isRecord(made) || typeof made['outTradeNo'] !== 'string')
    throw new TypeError(`no order was made: ${JSON.stringify(made)}`);
  const outTradeNo = made['outTradeNo'];
  simulator.pay(outTradeNo);
  await simulator.whenAcked(outTradeNo);
  const [delivery] = deliveries;
  if (delivery === undefined) throw new TypeError('nothing was delivered');
  return { outTradeNo, delivery };
}

const stored = () => cloud.database.documents('wxpay_inbox');

test.each([
  ['as text', false],
  ['in base64', true],
])('a payment, from the order to the parcel, with its notification %s', async (_how, encoded) => {
  const { outTradeNo, delivery } = await paid();
  const notify = `${CALLBACK_URL}/callback/v3/pay/${MCH_ID}`;
  expect(asked[0]).toMatch(/^POST \/v3\/pay\/transactions\/jsapi /);
  expect(asked[0]).toContain(`"notify_url":"${notify}"`);
  expect(`${CALLBACK_URL}${delivery.path}`).toBe(notify);

  expect(await run('payCallbackV3', httpEvent(delivery, encoded), HTTP)).toMatchObject({ statusCode: 200 });
  expect(stored()).toMatchObject([{ outTradeNo, trust: 'platform', state: 'pending' }]);

  expect(await run('processInbox', {}, TIMER)).toMatchObject({ ok: true });
  expect(await run('fulfillOrders', {}, TIMER)).toMatchObject({ ok: true });
  expect(await run('queryOrder', { outTradeNo }, PAYER)).toMatchObject({
    ok: true,
    order: { payment: 'paid', fulfilment: 'done' },
  });
});

test('a forged notification is refused, and nothing of it is stored', async () => {
  const { delivery } = await paid();
  const forged = { ...delivery, body: Buffer.from(delivery.body.toString().replace('"id":"', '"id":"f')) };
  const signedByNobody = {
    ...delivery,
    headers: { ...delivery.headers, 'Wechatpay-Signature': 'AAAA', 'wechatpay-signature': 'AAAA' },
  };
  for (const one of [forged, signedByNobody, { ...delivery, headers: {} }]) {
    const answer = await run('payCallbackV3', httpEvent(one, false), HTTP);
    expect([400, 401, 403]).toContain(isRecord(answer) ? answer['statusCode'] : answer);
  }
  expect(stored()).toEqual([]);
});

test('a timer without a cloud-call token asks WeChat Pay about a notification with an unknown key', async () => {
  const { outTradeNo, delivery } = await paid();
  const headers = Object.fromEntries(
    Object.entries(delivery.headers).map(([name, value]) =>
      name.toLowerCase() === 'wechatpay-serial' ? [name, 'PUB_KEY_ID_OF_ANOTHER_YEAR'] : [name, value],
    ),
  );
  const answer = await run('payCallbackV3', httpEvent({ ...delivery, headers }, false), HTTP);
  expect(answer).toMatchObject({ statusCode: 503 });
  expect(stored()).toMatchObject([{ outTradeNo, trust: 'unverified' }]);
  asked.length = 0;
  expect(await run('processInbox', {}, TIMER)).toMatchObject({ ok: true });
  expect(asked).toEqual([expect.stringMatching(`^GET /v3/pay/transactions/out-trade-no/${outTradeNo}`)]);
  expect(stored()).toMatchObject([
    { state: 'done', outcome: 'confirmed_by_query' },
    { state: 'done', outcome: 'applied', confirmedBy: ['query'] },
  ]);
});

test('only what calls WeChat Pay holds the key that signs', () => {
  const holds = (file: string) =>
    built.filter(({ dir }) => existsSync(join(dir, file))).map(({ name }) => name);
  expect(holds('calling-keys.json')).toEqual([
    'closeOrder',
    'createOrder',
    'ops',
    'queryOrder',
    'queryRefund',
    'refundOrder',
    'followRefunds',
    'fulfillOrders',
    'processInbox',
    'reconcileOrders',
    'reconcileStatement',
  ]);
  expect(statSync(join(outDir, 'cloudfunctions')).mode & 0o077).toBe(0);
  const callbacks = ['payCallback', 'payCallbackV3', 'refundCallback', 'refundCallbackV3'];
  expect(holds('receiving-keys.json')).toEqual(callbacks);
  for (const { name, dir, inputs } of built.filter((one) => callbacks.includes(one.name))) {
    expect([name, readFileSync(join(dir, 'receiving-keys.json'), 'utf8')]).not.toEqual([
      name,
      expect.stringContaining('PRIVATE KEY'),
    ]);
    expect(inputs.filter((path) => /wechat\/v3\/(client|adapter)/.test(path))).toEqual([]);
  }
});

test('a callback stays small: it validates no settings', () => {
  for (const name of ['payCallback', 'payCallbackV3', 'refundCallback', 'refundCallbackV3']) {
    const found = built.find((one) => one.name === name);
    expect([name, found?.inputs.filter((path) => path.includes('/zod/'))]).toEqual([name, []]);
    expect(found?.bytes).toBeLessThan(430 * 1024);
  }
});

test('without a merchant on cloudpay no bundle carries it', () => {
  const carried = built.flatMap(({ inputs }) =>
    inputs.filter((path) => path.endsWith('cloudpay/adapter.ts')),
  );
  expect(carried).toEqual([]);
});

describe('the build refuses', () => {
  const refusal = (settings: object, given?: (variable: string) => string | null): Promise<unknown> =>
    buildFunctions({
      outDir: join(outDir, 'refused'),
      config: readConfig({ ...SETTINGS, ...settings }),
      shop: 'test',
      ...(given === undefined ? {} : { keys: given }),
    });

  it('a merchant on API v3 without keys, by the name of each', async () => {
    await expect(refusal({})).rejects.toThrow(/^WXPAY_1900000001_KEY: is missing.*\(KEY_MISSING\)/);
    await expect(
      refusal({}, (variable) => (variable.endsWith('APIV3_KEY') ? 'x'.repeat(31) : source(variable))),
    ).rejects.toThrow(/^WXPAY_1900000001_APIV3_KEY: has 31 bytes.*\(APIV3_KEY_LENGTH\)$/);
  });

  it('one without the address of its callbacks', async () => {
    await expect(refusal({ cloud: {} }, source)).rejects.toThrow(/^cloud\.callbackUrl: was missing/);
  });

  it('an address that is not https', () => {
    expect(() => readConfig({ ...SETTINGS, cloud: { callbackUrl: 'http://shop.example' } })).toThrow(
      'cloud.callbackUrl',
    );
  });

  it('a merchant on Cloud Run, whose calls only a container can make', async () => {
    const merchants = [...SETTINGS.merchants, { channel: 'cloudrun', subMchId: '1900000301' }];
    await expect(refusal({ merchants }, source)).rejects.toThrow(/^merchants: 1900000301 .*cloudrun/);
  });
});
