import {
  createDecipheriv,
  createPublicKey,
  sign,
  verify,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { isRecord } from '../../lib/values/json';
import { memoryJournal, type Journal } from '../../simulator/journal';
import { createSimulator, type Simulator } from '../../simulator/simulator';
import type { V3Answer, V3Delivery, V3Request } from '../../simulator/v3/http';
import type { SimulatedKeys } from '../../simulator/v3/keys';
import type { SimulatedParty } from '../../simulator/v3/party';
import type { SimulatorV3 } from '../../simulator/v3/simulator-v3';
import { manualTime, type ManualTime } from './manual-time';
import { START } from './stage';
import { testKeys } from './test-keys';

export const DIRECT: SimulatedParty = { mode: 'direct', mchId: '1900000001', appId: 'wx0000000000000001' };
export const PARTNER: SimulatedParty = {
  mode: 'partner',
  spMchId: '1900000009',
  spAppId: 'wx0000000000000009',
  subMchId: '1900000011',
  subAppId: 'wx0000000000000011',
};
export const OTHER_SUB: SimulatedParty = { ...PARTNER, subMchId: '1900000012' };

/** What a test may get wrong in a request. */
export interface Wrong {
  readonly signer?: string;
  readonly serial?: string;
  readonly key?: KeyObject;
  /** Seconds that the merchant's clock is ahead. */
  readonly clockAhead?: number;
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bytes sent, if others than those signed. */
  readonly sent?: Buffer;
  readonly host?: string;
}

export interface V3Stage {
  readonly simulator: Simulator;
  readonly v3: SimulatorV3;
  readonly keys: SimulatedKeys;
  readonly time: ManualTime;
  readonly journal: Journal;
  readonly received: V3Delivery[];
  readonly call: (method: string, target: string, body?: object, wrong?: Wrong) => Promise<Called>;
}

export interface Called {
  readonly answer: V3Answer;
  readonly fields: Readonly<Record<string, unknown>>;
  /** `valid`, or why the signature proves nothing. */
  readonly signature: 'valid' | 'none' | 'invalid';
}

/** A simulated API v3 on a manual clock. `callee` gives the status of the nth delivery, from 1. */
export function v3Stage(
  options: {
    readonly callee?: (call: number, delivery: V3Delivery) => number;
    readonly journal?: Journal;
    readonly time?: ManualTime;
    readonly parties?: readonly SimulatedParty[];
  } = {},
): V3Stage {
  const { callee = () => 204, parties = [DIRECT, PARTNER, OTHER_SUB] } = options;
  const time = options.time ?? manualTime(START);
  const journal = options.journal ?? memoryJournal();
  const keys = testKeys();
  const received: V3Delivery[] = [];
  let seed = 11;
  let nonces = 0;
  const simulator = createSimulator({
    clock: time.clock,
    schedule: time.schedule,
    journal,
    speed: 1,
    random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
    deliver: () => Promise.reject(new Error('no order goes through cloud development here')),
    v3: {
      parties,
      keys,
      deliver: async (delivery) => {
        received.push(delivery);
        return { status: callee(received.length, delivery) };
      },
    },
  });
  if (simulator.v3 === null) throw new TypeError('it has an API v3');
  const { v3 } = simulator;

  return {
    simulator,
    v3,
    keys,
    time,
    journal,
    received,
    async call(method, target, body, wrong = {}) {
      const path = `/simulator${target}`;
      const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body));
      const seconds = Math.floor(time.clock.now() / 1000) + (wrong.clockAhead ?? 0);
      const nonce = `nonce${nonces++}`;
      const text = Buffer.concat([
        Buffer.from(`${method}\n${path}\n${seconds}\n${nonce}\n`),
        bytes,
        Buffer.from('\n'),
      ]);
      const signature = sign('sha256', text, wrong.key ?? keys.merchantKey).toString('base64');
      const signer =
        wrong.signer ?? (/partner|sub_mchid/.test(target + bytes.toString()) ? '1900000009' : '1900000001');
      const authorization =
        wrong.authorization ??
        `WECHATPAY2-SHA256-RSA2048 mchid="${signer}",nonce_str="${nonce}",signature="${signature}",` +
          `timestamp="${seconds}",serial_no="${wrong.serial ?? keys.merchantSerial}"`;
      const request: V3Request = {
        method,
        path,
        headers: {
          host: wrong.host ?? 'simulator.local',
          'user-agent': 'test',
          'wechatpay-serial': keys.wechatKeyId,
          authorization,
          ...wrong.headers,
        },
        body: wrong.sent ?? bytes,
      };
      const answer = await v3.handle(request);
      const parsed: unknown = answer.body.length === 0 ? {} : tryJson(answer.body.toString('utf8'));
      return { answer, fields: isRecord(parsed) ? parsed : {}, signature: provenBy(answer, keys) };
    },
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Checks a signature with the key it names. */
export function provenBy(
  { headers, body }: { readonly headers: V3Answer['headers']; readonly body: Buffer },
  keys: SimulatedKeys,
): Called['signature'] {
  const { 'wechatpay-signature': signature, 'wechatpay-serial': serial } = headers;
  if (signature === undefined || serial === undefined) return 'none';
  const certificate = keys.certificates().find((one) => one.serial === serial);
  const key =
    serial === keys.wechatKeyId
      ? createPublicKey(keys.wechatKey)
      : certificate && new X509Certificate(certificate.pem).publicKey;
  if (key === undefined) return 'invalid';
  const head = `${headers['wechatpay-timestamp'] ?? ''}\n${headers['wechatpay-nonce'] ?? ''}\n`;
  const text = Buffer.concat([Buffer.from(head), body, Buffer.from('\n')]);
  return verify('sha256', text, key, Buffer.from(signature, 'base64')) ? 'valid' : 'invalid';
}

/** The envelope of a delivery and its decrypted resource. */
export function opened(delivery: V3Delivery, keys: SimulatedKeys) {
  const envelope: unknown = JSON.parse(delivery.body.toString('utf8'));
  if (!isRecord(envelope) || !isRecord(envelope['resource'])) throw new TypeError('no envelope');
  return { envelope, resource: decrypted(envelope['resource'], keys) };
}

/** The JSON or text in an encrypted resource. */
export function decrypted(resource: Readonly<Record<string, unknown>>, keys: SimulatedKeys): unknown {
  const bytes = Buffer.from(String(resource['ciphertext']), 'base64');
  const decipher = createDecipheriv(
    'aes-256-gcm',
    Buffer.from(keys.apiV3Key),
    Buffer.from(String(resource['nonce'])),
  );
  decipher.setAAD(Buffer.from(String(resource['associated_data'])));
  decipher.setAuthTag(bytes.subarray(-16));
  return tryJson(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8'));
}

/** A prepay body of 100 fen, for each party. */
export function asked(party: SimulatedParty, outTradeNo: string, more: object = {}) {
  const common = {
    description: '一杯茶',
    out_trade_no: outTradeNo,
    notify_url: 'https://shop.example/callback/v3/pay',
    amount: { total: 100, currency: 'CNY' },
  };
  return party.mode === 'direct'
    ? { appid: party.appId, mchid: party.mchId, ...common, payer: { openid: 'oPayer' }, ...more }
    : {
        sp_appid: party.spAppId,
        sp_mchid: party.spMchId,
        sub_appid: party.subAppId,
        sub_mchid: party.subMchId,
        ...common,
        payer: { sub_openid: 'oPayer' },
        ...more,
      };
}
