import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { systemClock } from '../lib/runtime/system-clock';
import { systemTimers } from '../lib/runtime/timers';
import { isRecord, parseJson } from '../lib/values/json';
import { isOutTradeNo, isSubMchId } from '../lib/values/ids';
import { parseStrictJson } from '../lib/values/strict-json';
import { readNotification } from '../lib/wechat/notification';
import { createV3 } from '../lib/wechat/v3/adapter';
import { noCertificates } from '../lib/wechat/v3/keys/certificates';
import { decryptResource } from '../lib/wechat/v3/decrypt';
import { readPaymentResource } from '../lib/wechat/v3/read-payment';
import { verifySignature, type SignedText } from '../lib/wechat/v3/verify';
import type { Effort } from './effort';
import type { BenchTable } from './report';
import { goal, inWords, spreadOf } from './report';
import { APIV3_KEY, envelopeOf, KEY_ID, NUMBER, ORDER, PAYMENT, signedText } from './v3-samples';

/** Calls and notifications per round. */
const COUNT = 1_000;

/** Processor time of a signed call, and of checking a notification, without network and disk. */
export async function benchApiV3({ rounds }: Effort): Promise<BenchTable> {
  const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [subMchId, outTradeNo] = [NUMBER, ORDER];
  if (!isSubMchId(subMchId) || !isOutTradeNo(outTradeNo)) throw new TypeError('a sample is wrong');
  const wechatKeys = [{ id: KEY_ID, key: theirs.publicKey, from: 'configured' }] as const;
  const signed = (text: string): SignedText => signedText(text, theirs.privateKey);

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
      party: { mode: 'direct', mchId: subMchId, appId: 'wx0000000000000001' },
      keys: {
        ...{ mchId: subMchId, privateKey: ours.privateKey, serial: 'A'.repeat(40), mode: 'public_key' },
        ...{ apiV3Keys: [APIV3_KEY], wechatKeys },
      },
      hosts: ['https://api.mch.weixin.qq.com'],
      notifyUrls: { pay: 'https://shop.example/pay', refund: 'https://shop.example/refund' },
    },
  );
  const call = async (): Promise<boolean> => (await pay.queryOrder({ subMchId, outTradeNo })).kind === 'paid';

  const envelope = signed(JSON.stringify(envelopeOf(JSON.stringify(PAYMENT))));
  const v3 = (): boolean => {
    if (verifySignature(envelope, wechatKeys, systemClock.now()).kind !== 'valid') return false;
    const outer = parseStrictJson(envelope.body.toString('utf8'));
    const opened = decryptResource(isRecord(outer) ? outer['resource'] : null, [APIV3_KEY]);
    return opened.kind === 'text' && readPaymentResource(parseStrictJson(opened.text)).kind === 'read';
  };
  const text = JSON.stringify(CLOUDPAY);
  const cloudpay = (): boolean => readNotification(parseJson(text)).kind === 'payment';

  // The bare RSA of a call: what it costs here and now, whatever else the machine does.
  const given = Buffer.from(answer.signature, 'base64');
  const bare = (): boolean =>
    sign('sha256', answer.body, ours.privateKey).length > 0 &&
    !verify('sha256', answer.body, theirs.publicKey, given);

  const kept: Record<'call' | 'bare' | 'v3' | 'cloudpay', number[]> = {
    ...{ call: [], bare: [], v3: [], cloudpay: [] },
  };
  for (let round = 0; round < rounds + 1; round += 1) {
    const [aCall, aBare] = [await micros(call), await micros(bare)];
    const [aV3, aCloudpay] = [await micros(v3), await micros(cloudpay)];
    // The first round is compiled while it runs.
    if (round === 0) continue;
    kept.call.push(aCall);
    kept.bare.push(aBare);
    kept.v3.push(aV3);
    kept.cloudpay.push(aCloudpay);
  }
  const rows = [
    ['a signed call: sign, verify the answer, read it', spreadOf(kept.call)],
    ['of it bare RSA: one signature, one check', spreadOf(kept.bare)],
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

const CLOUDPAY = {
  ...{ returnCode: 'SUCCESS', resultCode: 'SUCCESS', outTradeNo: ORDER, subMchId: NUMBER },
  ...{ transactionId: '4200000000202611290000000001', totalFee: 1000, cashFee: 1000, feeType: 'CNY' },
  ...{ timeEnd: '20261129100005', subOpenid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', bankType: 'OTHERS' },
};
