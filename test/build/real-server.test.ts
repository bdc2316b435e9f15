import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { systemClock } from '../../lib/runtime/system-clock';
import { systemTimers } from '../../lib/runtime/timers';
import { openLoginTokens } from '../../server/door/login';
import { memoryJournal } from '../../simulator/journal';
import { createSimulator } from '../../simulator/simulator';
import { keyVariablesOf, realKeys } from '../server/money/real-keys';
import { PAYER } from '../store/builders';
import { post } from '../torture/real-process';
import { builtServer, endAll, startBuilt } from './built-server';

/* `dist/server` with real money, in a process of its own, against a WeChat Pay on loopback. */

const MCH_ID = '1900000001';
const APP_ID = 'wx8888888888888888';
const TOKEN = 'kx3Vn0PqZ8sTf1LrWm6YbUcA9eHdJgRo';
const LOGIN_SECRET = 'the-secret-that-signs-the-tokens-of-payers';

afterAll(() => {
  endAll();
});

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

test('orders, asks and fulfils over HTTP, and refuses to start without a key', async () => {
  const keys = realKeys();
  const simulator = createSimulator({
    clock: systemClock,
    schedule: (delayMs, run) => systemTimers.after(delayMs, run),
    deliver: () => Promise.resolve({}),
    journal: memoryJournal(),
    speed: 10_000,
    random: Math.random,
    v3: {
      parties: [{ mode: 'direct', mchId: MCH_ID, appId: APP_ID }],
      keys,
      deliver: () => Promise.resolve({ status: 200 }),
    },
  });
  const wechat = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
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
  const address = wechat.address();
  if (!isAddress(address)) throw new TypeError('it does not listen');
  const built = await builtServer('test/build/fixtures/loopback-server.ts');
  try {
    built.configure({
      merchants: [{ channel: 'v3', mchId: MCH_ID, appId: APP_ID }],
      server: { publicUrl: 'https://pay.example.com' },
    });
    const env = {
      LOGIN_SECRET,
      OPS_TOKEN: TOKEN,
      LOOPBACK_WECHAT_PAY: `http://127.0.0.1:${address.port}`,
      ...keyVariablesOf(MCH_ID, keys),
    };

    const refused = await startBuilt(built, { ...env, [`WXPAY_${MCH_ID}_APIV3_KEY`]: '' });
    if (refused.kind === 'listens') throw new TypeError('it started without a key');
    expect(refused.exit).toEqual([1, null]);
    expect(refused.output).toMatch(/^WXPAY_1900000001_APIV3_KEY: is missing.*\(KEY_MISSING\)\n$/);

    const started = await startBuilt(built, env);
    if (started.kind === 'ended') throw new TypeError(started.output);
    const { url } = started;
    const payer = {
      authorization: `Bearer ${openLoginTokens(LOGIN_SECRET, systemClock).issue(PAYER).token}`,
    };
    const act = { authorization: `Bearer ${TOKEN}` };
    const cart = [{ sku: 'tea', count: 1 }];
    const made = await post(`${url}/functions/createOrder`, { requestId: 'real-dist-1', cart }, payer);
    const outTradeNo = String(made['outTradeNo']);
    simulator.pay(outTradeNo);
    let order = '';
    for (let round = 0; round < 50 && !order.includes('parcel'); round += 1) {
      await post(`${url}/functions/queryOrder`, { outTradeNo }, payer);
      for (const worker of ['processInbox', 'fulfillOrders']) await post(`${url}/workers/${worker}`, {}, act);
      order = JSON.stringify(await post(`${url}/functions/queryOrder`, { outTradeNo }, payer));
    }
    expect(order).toContain('parcel');
    const checks = JSON.stringify(await post(`${url}/ops/api/doctor`, {}, act));
    expect(checks).toContain('accepts 1900000001’s signature, and its own is verified');
    expect(await started.end()).toEqual([0, null]);
  } finally {
    simulator.stop();
    wechat.closeAllConnections();
    await new Promise((resolve) => wechat.close(resolve));
    rmSync(built.folder, { recursive: true, force: true });
  }
}, 120_000);

test('the deployed program has no name for another WeChat Pay', async () => {
  const built = await builtServer();
  try {
    const main = readFileSync(join(built.folder, 'server', 'main.js'), 'utf8');
    expect(main).toContain('https://api.mch.weixin.qq.com');
    expect(main).not.toContain('LOOPBACK_WECHAT_PAY');
    expect(main).not.toMatch(/createHttpsTransport\(\{\s*plainOnLoopback/);
  } finally {
    rmSync(built.folder, { recursive: true, force: true });
  }
});
