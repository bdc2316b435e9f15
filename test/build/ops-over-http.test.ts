import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { receiver } from '../../examples/receiver/receiver';
import { orderDocument } from '../../lib/store/cloudbase/orders/order-document';
import { isRecord } from '../../lib/values/json';
import { startFunction, type FunctionInstance } from '../cloudbase/function-runner';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../cloudbase/gateway';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { order, START } from '../store/builders';
import { buildShop, ORIGINS, type Build } from './shop';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

/*
 * The built `ops` function behind CloudBase's HTTP access service: the event has the shape of
 * https://docs.cloudbase.net/service/access-cloud-function, and its mark is not documented.
 */

const ACT = 'the-token-of-who-may-act';
const READ = 'the-token-of-who-may-look';
const CONSOLE = 'https://ops.example.com';
const OPERATOR = 'oOperatorNumberOne';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** The merchant's own system, which this shop is built to call. */
const merchant = receiver(SECRET, (_order, key) => `parcel for ${key}`);

let build: Build;
let cloud: LoopbackCloudBase;
let running: FunctionInstance[] = [];

beforeAll(async () => {
  cloud = await startLoopbackCloudBase();
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  await new Promise<void>((resolve) => {
    merchant.listen(0, '127.0.0.1', resolve);
  });
  const address = merchant.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  build = await buildShop(
    {
      ops: { operators: [OPERATOR], consoleOrigin: CONSOLE },
      fulfilment: { webhook: { url: `http://127.0.0.1:${port}/fulfil` } },
    },
    { keys: (name) => (name === 'FULFILMENT_WEBHOOK_SECRET' ? SECRET : null) },
  );
});
afterEach(async () => {
  await Promise.all(running.map((instance) => instance.stop()));
  running = [];
});
afterAll(async () => {
  merchant.closeAllConnections();
  await new Promise((resolve) => merchant.close(resolve));
  await cloud.stop();
  build.remove();
});

async function start(name = 'ops', env: Record<string, string> = {}): Promise<FunctionInstance> {
  const instance = await startFunction({
    bundle: build.bundle(name),
    name,
    gatewayUrl: cloud.url,
    timeLimitMs: 30_000,
    env: { OPS_TOKEN: ACT, OPS_READ_TOKEN: READ, ...env },
  });
  running.push(instance);
  return instance;
}

/** A request as the HTTP access service hands it over. */
function request(more: object, headers: object = {}): object {
  return {
    path: '/ops/api/overview',
    httpMethod: 'POST',
    headers: { host: 'env-id.service.tcloudbase.com', 'content-type': 'application/json', ...headers },
    queryStringParameters: {},
    requestContext: { requestId: 'cdbb96328072184d19d3fcd243e8cc4d', envId: 'env-id' },
    body: '{}',
    isBase64Encoded: false,
    ...more,
  };
}

interface Answer {
  readonly status: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

async function ask(instance: FunctionInstance, event: object, source = ''): Promise<Answer> {
  const reply = await instance.invoke(event, { source });
  if (!isRecord(reply) || !isRecord(reply['headers'])) throw new TypeError(JSON.stringify(reply));
  expect(Object.keys(reply).sort()).toEqual(['body', 'headers', 'isBase64Encoded', 'statusCode']);
  expect(reply['isBase64Encoded']).toBe(false);
  const text = String(reply['body']);
  const body: unknown = text === '' ? null : JSON.parse(text);
  return { status: reply['statusCode'], headers: reply['headers'], body };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

it('answers any caller with a token, by its role', async () => {
  const ops = await start();
  const acting = await ask(ops, request({}, bearer(ACT)));
  expect(acting).toMatchObject({
    status: 200,
    body: { ok: true, you: { role: 'act' } },
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  });
  const looking = await ask(ops, request({}, { Authorization: `Bearer ${READ}` }));
  expect(looking.body).toMatchObject({ ok: true, you: { role: 'read' } });
  const body = JSON.stringify({ action: 'replay_message', names: ['payment:a:b'] });
  const refused = await ask(ops, request({ path: '/ops/api/act', body }, bearer(READ)));
  expect(refused).toMatchObject({ status: 403, body: { code: 'READ_ONLY' } });
});

it('takes the operation from the body, and a body in base64', async () => {
  const ops = await start();
  const body = Buffer.from(JSON.stringify({ op: 'list_messages', state: 'dead' })).toString('base64');
  const answer = await ask(ops, request({ path: '/anything', body, isBase64Encoded: true }, bearer(READ)));
  expect(answer).toMatchObject({ status: 200, body: { ok: true, items: [], next: null } });
});

it.each([
  ['no token', {}],
  ['another token', bearer('the-token-of-who-may-acT')],
  ['an empty token', { authorization: 'Bearer ' }],
  ['two tokens', { authorization: `Bearer ${ACT}`, Authorization: 'Bearer guess' }],
  ['a cookie', { cookie: `wxpay_inbox_session=${ACT}` }],
  ['a page of another origin', { ...bearer(ACT), origin: 'https://evil.example' }],
])('gives nothing to %s, whatever the platform’s mark', async (_, headers) => {
  const ops = await start();
  for (const source of ['', 'wx_http', 'wx_devtools', 'scf', 'tcb', 'wx_trigger']) {
    for (const path of ['/ops/api/overview', '/ops/api/doctor', '/', '/ops/session/begin']) {
      for (const httpMethod of ['POST', 'GET', 'PUT']) {
        const answer = await ask(ops, request({ path, httpMethod }, headers), source);
        expect(answer.status).toBe(401);
        expect(Object.keys(isRecord(answer.body) ? answer.body : {}).sort()).toEqual([
          'code',
          'message',
          'ok',
        ]);
      }
    }
  }
  await ops.kill('SIGTERM');
  expect(ops.output()).toContain('"event":"ops_refused"');
  expect(ops.output()).not.toContain(ACT);
});

it.each([
  ['too short', { OPS_TOKEN: 'short', OPS_READ_TOKEN: 'short' }, 'short'],
  ['empty', { OPS_TOKEN: '', OPS_READ_TOKEN: '' }, ''],
  ['the same for both roles', { OPS_READ_TOKEN: ACT }, ACT],
])('lets nobody in by a token that is %s', async (_, env, token) => {
  const ops = await start('ops', env);
  expect((await ask(ops, request({}, bearer(token)))).status).toBe(401);
  await ops.kill('SIGTERM');
  expect(ops.output()).toContain('OPS_READ_TOKEN: was');
});

it.each(['wx_client', 'wx_client,scf'])(
  'does not let a mini program’s user guess tokens: a request that %s made up is a client’s call',
  async (source) => {
    const ops = await start();
    const forged = { ...request({}, bearer(ACT)), op: 'overview' };
    expect(await ops.invoke(forged, { source, openid: ORIGINS.payer.openid })).toMatchObject({
      ok: false,
      code: 'NOT_ALLOWED',
    });
    // Not even an operator's: their own mini program sends no such thing.
    expect(await ops.invoke(forged, { source, openid: OPERATOR })).toMatchObject({ code: 'NOT_ALLOWED' });
    const plain = await ops.invoke({ op: 'overview' }, { source, openid: OPERATOR });
    expect(plain).toMatchObject({ ok: true, you: { role: 'act' } });
  },
);

it('lets the console’s page of the configured origin read the answers, and no other page', async () => {
  const ops = await start();
  const preflight = (origin: string) =>
    ask(
      ops,
      request({ httpMethod: 'OPTIONS', body: '' }, { origin, 'access-control-request-method': 'POST' }),
    );
  const allowed = await preflight(CONSOLE);
  expect(allowed).toMatchObject({
    status: 204,
    body: null,
    headers: {
      'access-control-allow-origin': CONSOLE,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type',
      vary: 'Origin',
    },
  });
  const other = await preflight('https://evil.example');
  expect(other).toMatchObject({ status: 204, body: null });
  expect(Object.keys(other.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  const answer = await ask(ops, request({}, { ...bearer(READ), origin: CONSOLE }));
  expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': CONSOLE } });
});

it('says what is wrong with a request', async () => {
  const ops = await start();
  const status = async (more: object) => (await ask(ops, request(more, bearer(ACT)))).status;
  expect(await status({ httpMethod: 'GET' })).toBe(405);
  expect(await status({ body: '{' })).toBe(400);
  expect(await status({ body: '[]' })).toBe(400);
  expect(await status({ body: JSON.stringify({ text: 'x'.repeat(300_000) }) })).toBe(413);
  expect(await status({ path: '/ops/api/no_such_thing' })).toBe(404);
  expect(await status({ path: '/ops/api/__proto__' })).toBe(404);
  expect(await status({ path: '/ops' })).toBe(404);
});

it.each(['processInbox', 'fulfillOrders', 'followRefunds', 'reconcileOrders', 'reconcileStatement'])(
  'no address starts %s',
  async (name) => {
    const worker = await start(name);
    for (const source of ['', 'wx_trigger', 'wx_http', 'scf'])
      expect(await worker.invoke(request({}, bearer(ACT)), { source })).toMatchObject({ code: 'REFUSED' });
  },
);

it.each(['', 'wx_http', 'scf', 'wx_devtools', 'wx_trigger'])(
  'no address gives refundOrder authority, whatever its mark (%p)',
  async (source) => {
    const refund = await start('refundOrder');
    const event = { ...request({}, bearer(ACT)), outTradeNo: 'T1' };
    expect(await refund.invoke(event, { source })).toMatchObject({ ok: false, code: 'NOT_ALLOWED' });
  },
);

describe('a merchant’s own system, called over HTTP', () => {
  it('is fulfilled by, signed with the secret that the build put beside the bundle', async () => {
    const fulfilment = { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null } as const;
    const due = order(1, { fulfilment });
    await cloud.database.insert('wxpay_orders', [orderDocument(due)]);
    const worker = await start('fulfillOrders');
    expect(await worker.invoke({}, ORIGINS.timer)).toMatchObject({ ok: true, done: 1 });
    expect(cloud.database.documents('wxpay_orders')).toMatchObject([
      {
        fulfilment: { state: 'done', receipt: `parcel for fulfil:${due.outTradeNo}` },
        calls: [{ result: 'fulfilled', status: 200 }],
      },
    ]);
  });

  it('answers a test call of an operator', async () => {
    const ops = await start();
    const answer = await ask(ops, request({ path: '/ops/api/test_fulfilment' }, bearer(ACT)));
    expect(answer.body).toMatchObject({ ok: true, tested: { status: 200, problem: null } });
  });

  it('has its secret beside what calls it, and beside nothing else', () => {
    const holds = (name: string) => existsSync(join(build.bundle(name), '..', 'fulfilment-secrets.json'));
    expect(['processInbox', 'fulfillOrders', 'ops'].filter(holds)).toHaveLength(3);
    expect(['payCallback', 'createOrder', 'queryOrder', 'watchdog', 'retain'].filter(holds)).toEqual([]);
  });
});
