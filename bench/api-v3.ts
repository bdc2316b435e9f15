import { createCipheriv, generateKeyPairSync, sign } from 'node:crypto';
import { systemClock } from '../lib/runtime/system-clock';
import { systemTimers } from '../lib/runtime/timers';
import { isRecord, parseJson } from '../lib/values/json';
import { isOutTradeNo, isSubMchId } from '../lib/values/ids';
import { parseStrictJson } from '../lib/values/strict-json';
import { readNotification } from '../lib/wechat/notification';
import { createV3 } from '../lib/wechat/v3/adapter';
import { noCertificates } from '../lib/wechat/v3/certificates';
import { decryptResource } from '../lib/wechat/v3/decrypt';
import { readPaymentResource } from '../lib/wechat/v3/read-payment';
import { verifySignature, type SignedText } from '../lib/wechat/v3/verify';
import type { Effort } from './effort';
import type { BenchTable } from './report';
import { goal, inWords, spreadOf } from './report';

const NUMBER = '1900000001';
const ORDER = 'BENCH-000001';
const KEY_ID = 'PUB_KEY_ID_0119000000012026112900000000000001';
const APIV3_KEY = Buffer.from('wxpay-inbox-own-test-key-32chars');

/** Calls and notifications per round. */
const COUNT = 1_000;

/** Processor time of a signed call, and of checking a notification, without network and disk. */
export async function benchApiV3({ rounds }: Effort): Promise<BenchTable> {
  const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (!isSubMchId(NUMBER) || !isOutTradeNo(ORDER)) throw new TypeError('a sample is wrong');
  const wechatKeys = [{ id: KEY_ID, key: theirs.publicKey, from: 'configured' }] as const;
  const signed = (text: string): SignedText => {
    const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'd824f2e086d3c1df967785d13fcd22ef'];
    const lines = Buffer.from(`${timestamp}\n${nonce}\n${text}\n`);
    const signature = sign('sha256', lines, theirs.privateKey).toString('base64');
    return { timestamp, nonce, signature, serial: KEY_ID, body: Buffer.from(text) };
  };

  const answer = signed(JSON.stringify(PAYMENT));
  const headers = {
    'wechatpay-timestamp': answer.timestamp,
    'wechatpay-nonce': answer.nonce,
    'wechatpay-signature': answer.signature,
    'wechatpay-serial': answer.serial,
  };
  const nothing = () => undefined;
  const pay = createV3(
    {
      ...{ clock: systemClock, timers: systemTimers, random: () => 0.5, nonce: () => 'a'.repeat(32) },
      transport: () => Promise.resolve({ kind: 'answer', status: 200, headers, body: answer.body }),
      log: { info: nothing, warn: nothing, error: nothing },
      certificates: noCertificates,
      rates: { turn: () => Promise.resolve(true), refused: () => Promise.resolve() },
    },
    {
      party: { mode: 'direct', mchId: NUMBER, appId: 'wx0000000000000001' },
      keys: {
        ...{ mchId: NUMBER, privateKey: ours.privateKey, serial: 'A'.repeat(40), mode: 'public_key' },
        ...{ apiV3Keys: [APIV3_KEY], wechatKeys },
      },
      hosts: ['https://api.mch.weixin.qq.com'],
      notifyUrls: { pay: 'https://shop.example/pay', refund: 'https://shop.example/refund' },
    },
  );
  const call = async (): Promise<boolean> =>
    (await pay.queryOrder({ subMchId: NUMBER, outTradeNo: ORDER })).kind === 'paid';

  const envelope = signed(JSON.stringify(envelopeOf(JSON.stringify(PAYMENT))));
  const v3 = (): boolean => {
    if (verifySignature(envelope, wechatKeys, systemClock.now()).kind !== 'valid') return false;
    const outer = parseStrictJson(envelope.body.toString('utf8'));
    const opened = decryptResource(isRecord(outer) ? outer['resource'] : null, [APIV3_KEY]);
    return opened.kind === 'text' && readPaymentResource(parseStrictJson(opened.text)).kind === 'read';
  };
  const text = JSON.stringify(CLOUDPAY);
  const cloudpay = (): boolean => readNotification(parseJson(text)).kind === 'payment';

  const kept: Record<'call' | 'v3' | 'cloudpay', number[]> = { call: [], v3: [], cloudpay: [] };
  for (let round = 0; round < rounds + 1; round += 1) {
    const [aCall, aV3, aCloudpay] = [await micros(call), await micros(v3), await micros(cloudpay)];
    // The first round is compiled while it runs.
    if (round === 0) continue;
    kept.call.push(aCall);
    kept.v3.push(aV3);
    kept.cloudpay.push(aCloudpay);
  }
  const rows = [
    ['a signed call: sign, verify the answer, read it', spreadOf(kept.call)],
    ['a v3 notification: verify, decrypt, read', spreadOf(kept.v3)],
    ['a cloudpay notification: read', spreadOf(kept.cloudpay)],
  ] as const;
  return {
    title: 'API v3, processor time without network and disk',
    columns: ['what', 'µs of processor time, median (least–most)'],
    rows: rows.map(([what, spread]) => [what, inWords(spread)]),
    notes: [
      `${COUNT} each per round, keys of 2048 bits. Signing with a private key is most of a call; a notification only verifies.`,
      goal('One signed call, in ms', rows[0][1].median / 1000, 'at most', 1),
    ],
  };
}

/** Processor time of one piece of work, in µs. Throws `TypeError` when it does not do its work. */
async function micros(work: () => boolean | Promise<boolean>): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < COUNT; n += 1) {
    if (!(await work())) throw new TypeError('the work that is measured fails');
  }
  const used = process.cpuUsage(before);
  return (used.user + used.system) / COUNT;
}

const PAYMENT = {
  ...{ mchid: NUMBER, appid: 'wx0000000000000001', out_trade_no: ORDER, trade_type: 'JSAPI' },
  ...{ transaction_id: '4200000000202611290000000001', trade_state: 'SUCCESS', trade_state_desc: '支付成功' },
  ...{ bank_type: 'OTHERS', attach: '', success_time: '2026-11-29T10:00:05+08:00' },
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 1000, payer_total: 1000, currency: 'CNY', payer_currency: 'CNY' },
};

const CLOUDPAY = {
  ...{ returnCode: 'SUCCESS', resultCode: 'SUCCESS', outTradeNo: ORDER, subMchId: NUMBER },
  ...{ transactionId: '4200000000202611290000000001', totalFee: 1000, cashFee: 1000, feeType: 'CNY' },
  ...{ timeEnd: '20261129100005', subOpenid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', bankType: 'OTHERS' },
};

function envelopeOf(plain: string): object {
  const cipher = createCipheriv('aes-256-gcm', APIV3_KEY, Buffer.from('benchNonce01'));
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
