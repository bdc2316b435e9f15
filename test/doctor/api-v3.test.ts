import { generateKeyPairSync, verify } from 'node:crypto';
import type { V3Party } from '../../lib/config/v3-party';
import { examineApiV3 } from '../../lib/doctor/api-v3';
import type { CheckName } from '../../lib/doctor/finding';
import { CHECKS_OF_V3 } from '../../lib/doctor/finding';
import { instant } from '../../lib/values/instant';
import { isSubMchId, type SubMchId } from '../../lib/values/ids';
import type { KeySet } from '../../lib/wechat/v3/keys/read-keys';
import { linesOf, signLines } from '../../lib/wechat/v3/sign';
import type { V3HttpAnswer, V3HttpRequest } from '../../lib/wechat/v3/transport';

/* What the doctor says of keys, address and clock, by what WeChat Pay answers. */

const NOW = instant(1_767_225_600_000);
const KEY_ID = 'PUB_KEY_ID_01';
const SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1';
const NEXT_SERIAL = '6157F09EFDC096DE15EBE81A47057A7232F1B8E1';
const HOST = 'https://wechat.example.com';
const MERCHANT = number('1900000001');

const [ours, next, wechat, stranger] = [rsa(), rsa(), rsa(), rsa()];

function rsa() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function number(text: string): SubMchId {
  if (!isSubMchId(text)) throw new TypeError(text);
  return text;
}

const DIRECT: V3Party = { mode: 'direct', mchId: MERCHANT, appId: 'wx8888888888888888' };
const PARTNER: V3Party = {
  mode: 'partner',
  spMchId: MERCHANT,
  spAppId: 'wx8888888888888888',
  subMchId: number('1900000002'),
  subAppId: 'wx7777777777777777',
};

const held: KeySet = {
  keys: {
    mchId: MERCHANT,
    privateKey: ours.privateKey,
    serial: SERIAL,
    apiV3Keys: [Buffer.alloc(32, 'k')],
    wechatKeys: [{ id: KEY_ID, key: wechat.publicKey, from: 'configured' }],
    mode: 'public_key',
  },
  nextSigner: null,
};

/** An answer of WeChat Pay, signed with this key. */
function signed(status: number, body: object, key = wechat.privateKey, id = KEY_ID): V3HttpAnswer {
  const bytes = Buffer.from(JSON.stringify(body));
  const [seconds, nonce] = [String(NOW / 1000), 'n0nce'];
  return {
    kind: 'answer',
    status,
    headers: {
      date: new Date(NOW).toUTCString(),
      'wechatpay-timestamp': seconds,
      'wechatpay-nonce': nonce,
      'wechatpay-serial': id,
      'wechatpay-signature': signLines(key, [seconds, nonce], bytes),
    },
    body: bytes,
  };
}

const NO_ORDER = { code: 'ORDER_NOT_EXIST', message: '订单不存在' };
const noOrder = signed(404, NO_ORDER);
const refused: V3HttpAnswer = {
  kind: 'answer',
  status: 401,
  headers: {},
  body: Buffer.from('{"code":"SIGN_ERROR","message":"签名错误","detail":{"secret":"x"}}'),
};
const ourRefusal: V3HttpAnswer = {
  kind: 'answer',
  status: 401,
  headers: {},
  body: Buffer.from('{"code":"FAIL","message":"no"}'),
};

interface Case {
  readonly keys?: KeySet;
  readonly party?: V3Party;
  readonly publicUrl?: string;
  readonly callback?: V3HttpAnswer;
  readonly query?: (request: V3HttpRequest) => V3HttpAnswer;
  readonly now?: number;
}

async function examined(given: Case = {}) {
  const asked: V3HttpRequest[] = [];
  const findings = await examineApiV3({
    parties: [given.party ?? DIRECT],
    keysOf: () => given.keys ?? held,
    transport: (request) => {
      asked.push(request);
      if (request.url.startsWith(HOST)) return Promise.resolve((given.query ?? (() => noOrder))(request));
      return Promise.resolve(given.callback ?? ourRefusal);
    },
    host: HOST,
    addressSetting: 'server.publicUrl',
    notifyUrl: (signer) => `${given.publicUrl ?? 'https://pay.example.com'}/callback/v3/pay/${signer}`,
    clock: { now: () => instant(given.now ?? NOW) },
    nonce: () => '0123456789abcdef',
  });
  return { asked, of: (check: CheckName) => findings.find((one) => one.check === check), findings };
}

test('what is right needs nothing, and one signed query', async () => {
  const { asked, findings } = await examined();
  expect(findings.map(({ check, level }) => [check, level])).toEqual([
    ['api_keys', 'ok'],
    ['notify_url', 'ok'],
    ['wechat_clock', 'ok'],
    ['signed_call', 'ok'],
  ]);
  const [query] = asked.filter(({ url }) => url.startsWith(HOST));
  const { pathname, search } = new URL(query?.url ?? '');
  expect(pathname).toMatch(/^\/v3\/pay\/transactions\/out-trade-no\/doctor-/);
  expect(search).toBe(`?mchid=${MERCHANT}`);
  const [seconds = '', nonce = '', signature = ''] = fieldsOf(query?.headers['Authorization'] ?? '');
  const lines = linesOf(['GET', `${pathname}${search}`, seconds, nonce], Buffer.alloc(0));
  expect(verify('sha256', lines, ours.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
});

function fieldsOf(header: string): readonly string[] {
  return ['timestamp', 'nonce_str', 'signature'].map(
    (name) => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? '',
  );
}

test.each<[what: string, query: () => V3HttpAnswer, level: string, says: string]>([
  ['the signature is refused', () => refused, 'error', '签名错误'],
  [
    'the answer is somebody else’s',
    () => signed(404, NO_ORDER, stranger.privateKey),
    'error',
    'not signed with',
  ],
  [
    'the answer names another key',
    () => signed(404, NO_ORDER, wechat.privateKey, 'PUB_KEY_ID_02'),
    'error',
    'PUB_KEY_ID_02',
  ],
  [
    'the number may not be used',
    () => signed(403, { code: 'NO_AUTH', message: '无权限' }),
    'error',
    'NO_AUTH',
  ],
  [
    'it is out of order',
    () => signed(500, { code: 'SYSTEM_ERROR', message: '系统错误' }),
    'unknown',
    'SYSTEM_ERROR',
  ],
  ['nobody answers', () => ({ kind: 'failure', sent: 'no', message: 'ENOTFOUND' }), 'error', 'ENOTFOUND'],
])('a signed call: %s', async (_what, query, level, says) => {
  const { of, findings } = await examined({ query });
  expect(of('signed_call')).toMatchObject({ level });
  expect(of('signed_call')?.what).toContain(says);
  expect(JSON.stringify(findings)).not.toContain('secret');
});

test('a next certificate is tried beside the current one, and the change is named', async () => {
  const keys = { ...held, nextSigner: { privateKey: next.privateKey, serial: NEXT_SERIAL } };
  const query = (request: V3HttpRequest) =>
    request.headers['Authorization']?.includes(NEXT_SERIAL) === true ? refused : noOrder;
  const { of } = await examined({ keys, query });
  expect(of('signed_call')).toMatchObject({ level: 'error' });
  expect(of('signed_call')?.what).toContain('the next certificate');
  expect(of('api_keys')).toMatchObject({ level: 'warning' });
  expect(of('api_keys')?.what).toContain('both present: a next certificate');
});

test.each([
  [0, 'ok'],
  [4_000, 'warning'],
  [-400_000, 'error'],
])('a clock that is off by %i ms: %s', async (off, level) => {
  expect((await examined({ now: NOW + off })).of('wechat_clock')).toMatchObject({ level });
});

const page = (status: number, body = '<html>'): V3HttpAnswer => ({
  kind: 'answer',
  status,
  headers: {},
  body: Buffer.from(body),
});

test.each<[what: string, given: Case, level: string]>([
  ['without TLS', { publicUrl: 'http://pay.example.com' }, 'error'],
  ['with an address of this machine', { publicUrl: 'https://127.0.0.1' }, 'error'],
  ['with a name without a dot', { publicUrl: 'https://server' }, 'error'],
  ['that redirects', { callback: page(301) }, 'error'],
  ['where a web site answers', { callback: page(200) }, 'error'],
  ['where a proxy finds nothing', { callback: page(404) }, 'error'],
  ['where the server is down', { callback: page(502, '{"code":"x"}') }, 'error'],
  ['that is not reached', { callback: { kind: 'failure', sent: 'no', message: 'ETIMEDOUT' } }, 'warning'],
])('a notify_url %s is found', async (_what, given, level) => {
  expect((await examined(given)).of('notify_url')).toMatchObject({ level });
});

test('a provider’s number asks for its sub-merchant, and tries an echo that may be refused', async () => {
  const { asked, of, findings } = await examined({
    party: PARTNER,
    query: ({ method }) => (method === 'POST' ? signed(403, { code: 'NO_AUTH', message: '' }) : noOrder),
  });
  expect(asked.some(({ url }) => url.includes('?sp_mchid=1900000001&sub_mchid=1900000002'))).toBe(true);
  expect(of('echo_call')).toMatchObject({ level: 'unknown' });
  expect(of('signed_call')).toMatchObject({ level: 'ok' });
  expect(findings.map(({ check }) => check).sort()).toEqual([...CHECKS_OF_V3].sort());
});
