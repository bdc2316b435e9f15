import { OPS_NAMES } from '../../../lib/ops/handle';
import { guarded, message, PAYER } from '../../store/builders';
import { isPayerId } from '../../../lib/values/ids';
import type { Reply, Running } from '../running';
import { inFolder, onServer, testConfig } from '../running';

/*
 * A caller without a token gets nothing from a guarded server at any address: neither stored data
 * nor a change to it. Addresses that answer everybody are listed here, and a new one must be added.
 */

const ACT = 'the-token-of-who-may-act';
const SOMEBODY = guarded(isPayerId, 'oSomebodyElse00000000000001');

const { functions, timers } = testConfig();
const FUNCTIONS = Object.keys(functions).filter((name) => !Object.hasOwn(timers, name));

/** Addresses by their first part: what anybody may do there without a token. */
const AREAS: Readonly<Record<string, string>> = {
  callback: 'hand in a notification, which is believed only after WeChat Pay agrees',
  functions: 'call what a mini program may call, for orders of their own',
  healthz: 'see whether it is ready',
  livez: 'see that it runs',
  console: 'load the page, which holds nothing',
  workers: 'nothing',
  metrics: 'nothing',
  simulator: 'nothing',
  demo: 'nothing',
  ops: 'nothing',
};

const HEADERS: readonly (readonly [who: string, headers: Record<string, string>])[] = [
  ['nobody', {}],
  ['another payer', { 'x-wx-openid': SOMEBODY }],
  ['who claims to be the developer tools', { 'x-wx-source': 'wx_devtools' }],
  ['who claims to be the merchant’s function', { 'x-wx-source': 'scf', 'x-wx-openid': SOMEBODY }],
  ['who claims to come by HTTP', { 'x-wx-source': 'wx_http' }],
  ['who guesses a token', { authorization: 'Bearer the-token-of-who-may-acT' }],
  ['who brings a cookie', { cookie: `wxpay_inbox_session=${ACT}` }],
];

/** A guarded server with one order of `PAYER`'s, and one dead message. */
const withSecrets = (run: (server: Running, outTradeNo: string) => Promise<void>) => () =>
  inFolder((folder) =>
    onServer(
      folder,
      async (server) => {
        const outTradeNo = await server.order('request-0001');
        const dead = message(1);
        await server.system.store.inbox.record(dead);
        await server.system.store.inbox.dismiss([dead.key], 'a test', 'to be kept', dead.receivedAt);
        await run(server, outTradeNo);
      },
      ACT,
    ),
  );

function expectNothing(reply: Reply, where: string): void {
  // Whoever guesses is told to pause after a few.
  const refused = reply.status === 401 || reply.status === 429;
  expect([where, refused, Object.keys(reply.body).sort()]).toEqual([where, true, ['code', 'message', 'ok']]);
}

it('every address is named here, with what anybody may do there', () =>
  inFolder((folder) =>
    onServer(folder, async ({ addresses }) => {
      const areas = new Set(addresses.map((path) => path.split('/')[1] ?? ''));
      for (const page of ['', 'demo.css', 'demo.js', 'demo-texts.js']) areas.delete(page);
      expect([...areas].sort()).toEqual(Object.keys(AREAS).sort());
      await Promise.resolve();
    }),
  ));

it.each(HEADERS)('%s is told nothing by any operation, worker or other guarded address', (_, headers) =>
  withSecrets(async ({ send, system }, outTradeNo) => {
    const before = JSON.stringify(await system.store.orders.list({ after: null, limit: 10 }));
    const posts = [
      ...OPS_NAMES.map((op) => `/ops/api/${op}`),
      ...Object.keys(timers).map((worker) => `/workers/${worker}`),
      ...['pay', 'abandon', 'forge', 'plant', 'refund-in-back-office', 'resolve-refund', 'script-refund'].map(
        (request) => `/simulator/${request}`,
      ),
      '/demo/replay',
      '/ops/session/begin',
    ];
    const request = {
      outTradeNo,
      key: message(1).key,
      names: [outTradeNo],
      action: 'close_order',
      token: 'guess',
    };
    for (const path of posts) expectNothing(await send('POST', path, request, headers), path);
    const gets = [
      '/metrics',
      '/demo/orders',
      `/demo/orders/${outTradeNo}`,
      `/simulator/orders/${outTradeNo}`,
    ];
    for (const path of gets) expectNothing(await send('GET', path, undefined, headers), path);
    expect(JSON.stringify(await system.store.orders.list({ after: null, limit: 10 }))).toBe(before);
    expect((await system.store.inbox.find(message(1).key))?.state).toBe('dead');
  })(),
);

it.each(HEADERS)('%s is told nothing of another payer’s order by any function', (_, headers) =>
  withSecrets(async ({ send, system }, outTradeNo) => {
    const before = JSON.stringify(await system.store.orders.list({ after: null, limit: 10 }));
    for (const name of FUNCTIONS) {
      for (const event of [{ outTradeNo }, { op: 'show_order', outTradeNo, unmask: true }]) {
        const reply = await send('POST', `/functions/${name}`, event, headers);
        const seen = [
          name,
          reply.body['ok'] === true || reply.text.includes(PAYER),
          reply.text.includes('pending'),
        ];
        expect(seen).toEqual([name, false, false]);
      }
    }
    expect(JSON.stringify(await system.store.orders.list({ after: null, limit: 10 }))).toBe(before);
  })(),
);
