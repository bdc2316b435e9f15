import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { ConfigError, readConfig } from '../../lib/config/config';
import { checkForServer, readServerSettings } from '../../server/settings';
import { notificationFor } from '../inbox/notifications';
import { order, START } from '../store/builders';
import { inFolder, onServer, type Running } from './running';

const EVENT = notificationFor(order(1));
const onOne = (run: (server: Running) => Promise<void>, opsToken: string | null = null) =>
  inFolder((folder) => onServer(folder, run, opsToken));

/** Sends a header more than once, which `fetch` would join. */
function sendMarks(url: string, marks: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/callback/pay`,
      { method: 'POST', headers: { 'x-wx-source': [...marks] } },
      (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (part: string) => (text += part));
        response.on('end', () => {
          resolve(text);
        });
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(EVENT));
  });
}

describe('POST /callback/pay', () => {
  test.each([
    ['wx_paycallback', 'platform'],
    ['wx_http', 'unverified'],
    [null, 'unverified'],
  ])('marked %p is acked and kept as %s', (mark, trust) =>
    onOne(async ({ send, system }) => {
      const reply = await send('POST', '/callback/pay', EVENT, mark === null ? {} : { 'x-wx-source': mark });
      expect(reply).toMatchObject({ status: 200, body: { errcode: 0, errmsg: 'ok' } });
      const [kept] = await system.store.inbox.ofOrder(order(1).outTradeNo);
      expect(kept?.trust).toBe(trust);
    }),
  );

  test.each(['wx_client', 'wx_client,scf', 'wx_paycallback, wx_client'])('marked %p is refused', (mark) =>
    onOne(async ({ send, system }) => {
      const reply = await send('POST', '/callback/pay', EVENT, { 'x-wx-source': mark });
      expect(reply.status).toBe(200);
      expect(reply.body['errcode']).toBeGreaterThan(0);
      expect(await system.store.inbox.backlog(START)).toMatchObject({ pending: 0 });
    }),
  );

  test('with the platform’s mark twice is not trusted, and with a client’s beside it refused', () =>
    onOne(async ({ url, system }) => {
      expect(await sendMarks(url, ['wx_paycallback', 'wx_paycallback'])).toContain('"errcode":0');
      const [kept] = await system.store.inbox.ofOrder(order(1).outTradeNo);
      expect(kept?.trust).toBe('unverified');
      expect(await sendMarks(url, ['wx_paycallback', 'wx_client'])).toContain('"errcode":40301');
    }));

  test('that is no JSON, too large or nested without end is refused and harms nobody', () =>
    onOne(async ({ send }) => {
      const mark = { 'x-wx-source': 'wx_paycallback' };
      const noJson = await send('POST', '/callback/pay', '{', mark);
      expect(noJson).toMatchObject({ status: 400, body: { errcode: 40001 } });
      const huge = await send('POST', '/callback/pay', JSON.stringify({ junk: 'x'.repeat(100_000) }), mark);
      expect(huge).toMatchObject({ status: 413, body: { errcode: 41301 } });
      const vast = await send('POST', '/callback/pay', 'x'.repeat(3_000_000), mark);
      expect(vast).toMatchObject({ status: 413, body: { errcode: 41301 } });
      const empty = await send('POST', '/callback/pay', '', mark);
      expect(empty).toMatchObject({ status: 400, body: { errcode: 40001 } });
      const deep = await send('POST', '/callback/pay', '['.repeat(60_000) + ']'.repeat(60_000), mark);
      expect([400, 413]).toContain(deep.status);
      expect(deep.body['errcode']).toBeGreaterThan(0);
      expect((await send('GET', '/healthz')).status).toBe(200);
    }));
});

test('POST /callback/refund keeps a refund notification until it can be applied', () =>
  onOne(async ({ send, system }) => {
    const refund = { returnCode: 'SUCCESS', outRefundNo: 'refund-1', refundStatus: 'SUCCESS' };
    const reply = await send('POST', '/callback/refund', refund, { 'x-wx-source': 'wx_paycallback' });
    expect(reply).toMatchObject({ status: 200, body: { errcode: 0 } });
    await system.workers.whenIdle();
    const { items } = await system.store.inbox.list({ state: 'pending', after: null, limit: 10 });
    expect(items.map(({ key }) => key)).toEqual(['refund:refund-1:succeeded']);
  }));

describe('the other addresses', () => {
  test('a function sees the caller by its headers, and nobody when they are doubled', () =>
    onOne(async ({ send, call }) => {
      const event = { outTradeNo: 'nothing' };
      expect((await call('queryOrder', event)).body['code']).toBe('ORDER_NOT_FOUND');
      expect((await send('POST', '/functions/queryOrder', event)).body['code']).toBe('NO_PAYER');
      expect((await call('payCallback', EVENT)).body['errcode']).toBe(40301);
      expect((await call('nothing', {})).status).toBe(404);
      expect((await send('POST', '/functions/queryOrder', '{')).body['code']).toBe('BAD_JSON');
    }));

  test('a worker runs once, now, and answers its report', () =>
    onOne(async ({ send }) => {
      expect((await send('POST', '/workers/processInbox')).body).toMatchObject({ ok: true, claimed: 0 });
      expect((await send('POST', '/workers/fulfillOrders')).body).toMatchObject({ ok: true, claimed: 0 });
      expect((await send('POST', '/workers/nothing')).status).toBe(404);
    }));

  test.each([
    ['GET', '/nothing', 404],
    ['GET', '/callback/pay', 405],
    ['POST', '/callback/refunds', 404],
    ['GET', '/functions/createOrder', 405],
    ['POST', '/healthz', 405],
    ['DELETE', '/workers/processInbox', 405],
    ['POST', '/', 405],
    ['GET', '/../package.json', 404],
    ['GET', '/demo/orders/%00', 400],
  ])('%s %s is %d, as JSON, without a stack', (method, path, status) =>
    onOne(async ({ send }) => {
      const reply = await send(method, path);
      expect(reply.status).toBe(status);
      expect(reply.body).toMatchObject({ ok: false });
      expect(reply.text).not.toMatch(/\bat .*\.ts/);
    }),
  );

  test('the page loads nothing from elsewhere and runs no inline script', () =>
    onOne(async ({ send }) => {
      const page = await send('GET', '/');
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(page.text).not.toMatch(/https?:|<script(?![^>]*src=)/);
      expect((await send('GET', '/demo.js')).status).toBe(200);
      expect((await send('GET', '/demo.css')).status).toBe(200);
    }));

  test('a token opens what operates the service, and only that', () =>
    onOne(async ({ send }) => {
      const token = { authorization: 'Bearer a-long-random-token' };
      for (const [method, path] of [
        ['POST', '/workers/processInbox'],
        ['GET', '/metrics'],
        ['POST', '/simulator/pay'],
        ['GET', '/demo/orders'],
      ] as const) {
        expect((await send(method, path)).status).toBe(401);
        expect(
          (await send(method, path, undefined, { authorization: 'Bearer another-random-token' })).status,
        ).toBe(401);
        expect((await send(method, path, undefined, token)).status).not.toBe(401);
      }
      expect((await send('GET', '/livez')).status).toBe(200);
      expect((await send('GET', '/healthz')).status).not.toBe(401);
      expect((await send('POST', '/callback/pay', EVENT)).status).toBe(200);
    }, 'a-long-random-token'));
});

test('a request that trickles is ended, and the server goes on', () =>
  inFolder((folder) =>
    onServer(
      folder,
      async ({ url, send }) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        let said = '';
        socket.on('data', (part) => (said += part.toString()));
        socket.write('POST /callback/pay HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 500\r\n\r\n{');
        await once(socket, 'close');
        expect(said).toMatch(/^HTTP\/1\.1 408 /);
        expect((await send('GET', '/livez')).status).toBe(200);
      },
      null,
      50,
    ),
  ));

describe('settings', () => {
  test.each([
    [{}, { host: '127.0.0.1', port: 3000, dataDir: '.data', opsToken: null, readToken: null }],
    [
      { HOST: '::1', PORT: '0' },
      { host: '::1', port: 0 },
    ],
    [{ HOST: '0.0.0.0', OPS_TOKEN: 'a-long-random-token' }, { host: '0.0.0.0' }],
  ])('%j are taken', (env, expected) => {
    expect(readServerSettings(env)).toMatchObject(expected);
  });

  test.each([
    [{ HOST: '0.0.0.0' }, 'OPS_TOKEN is set'],
    [{ HOST: '127.0.0.1.example.org' }, 'OPS_TOKEN is set'],
    [{ OPS_TOKEN: 'short' }, 'shorter than 16'],
    [{ OPS_TOKEN: 'a'.repeat(40) }, 'OPS_TOKEN: was easy to guess; make one with: openssl rand -base64 32'],
    [{ OPS_TOKEN: 'password12345678' }, 'easy to guess'],
    [{ OPS_TOKEN: 'a-long-random-token', OPS_READ_TOKEN: '1212121212121212' }, 'OPS_READ_TOKEN: was easy'],
    [{ PORT: '70000' }, 'PORT: was 70000'],
    [{ PORT: 'x' }, 'PORT: was x'],
  ])('%j are refused by name', (env, message) => {
    expect(() => readServerSettings(env)).toThrow(ConfigError);
    expect(() => readServerSettings(env)).toThrow(message);
  });

  test('what only the cloud can do is refused', () => {
    const merchants = [{ subMchId: '1900000109' }];
    expect(() => {
      checkForServer(readConfig({ merchants, fulfilment: { cloudFunction: 'deliver' } }), 'simulated', null);
    }).toThrow('fulfilment.cloudFunction');
    expect(() => {
      checkForServer(readConfig({ merchants, simulator: { enabled: false } }), 'real', null);
    }).toThrow('cloudpay');
  });
});
