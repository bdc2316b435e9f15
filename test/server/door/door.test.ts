import { get, request } from 'node:http';
import { connect } from 'node:net';
import { isPayerId } from '../../../lib/values/ids';
import { systemClock } from '../../../lib/runtime/system-clock';
import { isRecord } from '../../../lib/values/json';
import { later } from '../../../lib/values/instant';
import type { RunningServer } from '../../../server/start';
import { startServer } from '../../../server/start';
import { openLoginTokens } from '../../../server/door/login';
import { notificationFor } from '../../inbox/notifications';
import { rememberedLog } from '../../inbox/stage';
import { guarded, order, PAYER } from '../../store/builders';
import { inFolder, loggedIn, LOGIN_SECRET, testConfig } from '../running';

/*
 * Whom the server trusts: a configured gateway, everybody on this machine while there is no token,
 * an operator's token, and a payer's own login. Nobody else, whatever their headers say.
 */

const ACT = 'the-token-of-who-may-act';
const READ = 'the-token-of-who-may-look';
const SECRET = 'the-secret-of-the-gateway-in-front';
const SOMEBODY = guarded(isPayerId, 'oSomebodyElse00000000000001');
const EVENT = notificationFor(order(1));
const CART = { requestId: 'request-0001', cart: [{ sku: 'tea', count: 1 }] };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

type Gateways = ReturnType<typeof testConfig>['server']['gateways'];
type Headers = Readonly<Record<string, string | string[]>>;

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

type Post = (path: string, body: unknown, headers?: Headers) => Promise<Reply>;

/** Posts with headers that `fetch` would not let through, or would join. */
function postTo(url: string): Post {
  return (path, body, headers = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method: 'POST', headers, agent: false }, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (part: string) => (text += part));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: parsed(text),
          });
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
}

function parsed(text: string): Reply['body'] {
  const value: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  return isRecord(value) ? value : {};
}

interface Guarded {
  readonly gateways?: Gateways;
  readonly tokens?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

const onGuarded = (
  { gateways = [], tokens = true, env = {} }: Guarded,
  run: (post: Post, server: RunningServer, log: ReturnType<typeof rememberedLog>) => Promise<void>,
) =>
  inFolder(async (dataDir) => {
    const log = rememberedLog();
    const server = await startServer({
      config: {
        ...testConfig(),
        server: { ...testConfig().server, gateways },
      },
      settings: {
        host: '127.0.0.1',
        port: 0,
        dataDir,
        opsToken: tokens ? ACT : null,
        readToken: tokens ? READ : null,
      },
      log,
      env: { LOGIN_SECRET, ...env },
    });
    try {
      await run(postTo(server.url), server, log);
    } finally {
      await server.stop();
    }
  });

const byAddress: Gateways = [{ name: 'cloudrun', addresses: ['127.0.0.0/8'], secret: false }];
const bySecret: Gateways = [{ name: 'cloud-run', addresses: [], secret: true }];
const byBoth: Gateways = [{ name: 'cloud-run', addresses: ['10.0.0.0/8', '::1'], secret: true }];
const env = { GATEWAY_CLOUD_RUN_SECRET: SECRET };

describe('the platform’s mark on a guarded server', () => {
  it.each<[string, Guarded, Headers, string]>([
    ['from a stranger', {}, {}, 'unverified'],
    ['from an operator', {}, bearer(ACT), 'unverified'],
    ['from a gateway known by address', { gateways: byAddress }, {}, 'platform'],
    [
      'from a gateway known by secret',
      { gateways: bySecret, env },
      { 'x-gateway-secret': SECRET },
      'platform',
    ],
    ['with another secret', { gateways: bySecret, env }, { 'x-gateway-secret': `${SECRET}x` }, 'unverified'],
    [
      'with the secret twice',
      { gateways: bySecret, env },
      { 'x-gateway-secret': [SECRET, SECRET] },
      'unverified',
    ],
    [
      'with the secret, from elsewhere',
      { gateways: byBoth, env },
      { 'x-gateway-secret': SECRET },
      'unverified',
    ],
  ])('%s makes a notification %#: %s', (_, guard, headers, trust) =>
    onGuarded(guard, async (post, { system }) => {
      const reply = await post('/callback/pay', EVENT, { 'x-wx-source': 'wx_paycallback', ...headers });
      expect(reply).toMatchObject({ status: 200, body: { errcode: 0 } });
      const [kept] = await system.store.inbox.ofOrder(order(1).outTradeNo);
      expect(kept?.trust).toBe(trust);
    }),
  );

  it('of a gateway whose secret is missing or short does not start', async () => {
    for (const given of [{}, { GATEWAY_CLOUD_RUN_SECRET: 'short' }]) {
      await expect(onGuarded({ gateways: bySecret, env: given }, () => Promise.resolve())).rejects.toThrow(
        'GATEWAY_CLOUD_RUN_SECRET',
      );
    }
  });
});

describe('the payer of a call to a guarded server', () => {
  it.each<[string, Guarded, Headers, string | null]>([
    ['a stranger’s header', {}, { 'x-wx-openid': PAYER }, null],
    ['a gateway’s header', { gateways: byAddress }, { 'x-wx-openid': PAYER }, PAYER],
    ['a backend with the operator’s token', {}, { 'x-wx-openid': PAYER, ...bearer(ACT) }, PAYER],
    ['a backend with the reader’s token', {}, { 'x-wx-openid': PAYER, ...bearer(READ) }, null],
    ['their login, not their header', {}, { 'x-wx-openid': SOMEBODY, ...loggedIn(PAYER) }, PAYER],
  ])('is named by %s', (_, guard, headers, payer) =>
    onGuarded(guard, async (post, { system }) => {
      const { body } = await post('/functions/createOrder', CART, headers);
      const { items } = await system.store.orders.list({ after: null, limit: 10 });
      expect([body['ok'], items.map((one) => one.payer)]).toEqual([
        payer !== null,
        payer === null ? [] : [payer],
      ]);
      if (payer === null) expect(body['code']).toBe('NO_PAYER');
    }),
  );

  it.each<[string, Guarded, Headers]>([
    ['this machine', { tokens: false }, {}],
    ['a gateway', { gateways: byAddress }, {}],
    ['an operator', {}, bearer(ACT)],
  ])('is nobody when %s names two, and never the first', (_, guard, headers) =>
    onGuarded(guard, async (post, { system }) => {
      for (const two of [
        [PAYER, SOMEBODY],
        [PAYER, PAYER],
      ]) {
        const reply = await post('/functions/createOrder', CART, { 'x-wx-openid': two, ...headers });
        expect(reply).toMatchObject({ status: 400, body: { ok: false, code: 'NO_PAYER' } });
      }
      const { items } = await system.store.orders.list({ after: null, limit: 10 });
      expect(items).toEqual([]);
    }),
  );

  it('logs in with the code of wx.login, and is the same one next time', () =>
    onGuarded({}, async (post, { system }) => {
      for (const requestId of ['request-0001', 'request-0002']) {
        const { body } = await post('/functions/login', { code: 'a-code-that-wx-login-gave' });
        const made = await post(
          '/functions/createOrder',
          { ...CART, requestId },
          bearer(String(body['token'])),
        );
        expect(made.body['ok']).toBe(true);
      }
      const { items } = await system.store.orders.list({ after: null, limit: 10 });
      expect(items).toHaveLength(2);
      expect(new Set(items.map(({ payer }) => payer)).size).toBe(1);
      expect((await post('/functions/login', { code: 'short' })).status).toBe(401);
      expect((await post('/functions/login', {})).status).toBe(400);
    }));
});

describe('a login token', () => {
  const now = systemClock.now();
  const at = (ms: number) => openLoginTokens(LOGIN_SECRET, { now: () => later(now, ms) });
  const { token } = at(0).issue(PAYER);

  it('names its payer for two hours, and neither after nor before', () => {
    expect(at(0).payerOf(token)).toBe(PAYER);
    expect(at(2 * 3_600_000 - 1).payerOf(token)).toBe(PAYER);
    expect(at(2 * 3_600_000).payerOf(token)).toBeNull();
    expect(at(-1).payerOf(token)).toBeNull();
  });

  it('that was changed, or signed with another secret, names nobody', () => {
    const parts = token.split('.');
    const changed = [
      token.replace(PAYER, SOMEBODY),
      [parts[0], parts[1], String(now + 3_600_000), parts[3]].join('.'),
      parts.slice(0, 3).join('.'),
      `${token}A`,
      `${parts.slice(0, 3).join('.')}.`,
      'payer',
      '',
    ];
    expect(changed.map((one) => at(0).payerOf(one))).toEqual(changed.map(() => null));
    expect(openLoginTokens(`${LOGIN_SECRET}x`, systemClock).payerOf(token)).toBeNull();
  });
});

describe('without a token', () => {
  const STRANGE: readonly (readonly [string, Headers])[] = [
    ['a name bent to this machine', { host: 'evil.example' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page that a browser says is another site’s', { 'sec-fetch-site': 'cross-site' }],
    ['what a proxy on this machine passes on', { 'x-forwarded-for': '203.0.113.7' }],
  ];
  it.each(STRANGE)('%s is answered at no address', (_, headers) =>
    onGuarded({ tokens: false }, async (post, { system, addresses }) => {
      const paths = addresses.filter((path) => !path.includes('*')).map((path) => path.replace(':name', 'x'));
      expect(paths.length).toBeGreaterThan(15);
      for (const path of [...paths, '/functions/createOrder', '/functions/payCallback']) {
        const reply = await post(path, EVENT, { 'x-wx-source': 'wx_paycallback', ...headers });
        expect([path, reply.status]).toEqual([path, 401]);
      }
      expect(await system.store.inbox.ofOrder(order(1).outTradeNo)).toEqual([]);
    }),
  );

  it('a link to the page may be followed', () =>
    onGuarded({ tokens: false }, async (_, { url }) => {
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
      const status = await new Promise((resolve) => {
        get(url, { headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
      });
      expect(status).toBe(200);
    }));
});

describe('who may not use an address', () => {
  it.each(['/ops/api/overview', '/workers/processInbox', '/simulator/pay', '/demo/replay'])(
    'is told so before their body has come: %s',
    (path) =>
      onGuarded({}, async (_, { url }) => {
        const { port } = new URL(url);
        const answer = await new Promise<string>((resolve, reject) => {
          const socket = connect(Number(port), '127.0.0.1');
          socket.on('error', reject);
          socket.on('data', (part) => {
            resolve(part.toString());
            socket.destroy();
          });
          // The body never comes: only an answer that does not wait for it ends this.
          socket.write(`POST ${path} HTTP/1.1\r\nhost: here\r\ncontent-length: 500\r\n\r\n{`);
        });
        expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      }),
  );
});

describe('signing in', () => {
  it('is logged and counted, and slowed after a few wrong tokens, the right one too; a session goes on', () =>
    onGuarded({}, async (post, server, log) => {
      const begun = await post('/ops/session/begin', { token: ACT });
      const [cookie = ''] = String(begun.headers['set-cookie']).split(';');
      for (let n = 0; n < 5; n += 1) {
        expect((await post('/ops/session/begin', { token: `guess-${n}` })).status).toBe(401);
      }
      for (const headers of [bearer('guess'), bearer(ACT)]) {
        const slowed = await post('/ops/api/overview', {}, headers);
        expect(slowed).toMatchObject({ status: 429, body: { code: 'TOO_MANY_ATTEMPTS' } });
        expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect((await post('/ops/api/overview', {}, { cookie })).status).toBe(200);
      const metrics = await fetch(`${server.url}/metrics`, { headers: { cookie } });
      const text = await metrics.text();
      expect(text).toContain('wxpay_inbox_sign_ins_total{outcome="accepted"} 1');
      expect(text).toContain('wxpay_inbox_sign_ins_total{outcome="refused"} 5');
      expect(text).toContain('wxpay_inbox_sign_ins_total{outcome="slowed"} 2');
      const told = log.lines.filter(({ event }) => event.startsWith('sign_in_')).map(({ event }) => event);
      expect(told).toEqual(['sign_in_accepted', ...Array.from({ length: 5 }, () => 'sign_in_refused')]);
    }));

  it('of a reader never ends an operator’s session', () =>
    onGuarded({}, async (post) => {
      const begun = await post('/ops/session/begin', { token: ACT });
      const [cookie = ''] = String(begun.headers['set-cookie']).split(';');
      for (let n = 0; n < 250; n += 1) await post('/ops/session/begin', { token: READ });
      const { body } = await post('/ops/api/overview', {}, { cookie });
      expect(body).toMatchObject({ ok: true, you: { role: 'act' } });
    }));
});
