import { createCipheriv, sign, type KeyObject } from 'node:crypto';
import type { SignedText } from '../lib/wechat/v3/verify';

/* What WeChat Pay sends through API v3, for the benchmarks. */

/** The merchant of the samples. */
export const NUMBER = '1900000001';
/** Its order. */
export const ORDER = 'BENCH-000001';
/** WeChat Pay's key that signs. */
export const KEY_ID = 'PUB_KEY_ID_0119000000012026112900000000000001';
/** The key that encrypts. */
export const APIV3_KEY = Buffer.from('wxpay-inbox-own-test-key-32chars');

/** A payment as API v3 states it. */
export const PAYMENT = {
  ...{ mchid: NUMBER, appid: 'wx0000000000000001', out_trade_no: ORDER, trade_type: 'JSAPI' },
  ...{ transaction_id: '4200000000202611290000000001', trade_state: 'SUCCESS', trade_state_desc: '支付成功' },
  ...{ bank_type: 'OTHERS', attach: '', success_time: '2026-11-29T10:00:05+08:00' },
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 1000, payer_total: 1000, currency: 'CNY', payer_currency: 'CNY' },
};

/** A notification whose resource is this text, encrypted. */
export function envelopeOf(plain: string, apiV3Key = APIV3_KEY): object {
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, Buffer.from('benchNonce01'));
  cipher.setAAD(Buffer.from('transaction'));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    ...{ id: '6f0c4a2e-0000-5000-8000-000000000001', create_time: '2026-11-29T10:00:06+08:00' },
    ...{ resource_type: 'encrypt-resource', event_type: 'TRANSACTION.SUCCESS', summary: '支付成功' },
    resource: {
      ...{ original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', associated_data: 'transaction' },
      ...{ nonce: 'benchNonce01', ciphertext: sealed.toString('base64') },
    },
  };
}

/** A text as WeChat Pay signs it with its private key, now. */
export function signedText(text: string, key: KeyObject): SignedText {
  const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'd824f2e086d3c1df967785d13fcd22ef'];
  const lines = Buffer.from(`${timestamp}\n${nonce}\n${text}\n`);
  const signature = sign('sha256', lines, key).toString('base64');
  return { timestamp, nonce, signature, serial: KEY_ID, body: Buffer.from(text) };
}
