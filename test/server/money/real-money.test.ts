import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../../lib/config/config';
import type { Config } from '../../../lib/config/config-schema';
import { systemClock } from '../../../lib/runtime/system-clock';
import { systemTimers } from '../../../lib/runtime/timers';
import { isOutRefundNo, isOutTradeNo } from '../../../lib/values/ids';
import { later, type Clock } from '../../../lib/values/instant';
import { isRecord } from '../../../lib/values/json';
import { KeyError } from '../../../lib/wechat/v3/keys/key-sources';
import type { V3Transport } from '../../../lib/wechat/v3/transport';
import { checkCloudRun } from '../../../server/money/cloud-run';
import { checkForServer, moneyModeOf } from '../../../server/settings';
import { startServer } from '../../../server/start';
import { memoryJournal } from '../../../simulator/journal';
import { createSimulator, type Simulator } from '../../../simulator/simulator';
import type { DeliverV3 } from '../../../simulator/v3/http';
import { certificatesOf, newSerial, type SimulatedKeys } from '../../../simulator/v3/keys';
import { rememberedLog } from '../../inbox/stage';
import { testKeys } from '../../simulator/test-keys';
import { guarded, PAYER } from '../../store/builders';
import { putNewStore } from '../../store/sqlite/harness';
import { keyVariablesOf, realKeys } from './real-keys';
import { inFolder, loggedIn, LOGIN_SECRET, talkTo, type Running } from '../running';

/* The server with real money, against a WeChat Pay that is played on the other side of its door. */

const MCH_ID = '1900000001';
const TOKEN = 'kx3Vn0PqZ8sTf1LrWm6YbUcA9eHdJgRo';
const DIRECT = { channel: 'v3', mchId: MCH_ID, appId: 'wx8888888888888888' };
const REAL = {
  merchants: [DIRECT],
  server: { publicUrl: 'https://pay.example.com' },
  simulator: { enabled: false },
  log: { level: 'silent' },
};

const keys = realKeys();
const ENV = { LOGIN_SECRET, ...keyVariablesOf(MCH_ID, keys) };

/** WeChat Pay by this clock and with these keys, and how the server reaches it. */
function wechat(
  clock: Clock,
  keys: SimulatedKeys,
): {
  readonly simulator: Simulator;
  readonly transport: V3Transport;
  readonly asked: string[];
  /** Where notifications go from now on; before that they are acknowledged. */
  readonly deliverTo: (receiver: DeliverV3) => void;
} {
  const asked: string[] = [];
  let receiver: DeliverV3 = () => Promise.resolve({ status: 200 });
  const simulator = createSimulator({
    clock,
    schedule: (delayMs, run) => systemTimers.after(delayMs, run),
    deliver: () => Promise.resolve({}),
    journal: memoryJournal(),
    speed: 10_000,
    random: Math.random,
    v3: {
      parties: [{ mode: 'direct', mchId: MCH_ID, appId: DIRECT.appId }],
      keys,
      deliver: (delivery) => receiver(delivery),
    },
  });
  const transport: V3Transport = async ({ method, url, headers, body }) => {
    const { host, pathname, search } = new URL(url);
    asked.push(`${method} ${host}${pathname}`);
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    const answer = await simulator.v3?.handle({
      method,
      path: pathname + search,
      headers: { ...Object.fromEntries(lower), host },
      body: body ?? Buffer.alloc(0),
    });
    if (answer === undefined) throw new TypeError('it has no API v3');
    return { kind: 'answer', ...answer };
  };
  return {
    simulator,
    transport,
    asked,
    deliverTo: (to) => {
      receiver = to;
    },
  };
}

test('a notification of the real WeChat Pay is believed by its signature', () =>
  onReal(async (server, { simulator, deliverTo }) => {
    deliverTo(async ({ path, headers, body }) => {
      const answer = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers,
        body: new Uint8Array(body),
      });
      await answer.arrayBuffer();
      return { status: answer.status };
    });
    const outTradeNo = await server.order('real-money-2');
    simulator.pay(outTradeNo);
    await simulator.whenAcked(outTradeNo);
    if (!isOutTradeNo(outTradeNo)) throw new TypeError(outTradeNo);
    const [message] = await server.system.store.inbox.ofOrder(outTradeNo);
    expect(message).toMatchObject({ trust: 'platform' });
  }));

async function onReal(
  run: (server: Running, world: ReturnType<typeof wechat>, dataDir: string) => Promise<void>,
  world = wechat(systemClock, keys),
  { clock = systemClock, env = ENV }: { readonly clock?: Clock; readonly env?: Record<string, string> } = {},
): Promise<void> {
  await inFolder(async (dataDir) => {
    putNewStore(join(dataDir, 'inbox.db'));
    const server = await startServer({
      config: readConfig(REAL),
      settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: TOKEN, readToken: null },
      log: rememberedLog(),
      clock,
      env,
      realWeChatPay: { hosts: ['https://api.mch.weixin.qq.com'], transport: world.transport },
    });
    try {
      await run(talkTo(server, true), world, dataDir);
    } finally {
      world.simulator.stop();
      await server.stop();
    }
  });
}

test('an order is paid and fulfilled, with every call signed to WeChat’s own host', () =>
  onReal(async (server, { simulator, asked }, dataDir) => {
    const outTradeNo = await server.order('real-money-1');
    simulator.pay(outTradeNo);
    const act = { authorization: `Bearer ${TOKEN}` };
    let order: unknown = null;
    for (let round = 0; round < 50 && !JSON.stringify(order).includes('parcel'); round += 1) {
      await server.call('queryOrder', { outTradeNo });
      for (const worker of ['processInbox', 'fulfillOrders'])
        await server.send('POST', `/workers/${worker}`, {}, act);
      order = (await server.call('queryOrder', { outTradeNo })).body['order'];
    }
    expect(JSON.stringify(order)).toContain('parcel');
    expect(new Set(asked.map((line) => line.split(' ')[1]?.split('/')[0]))).toEqual(
      new Set(['api.mch.weixin.qq.com']),
    );
    expect(existsSync(join(dataDir, 'simulated-keys'))).toBe(false);
    expect(existsSync(join(dataDir, 'simulator.jsonl'))).toBe(false);
  }));

describe('a merchant with platform certificates', () => {
  /** The clock of both sides, which the case moves on. */
  const time = { aheadMs: 0 };
  const clock: Clock = { now: () => later(systemClock.now(), time.aheadMs) };
  const [one, two] = testKeys().certificates();
  const dated = certificatesOf(one.privateKey, two.privateKey, systemClock.now());
  const withCertificates = { ...keys, certificates: () => dated };
  /** The public key is the next one: both are believed during the change. */
  const env = Object.fromEntries(
    Object.entries(ENV).map(([name, value]) => [name.includes('PUBLIC_KEY') ? `${name}_NEXT` : name, value]),
  );

  test('orders and is paid through a change of keys, and asks for certificates once a minute at most', () => {
    const world = wechat(clock, withCertificates);
    const { simulator, asked } = world;
    simulator.v3?.change({ keys: 'certificate' });
    const downloads = () => asked.filter((line) => line.includes('/v3/certificates')).length;
    return onReal(
      async (server) => {
        const statuses: number[] = [];
        let refused = (): void => undefined;
        world.deliverTo(async ({ path, headers, body }) => {
          const sent = { method: 'POST', headers, body: new Uint8Array(body) };
          const { status } = await fetch(`${server.url}${path}`, sent);
          if (path.includes('/pay/')) statuses.push(status);
          if (status >= 400) refused();
          return { status };
        });
        const trusted = async (requestId: string) => {
          const outTradeNo = await server.order(requestId);
          simulator.pay(outTradeNo);
          await simulator.whenAcked(outTradeNo);
          if (!isOutTradeNo(outTradeNo)) throw new TypeError(outTradeNo);
          const messages = await server.system.store.inbox.ofOrder(outTradeNo);
          expect(messages.map(({ trust }) => trust)).toContain('platform');
          return outTradeNo;
        };
        const paid = await trusted('by-certificate');
        expect([downloads(), ...statuses]).toEqual([1, 200]);

        // A call that must name one of WeChat Pay's keys names a certificate.
        const { store, opsDeps } = server.system;
        const [order] = await store.orders.find([paid]);
        if (order === undefined) throw new TypeError('it is not there');
        const outRefundNo = guarded(isOutRefundNo, 'BY-CERTIFICATE');
        const { subMchId, outTradeNo, total } = order;
        simulator.scriptRefund(outRefundNo, { outcome: 'abnormal' });
        const asked = { subMchId, outTradeNo, outRefundNo };
        expect(await opsDeps.wechat.refund({ ...asked, total, refund: total })).toMatchObject({
          kind: 'accepted',
        });
        await simulator.whenQuiet();
        expect(await opsDeps.wechat.payOutRefund?.(asked)).toEqual({ kind: 'accepted' });
        expect(await opsDeps.wechat.queryRefund(asked)).toMatchObject({ state: 'succeeded' });

        simulator.v3?.change({ keys: 'to_public_key' });
        await trusted('by-either-1');
        await trusted('by-either-2');
        expect([downloads(), ...statuses]).toEqual([1, 200, 200, 200]);

        // Replaced without a word. Nothing is downloaded again within a minute of the last time.
        const last = await server.order('by-the-second');
        simulator.v3?.change({ keys: 'certificate_replaced' });
        const before = statuses.length;
        const seen: number[] = [];
        refused = () => {
          seen.push(downloads());
          if (statuses.length - before === 2) time.aheadMs += 61_000;
        };
        simulator.pay(last);
        await simulator.whenAcked(last);
        expect(seen).toEqual([1, 1]);
        expect(statuses.slice(before)).toEqual([503, 503, 200]);
        expect(downloads()).toBe(2);
      },
      world,
      { clock, env },
    );
  });
});

test('there is no simulator, no demo page and no trust in headers', () =>
  onReal(async (server) => {
    const act = { authorization: `Bearer ${TOKEN}` };
    for (const [method, path] of [
      ['POST', '/simulator/pay'],
      ['GET', '/simulator/v3/certificates'],
      ['GET', '/demo/orders'],
      ['GET', '/demo.js'],
    ] as const) {
      const body = method === 'POST' ? {} : undefined;
      expect([path, (await server.send(method, path, body, act)).status]).toEqual([path, 404]);
    }
    const home = await fetch(`${server.url}/`, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([308, '/console/']);
    expect((await server.send('POST', '/functions/login', { code: 'any-code-at-all' })).status).toBe(404);
    const named = await server.send(
      'POST',
      '/functions/createOrder',
      { requestId: 'no-one-1', cart: [] },
      { 'x-wx-openid': PAYER },
    );
    expect(named.body['ok']).toBe(false);
    const logged = await server.send(
      'POST',
      '/functions/queryOrder',
      { outTradeNo: 'T-1-unknown' },
      loggedIn(PAYER),
    );
    expect(isRecord(logged.body)).toBe(true);
  }));

describe('is refused at start', () => {
  const start = (env: Readonly<Record<string, string>>, config: object = REAL) =>
    inFolder(async (dataDir) => {
      putNewStore(join(dataDir, 'inbox.db'));
      const server = await startServer({
        config: readConfig(config),
        settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: TOKEN, readToken: null },
        log: rememberedLog(),
        env,
      });
      await server.stop();
      throw new TypeError('it started');
    });

  test('without keys, naming every one', async () => {
    const error: unknown = await start({ LOGIN_SECRET }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KeyError);
    if (error instanceof KeyError)
      expect(error.problems.map(({ code }) => code)).toEqual(Array(3).fill('KEY_MISSING'));
  });

  test('with the simulator’s keys', async () => {
    await expect(start({ ...ENV, [`WXPAY_${MCH_ID}_SERIAL`]: newSerial() })).rejects.toThrow('SIMULATED_KEY');
  });
});

describe('settings for real money', () => {
  const refusal = (change: object, token: string | null = TOKEN) => {
    const config: Config = readConfig({ ...REAL, ...change });
    return () => checkForServer(config, 'real', token);
  };

  test('need an address to be notified at', () => {
    expect(refusal({ server: {} })).toThrow('server.publicUrl');
  });

  test('need an operator token, on loopback too', () => {
    expect(refusal({}, null)).toThrow('OPS_TOKEN');
  });

  test('cannot hold a merchant that only cloud functions can serve', () => {
    expect(refusal({ merchants: [{ subMchId: '1900000009' }] })).toThrow('cloudpay');
    expect(refusal({ merchants: [DIRECT, { subMchId: '1900000009' }] })).toThrow('1900000009');
  });

  test('need no address where every merchant is on Cloud Run, and an operator token still', () => {
    const merchants = [{ channel: 'cloudrun', subMchId: '1900000009' }];
    expect(refusal({ merchants, server: {} })).not.toThrow();
    expect(refusal({ merchants, server: {} }, null)).toThrow('OPS_TOKEN');
  });

  test('of Cloud Run name the container, its environment, and a database that keeps what is stored', () => {
    const merchants = [{ channel: 'cloudrun', subMchId: '1900000009' }];
    const databaseUrl = 'mysql://shop:secret@db.internal:3306/shop';
    const check =
      (server: object, env: object, settings: { databaseUrl?: string } = { databaseUrl }) =>
      (money: 'real' | 'simulated' = 'real') =>
        checkCloudRun(readConfig({ merchants, server, ...env }), settings, money, {});
    const cloudRun = { service: 'wxpay-inbox' };
    const envId = 'prod-8gxvz0f70375accc';
    expect(check({}, { envId })).toThrow(/^server.cloudRun: was missing/);
    expect(check({ cloudRun }, {})).toThrow(/^envId: was missing, and so was CBR_ENV_ID/);
    expect(check({ cloudRun }, { envId }, {})).toThrow(/^DATABASE_URL: was missing.*keeps no disk/);
    expect(check({ cloudRun }, { envId })).not.toThrow();
    expect(() => check({}, {}, {})('simulated')).not.toThrow();
    checkCloudRun(readConfig(REAL), {}, 'real', {});
  });

  test.each([
    ['http://pay.example.com'],
    ['https://pay.example.com/'],
    ['https://pay.example.com?shop=1'],
    ['https://user@pay.example.com'],
  ])('cannot have %s as public address', (publicUrl) => {
    expect(() => readConfig({ ...REAL, server: { publicUrl } })).toThrow('server.publicUrl');
  });

  test('are taken as written, otherwise as the program says', () => {
    const mode = (enabled?: boolean) =>
      (['simulated', 'real'] as const).map((byDefault) =>
        moneyModeOf(readConfig({ ...REAL, simulator: enabled === undefined ? {} : { enabled } }), byDefault),
      );
    expect(mode()).toEqual(['simulated', 'real']);
    expect(mode(true)).toEqual(['simulated', 'simulated']);
    expect(mode(false)).toEqual(['real', 'real']);
  });
});
