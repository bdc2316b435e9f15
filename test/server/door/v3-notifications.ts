import { createCipheriv, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { readConfig } from '../../../lib/config/config';
import type { ReceivingKeys } from '../../../lib/inbox/v3/receive-v3';
import type { Instant } from '../../../lib/values/instant';
import { START } from '../../store/builders';

/* Notifications of API v3 as WeChat Pay writes and signs them, for two merchants. */

/** Our own merchant number. */
export const MCH = '1900000109';
/** Its mini program. */
export const APP = 'wxd678efh567hg6787';
/** A merchant under a provider. */
export const SUB = '1900000208';
/** The key that signs. */
export const KEY_ID = 'PUB_KEY_ID_0119000001092024';
/** The key that encrypts. */
export const API_KEY = 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb';
/** WeChat Pay's own key. */
export const wechat = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The settings of these merchants. */
export const config = readConfig({
  merchants: [
    { mchId: MCH, appId: APP, name: 'own', channel: 'v3' },
    {
      spMchId: '1900000001',
      spAppId: 'wx8888888888888888',
      subMchId: SUB,
      subAppId: 'wxd678efh567hg6788',
      channel: 'v3',
    },
    { subMchId: '1900000307', channel: 'cloudrun' },
  ],
});

/** What our own number holds. */
export const KEYS: ReceivingKeys = {
  apiV3Keys: [Buffer.from(API_KEY)],
  wechatKeys: [{ id: KEY_ID, key: wechat.publicKey, from: 'configured' }],
};
/** What the provider holds. */
export const OTHER_KEYS: ReceivingKeys = {
  apiV3Keys: [randomBytes(32)],
  wechatKeys: [{ id: 'PUB_KEY_ID_OF_THE_PROVIDER', key: wechat.publicKey, from: 'configured' }],
};

/** A payment. */
export const PAYMENT = {
  mchid: MCH,
  appid: APP,
  out_trade_no: 'order-000001',
  transaction_id: '4200002248202603011200000001',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  bank_type: 'OTHERS',
  success_time: '2026-03-01T12:00:00+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 101, payer_total: 101, currency: 'CNY', payer_currency: 'CNY' },
};
/** Its refund. */
export const REFUND = {
  mchid: MCH,
  out_trade_no: 'order-000001',
  transaction_id: '4200002248202603011200000001',
  refund_id: '50000000382019052709732678859',
  out_refund_no: 'refund-000001',
  refund_status: 'SUCCESS',
  success_time: '2026-03-01T12:10:00+08:00',
  amount: { total: 101, refund: 101, payer_total: 101, payer_refund: 101 },
};

/** How a resource is encrypted. */
export interface Sealing {
  readonly event?: string;
  readonly aad?: string;
  readonly claimedAad?: string;
  readonly key?: Buffer;
  readonly cut?: number;
}

/** An encrypted resource of an envelope. */
export function seal(text: string, { aad = 'transaction', claimedAad = aad, key, cut = 0 }: Sealing = {}) {
  const nonce = 'EyCiUKpnvvjq';
  const cipher = createCipheriv('aes-256-gcm', key ?? Buffer.from(API_KEY), nonce);
  cipher.setAAD(Buffer.from(aad));
  const bytes = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  const ciphertext = bytes.subarray(0, bytes.length - cut).toString('base64');
  const associated = claimedAad === '' ? {} : { associated_data: claimedAad };
  return { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, ...associated };
}

/** An envelope as WeChat Pay writes it. */
export function envelope(resource: object | string, sealing: Sealing = {}): string {
  const text = typeof resource === 'string' ? resource : JSON.stringify(resource);
  return JSON.stringify({
    id: 'EV-2018022511223320873',
    create_time: '2026-03-01T12:00:01+08:00',
    resource_type: 'encrypt-resource',
    event_type: sealing.event ?? 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    resource: seal(text, sealing),
  });
}

/** How a notification is signed. */
export interface Signing {
  readonly at?: Instant;
  readonly serial?: string;
  /** The private key of that serial; absent: WeChat Pay's own. */
  readonly key?: KeyObject;
  readonly signature?: string;
  readonly drop?: string;
  readonly encoding?: string;
}

/** Headers by lower-case name. */
export type Headers = Readonly<Record<string, string>>;

/** The headers with which WeChat Pay signs a body. */
export function signed(
  body: string | Buffer,
  { at = START, serial = KEY_ID, key = wechat.privateKey, signature, drop, encoding }: Signing = {},
): Headers {
  const timestamp = String(Math.floor(at / 1000));
  const nonce = 'fdasflkja484w';
  const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), Buffer.from(body), Buffer.from('\n')]);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-signature': signature ?? sign('sha256', text, key).toString('base64'),
    'wechatpay-serial': serial,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== drop));
}
