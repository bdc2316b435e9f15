import {
  createHash,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import type { V3Party } from '../../../lib/config/v3-party';
import type { Log, LogFields } from '../../../lib/runtime/log';
import type { SharedState } from '../../../lib/runtime/shared-state';
import type { Timers } from '../../../lib/runtime/timers';
import { parseJson } from '../../../lib/values/json';
import { isSubMchId, type SubMchId } from '../../../lib/values/ids';
import { instant, later, type Clock, type Instant } from '../../../lib/values/instant';
import { createV3, type V3Settings } from '../../../lib/wechat/v3/adapter';
import { noCertificates, type V3Certificates } from '../../../lib/wechat/v3/keys/certificates';
import type { V3Keys } from '../../../lib/wechat/v3/keys/keys';
import type { V3Rates } from '../../../lib/wechat/v3/rates';
import type { V3HttpAnswer, V3HttpRequest, V3Transport } from '../../../lib/wechat/v3/transport';
import type { WeChatPay } from '../../../lib/wechat/port';
import { modelSharedState } from '../../simulation/model/operations';
import { emptyState } from '../../simulation/model/state';

export const START = instant(Date.parse('2026-11-29T02:00:00Z'));

export function merchant(number: string): SubMchId {
  if (!isSubMchId(number)) throw new TypeError('not a merchant number');
  return number;
}

export const DIRECT: V3Party = {
  mode: 'direct',
  mchId: merchant('1900000001'),
  appId: 'wx0000000000000001',
};
export const PARTNER: V3Party = {
  mode: 'partner',
  spMchId: merchant('1900000009'),
  spAppId: 'wx0000000000000009',
  subMchId: merchant('1900000001'),
  subAppId: 'wx0000000000000001',
};

/** A pair of our merchant and one of WeChat Pay, made once per test file. */
export const OURS = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const THEIRS = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000000012026112900000000000001';
export const APIV3_KEY = Buffer.from('wxpay-inbox-own-test-key-32chars');

export function keysOf(party: V3Party, change: Partial<V3Keys> = {}): V3Keys {
  return {
    mchId: party.mode === 'direct' ? party.mchId : party.spMchId,
    privateKey: OURS.privateKey,
    serial: '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
    apiV3Keys: [APIV3_KEY],
    wechatKeys: [{ id: PUBLIC_KEY_ID, key: THEIRS.publicKey, from: 'configured' }],
    mode: 'public_key',
    ...change,
  };
}

/** Time that jumps to the next timer whenever nothing else is left to do. */
export function virtualTime(start: Instant = START): {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly advance: (ms: number) => void;
} {
  let now = start;
  let pumping = false;
  const waiting = new Set<{ readonly at: Instant; readonly then: () => void }>();
  const pump = (idle: number): void => {
    const [next] = [...waiting].sort((a, b) => a.at - b.at);
    pumping = next !== undefined;
    if (next === undefined) return;
    if (idle >= IDLE_ROUNDS) {
      waiting.delete(next);
      if (next.at > now) now = next.at;
      next.then();
    }
    setImmediate(pump, idle >= IDLE_ROUNDS ? 0 : idle + 1);
  };
  return {
    clock: { now: () => now },
    timers: {
      after(ms, then) {
        const timer = { at: later(now, ms), then };
        waiting.add(timer);
        if (!pumping) {
          pumping = true;
          setImmediate(pump, 0);
        }
        return () => {
          waiting.delete(timer);
        };
      },
    },
    advance(ms) {
      now = later(now, ms);
    },
  };
}

const IDLE_ROUNDS = 5;

export function memoryState(): SharedState {
  return modelSharedState(emptyState(), async (_name, effect) => effect());
}

/** A log that keeps its lines. */
export function keptLog(): { readonly log: Log; readonly lines: (LogFields & { readonly event: string })[] } {
  const lines: (LogFields & { readonly event: string })[] = [];
  const keep = (event: string, fields: LogFields): void => {
    lines.push({ ...fields, event });
  };
  return { log: { info: keep, warn: keep, error: keep }, lines };
}

export interface Said {
  readonly status: number;
  readonly body?: unknown;
  /** How it is signed; absent: as WeChat Pay does. */
  readonly as?: 'unsigned' | 'forged' | 'signtest' | 'late' | 'stranger' | 'half';
  readonly requestId?: string;
}

/** An answer as it comes over the wire. A text body goes out as it is. */
export function answer(
  said: Said,
  now: Instant,
  key: KeyObject = THEIRS.privateKey,
  serial = PUBLIC_KEY_ID,
): V3HttpAnswer {
  const { status, as } = said;
  const text =
    typeof said.body === 'string' ? said.body : said.body === undefined ? '' : JSON.stringify(said.body);
  const body = Buffer.from(text);
  const timestamp = String(Math.floor(now / 1000) - (as === 'late' ? 301 : 0));
  const nonce = 'd824f2e086d3c1df967785d13fcd22ef';
  const signature = sign('sha256', Buffer.from(`${timestamp}\n${nonce}\n${text}\n`), key).toString('base64');
  const common = {
    'request-id': said.requestId ?? '08F5E7F7A90610D40318-0',
    date: new Date(now).toUTCString(),
  };
  if (as === 'unsigned') return { kind: 'answer', status, headers: common, body };
  const headers = {
    ...common,
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': as === 'half' ? '' : nonce,
    'wechatpay-serial': as === 'stranger' ? 'PUB_KEY_ID_9999' : serial,
    'wechatpay-signature':
      as === 'signtest'
        ? `WECHATPAY/SIGNTEST/${signature.slice(19)}`
        : as === 'forged'
          ? sign('sha256', Buffer.from('something else'), OURS.privateKey).toString('base64')
          : signature,
  };
  return { kind: 'answer', status, headers, body };
}

/** One request as WeChat Pay received it, its signature checked. */
export interface Received extends V3HttpRequest {
  readonly target: string;
  readonly host: string;
  readonly json: unknown;
}

/** What WeChat Pay does with a request. A string: the connection fails that way. */
export type Play = (request: Received) => Said | V3HttpAnswer | 'refused' | 'reset' | 'silence';

export interface Stage {
  readonly pay: WeChatPay;
  readonly received: Received[];
  readonly lines: (LogFields & { readonly event: string })[];
  readonly clock: Clock;
}

/** The adapter over a WeChat Pay that is played by `play`. */
export function stage(
  play: Play,
  change: {
    readonly party?: V3Party;
    readonly settings?: Partial<V3Settings>;
    readonly certificates?: V3Certificates;
    readonly rates?: V3Rates;
    readonly time?: { readonly clock: Clock; readonly timers: Timers };
  } = {},
): Stage {
  const party = change.party ?? DIRECT;
  const time = change.time ?? virtualTime();
  const { log, lines } = keptLog();
  const received: Received[] = [];
  let nonces = 0;
  const pay = createV3(
    {
      ...time,
      transport: playing(play, received, time.clock),
      log,
      random: () => 0.5,
      nonce: () => `nonce${(nonces += 1)}`,
      certificates: change.certificates ?? noCertificates,
      rates: change.rates ?? { turn: async () => true, refused: async () => undefined },
    },
    {
      party,
      keys: keysOf(party),
      hosts: ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com'],
      notifyUrls: {
        pay: 'https://shop.example/callback/v3/pay',
        refund: 'https://shop.example/callback/v3/refund',
      },
      ...change.settings,
    },
  );
  return { pay, received, lines, clock: time.clock };
}

export function playing(play: Play, received: Received[], clock: Clock): V3Transport {
  return async (request) => {
    const url = new URL(request.url);
    const target = url.pathname + url.search;
    const text = request.body?.toString('utf8') ?? '';
    const one = { ...request, target, host: url.host, json: text === '' ? undefined : parseJson(text) };
    received.push(one);
    const said = play(one);
    if (said === 'silence') return new Promise(() => undefined);
    if (said === 'refused') return { kind: 'failure', sent: 'no', message: 'ECONNREFUSED' };
    if (said === 'reset') return { kind: 'failure', sent: 'maybe', message: 'ECONNRESET' };
    return 'kind' in said ? said : answer(said, clock.now());
  };
}

/** The parts of an `Authorization` header, if its signature holds over this request. */
export function signedBy(request: Received): Readonly<Record<string, string>> {
  const header = request.headers['Authorization'] ?? '';
  const [scheme, list = ''] = header.split(' ');
  if (scheme !== 'WECHATPAY2-SHA256-RSA2048') throw new Error('another scheme');
  const parts = Object.fromEntries(
    [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const text = `${request.method}\n${request.target}\n${parts['timestamp']}\n${parts['nonce_str']}\n${request.body?.toString('utf8') ?? ''}\n`;
  const isGood = createVerify('sha256')
    .update(text)
    .verify(
      createPublicKey(OURS.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      parts['signature'] ?? '',
      'base64',
    );
  if (!isGood) throw new Error('the signature does not hold');
  return parts;
}

export function sha1(bytes: Buffer | string): string {
  return createHash('sha1').update(bytes).digest('hex');
}
