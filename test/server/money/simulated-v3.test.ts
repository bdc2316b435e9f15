import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../../lib/config/config';
import type { Config } from '../../../lib/config/config-schema';
import { price } from '../../shop/price';
import { startServer } from '../../../server/start';
import { rememberedLog } from '../../inbox/stage';
import { putNewStore } from '../../store/sqlite/harness';
import { inFolder } from '../running';

const V3 = [{ mchId: '1900000001', appId: 'wx0000000000000001', channel: 'v3' }];

function configOf(merchants: readonly object[]): Config {
  return readConfig({ merchants, simulator: { speed: 10_000 }, log: { level: 'silent' } });
}

async function served(folder: string, config: Config, run: (url: string) => Promise<void>): Promise<void> {
  const server = await startServer({
    config,
    settings: { host: '127.0.0.1', port: 0, dataDir: folder, opsToken: null, readToken: null },
    log: rememberedLog(),
    env: { LOGIN_SECRET: 'a secret of these cases, long enough' },
  });
  try {
    await run(server.url);
  } finally {
    await server.stop();
  }
}

/** Calls the simulated API v3 with what the key folder holds, as any client could. */
async function signed(folder: string, url: string, method: 'GET' | 'POST', target: string, body = '') {
  const text = (name: string) => readFileSync(join(folder, 'simulated-keys', name), 'utf8').trim();
  const path = `/simulator${target}`;
  const seconds = Math.floor(Date.now() / 1000);
  const signature = sign(
    'sha256',
    Buffer.from(`${method}\n${path}\n${seconds}\nn\n${body}\n`),
    createPrivateKey(text('merchant-key.pem')),
  ).toString('base64');
  return fetch(url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization:
        `WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="n",signature="${signature}",` +
        `timestamp="${seconds}",serial_no="${text('merchant-serial.txt')}"`,
    },
    ...(body === '' ? {} : { body }),
  });
}

const ORDER = JSON.stringify({
  appid: 'wx0000000000000001',
  mchid: '1900000001',
  description: '一杯茶',
  out_trade_no: 'ORDER-1',
  notify_url: 'https://shop.example/callback/v3/pay',
  amount: { total: 100, currency: 'CNY' },
  payer: { openid: 'oPayer' },
});

test('a server with a v3 merchant answers API v3, with keys that it makes once', () =>
  inFolder(async (folder) => {
    putNewStore(join(folder, 'inbox.db'));
    const keys = join(folder, 'simulated-keys');
    await served(folder, configOf(V3), async (url) => {
      expect((await fetch(`${url}/simulator/v3/certificates`)).status).toBe(401);
      expect((await fetch(`${url}/simulator/v3/nothing`, { method: 'DELETE' })).status).toBe(404);
      const made = await signed(folder, url, 'POST', '/v3/pay/transactions/jsapi', ORDER);
      expect([made.status, made.headers.get('wechatpay-serial')]).toEqual([
        200,
        readFileSync(join(keys, 'wechatpay-public-id.txt'), 'utf8').trim(),
      ]);
      expect(await made.text()).toMatch(/^\{"prepay_id":"wx/);
      const closed = await signed(
        folder,
        url,
        'POST',
        '/v3/pay/transactions/out-trade-no/ORDER-1/close',
        JSON.stringify({ mchid: '1900000001' }),
      );
      expect([closed.status, await closed.text()]).toEqual([204, '']);
    });
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    const names = readdirSync(keys).sort();
    expect(names).toEqual([
      'apiv3-key.txt',
      'merchant-key.pem',
      'merchant-serial.txt',
      'wechatpay-private.pem',
      'wechatpay-public-id.txt',
      'wechatpay-public.pem',
    ]);
    const contents = () => names.map((name) => readFileSync(join(keys, name), 'utf8'));
    const before = contents();
    expect(names.map((name) => statSync(join(keys, name)).mode & 0o777)).toEqual(names.map(() => 0o600));
    const publicHalf = createPublicKey(readFileSync(join(keys, 'wechatpay-private.pem')));
    expect(publicHalf.export({ type: 'spki', format: 'pem' })).toBe(
      readFileSync(join(keys, 'wechatpay-public.pem'), 'utf8'),
    );
    // The next start keeps keys and orders.
    await served(folder, configOf(V3), async (url) => {
      const target = '/v3/pay/transactions/out-trade-no/ORDER-1?mchid=1900000001';
      expect(await (await signed(folder, url, 'GET', target)).json()).toMatchObject({
        trade_state: 'CLOSED',
      });
    });
    expect(contents()).toEqual(before);
  }));

test('the demo page may choose among merchants, by their channels', () =>
  inFolder(async (folder) => {
    putNewStore(join(folder, 'inbox.db'));
    const config = configOf([{ subMchId: '1900000109', name: 'tea' }, ...V3]);
    await served(folder, config, async (url) => {
      expect(await (await fetch(`${url}/demo/shop`)).json()).toEqual({
        ok: true,
        articles: [
          { sku: 'tea', amount: '¥58.00' },
          { sku: 'cup', amount: '¥32.00' },
          { sku: 'cake', amount: '¥9.90' },
        ],
        merchants: [
          { subMchId: '1900000109', name: 'tea', channel: 'cloudpay' },
          { subMchId: '1900000001', name: '', channel: 'v3 direct' },
        ],
      });
    });
    const cart = [{ sku: 'tea', count: 2, merchant: '1900000001' }];
    expect(price(cart)).toMatchObject({ total: 11_600, subMchId: '1900000001' });
    expect(price([{ sku: 'tea', count: 2, merchant: 'none of ours' }])).not.toHaveProperty('subMchId');
  }));

test('keys, hosts and clock of API v3 change on request', () =>
  inFolder(async (folder) => {
    putNewStore(join(folder, 'inbox.db'));
    await served(folder, configOf(V3), async (url) => {
      const change = async (to: object) => {
        const headers = { 'content-type': 'application/json' };
        const request = { method: 'POST', headers, body: JSON.stringify(to) };
        return (await fetch(`${url}/simulator/api-v3`, request)).status;
      };
      const certificates = () => signed(folder, url, 'GET', '/v3/certificates');
      expect((await certificates()).status).toBe(404);
      expect(await change({ keys: 'certificates_both' })).toBe(200);
      expect(((await certificates()).headers.get('wechatpay-serial') ?? '').length).toBe(40);
      expect(await change({ clockAheadSeconds: 400 })).toBe(200);
      expect((await certificates()).status).toBe(401);
      expect(await change({ clockAheadSeconds: 0, hosts: 'both_down' })).toBe(200);
      await expect(certificates()).rejects.toThrow();
      expect(await change({ hosts: 'somewhere' })).toBe(400);
    });
  }));

test('a server without a v3 merchant makes no keys and has no API v3', () =>
  inFolder(async (folder) => {
    putNewStore(join(folder, 'inbox.db'));
    await served(folder, configOf([{ subMchId: '1900000109' }]), async (url) => {
      expect((await fetch(`${url}/simulator/v3/certificates`)).status).toBe(404);
    });
    expect(readdirSync(folder)).not.toContain('simulated-keys');
  }));
