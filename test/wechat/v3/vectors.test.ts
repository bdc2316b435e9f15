import { createCipheriv, createPublicKey, verify } from 'node:crypto';
import { paymentParameters } from '../../../lib/wechat/v3/payment-parameters';
import { decryptResource } from '../../../lib/wechat/v3/decrypt';
import { readPaymentResource } from '../../../lib/wechat/v3/read-payment';
import { readRefundResource } from '../../../lib/wechat/v3/read-refund';
import { authorization, linesOf } from '../../../lib/wechat/v3/sign';
import { verifySignature, signedText, MOST_SKEW_MS } from '../../../lib/wechat/v3/verify';
import { parseStrictJson } from '../../../lib/values/strict-json';
import { instant, later } from '../../../lib/values/instant';
import { answer, APIV3_KEY, keysOf, OURS, PUBLIC_KEY_ID, START, DIRECT, THEIRS } from './stage';
import vectors from './vectors.json';

const KEYS = {
  docMerchant1900007291: createPublicKey(vectors.publicKeys.docMerchant1900007291.pem),
  docPlatform: createPublicKey(vectors.publicKeys.docPlatform.pem),
};

function keyNamed(name: string) {
  if (name === 'docMerchant1900007291' || name === 'docPlatform') return KEYS[name];
  throw new TypeError(`no such key: ${name}`);
}

test.each(vectors.signatures)('the published signature "$name" holds over lines made here', (vector) => {
  const parts = vector.message.split('\n');
  // The last line is empty: the text ends in a line feed.
  expect(parts.pop()).toBe('');
  const last = Buffer.from(parts.pop() ?? '');
  const text = linesOf(parts, last);
  expect(text.toString('utf8')).toBe(vector.message);
  const signature = Buffer.from(vector.signature, 'base64');
  expect(verify('sha256', text, keyNamed(vector.key), signature)).toBe(true);
  expect(verify('sha256', text.subarray(0, -1), keyNamed(vector.key), signature)).toBe(false);
});

test('the published answer is valid, and invalid after any change', () => {
  const vector = vectors.signatures.find(({ name }) => name === 'response');
  if (vector === undefined) throw new Error('no vector');
  const [timestamp = '', nonce = '', body = ''] = vector.message.split('\n');
  const keys = [{ id: 'PUB_KEY_ID_1', key: KEYS.docPlatform, from: 'configured' }] as const;
  const signed = {
    timestamp,
    nonce,
    signature: vector.signature,
    serial: 'PUB_KEY_ID_1',
    body: Buffer.from(body),
  };
  const at = instant(Number(timestamp) * 1000);
  expect(verifySignature(signed, keys, at)).toEqual({ kind: 'valid', keyId: 'PUB_KEY_ID_1' });
  for (const change of [
    { body: Buffer.from(`${body} `) },
    { timestamp: String(Number(timestamp) + 1) },
    { nonce: `${nonce}0` },
    { signature: vectors.signatures[0]?.signature ?? '' },
  ]) {
    expect(verifySignature({ ...signed, ...change }, keys, at)).toEqual({ kind: 'invalid' });
  }
});

test('the published ciphertext opens with its key only', () => {
  for (const vector of vectors.aead) {
    expect(decryptResource(vector, [Buffer.from(vector.key)])).toEqual({
      kind: 'text',
      text: vector.plaintext,
    });
    expect(decryptResource(vector, [APIV3_KEY])).toEqual({ kind: 'undecryptable', why: 'wrong_key' });
    expect(decryptResource(vector, [APIV3_KEY, Buffer.from(vector.key)])).toMatchObject({ kind: 'text' });
  }
});

test('notifications of both modes are decrypted and read', () => {
  const open = (resource: object): unknown => {
    const opened = decryptResource(resource, [APIV3_KEY]);
    return opened.kind === 'text' ? parseStrictJson(opened.text) : undefined;
  };
  const { payment, partnerPayment, refund } = vectors.own;
  expect(open(payment.envelope.resource)).toEqual(payment.plain);
  expect(readPaymentResource(open(payment.envelope.resource))).toMatchObject({
    kind: 'read',
    payment: {
      ...{ outTradeNo: 'OWN-0001', transactionId: '4200000000202611290000000001', subMchId: '1900000001' },
      ...{ total: 1000, cash: 900, coupon: 100, settlementTotal: 900, currency: 'CNY', cashFeeType: 'CNY' },
      ...{ paidAt: Date.parse('2026-11-29T10:00:05+08:00'), payer: 'oOWN_direct_openid', bankType: 'OTHERS' },
      promotions: [
        {
          ...{ id: '100001', name: 'own test coupon', scope: 'GLOBAL', type: 'NOCASH', amount: 100 },
          borneBy: { wechat: 0, merchant: 100, other: 0 },
        },
      ],
    },
    named: { mchId: '1900000001', appId: 'wx0000000000000001', spMchId: null, subMchId: null },
  });
  expect(readPaymentResource(open(partnerPayment.envelope.resource))).toMatchObject({
    kind: 'read',
    payment: { subMchId: '1900000001', total: 1000, payer: 'oOWN_sub', coupon: null, settlementTotal: null },
    named: { spMchId: '1900000009', subMchId: '1900000001', subAppId: 'wx0000000000000001' },
  });
  expect(readRefundResource(open(refund.envelope.resource))).toMatchObject({
    kind: 'read',
    refund: {
      ...{ outRefundNo: 'OWN-R-0001', refundId: '50300000002026112900000000001', state: 'succeeded' },
      ...{ total: 1000, refund: 400, settled: null, succeededAt: Date.parse('2026-11-29T10:05:00+08:00') },
    },
  });
});

test('a request is signed over its own bytes, with the serial number of our certificate', () => {
  const header = authorization(keysOf(DIRECT), {
    ...{ method: 'POST', target: '/v3/pay/transactions/jsapi?a=%7C*', nonce: 'n1', seconds: 1_554_208_460 },
    body: Buffer.from('{"a":"形象店"}'),
  });
  const signature = /signature="([^"]+)"/.exec(header)?.[1] ?? '';
  const text = 'POST\n/v3/pay/transactions/jsapi?a=%7C*\n1554208460\nn1\n{"a":"形象店"}\n';
  expect(verify('sha256', Buffer.from(text), OURS.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
  expect(header.replace(signature, '…')).toBe(
    'WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="n1",signature="…",timestamp="1554208460",' +
      'serial_no="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"',
  );
});

test('the parameters to pay with are texts, signed with our key over four lines', () => {
  const at = { seconds: 1_554_208_460, nonce: '593BEC0C930BF1AFEB40B4A08C8FB242' };
  const made = paymentParameters(
    keysOf(DIRECT),
    'wx2421b1c4370ec43b',
    'wx201410272009395522657a690389285100',
    at,
  );
  const { paySign, ...rest } = made;
  expect(rest).toEqual({
    ...{ appId: 'wx2421b1c4370ec43b', timeStamp: '1554208460', nonceStr: at.nonce, signType: 'RSA' },
    package: 'prepay_id=wx201410272009395522657a690389285100',
  });
  const published = vectors.signatures.find(({ name }) => name === 'JSAPI');
  const text = Buffer.from(published?.message ?? '');
  expect(verify('sha256', text, OURS.publicKey, Buffer.from(paySign, 'base64'))).toBe(true);
});

test('a wrong clock is told apart from a wrong key', () => {
  const keys = keysOf(DIRECT).wechatKeys;
  const said = answer({ status: 200, body: { a: 1 } }, START);
  if (said.kind !== 'answer') throw new Error('no answer');
  const at = (ms: number) => verifySignature(signedText(said.headers, said.body), keys, later(START, ms));
  expect(at(0)).toEqual({ kind: 'valid', keyId: PUBLIC_KEY_ID });
  expect(at(MOST_SKEW_MS)).toMatchObject({ kind: 'valid' });
  expect(at(MOST_SKEW_MS + 1_000)).toEqual({ kind: 'clock', skewMs: 301_000, keyId: PUBLIC_KEY_ID });
  expect(at(-MOST_SKEW_MS - 1_000)).toMatchObject({ kind: 'clock', skewMs: -301_000 });
  const wrongKey = verifySignature(
    signedText(said.headers, said.body),
    [{ id: PUBLIC_KEY_ID, key: OURS.publicKey, from: 'configured' }],
    later(START, 10 * MOST_SKEW_MS),
  );
  expect(wrongKey).toEqual({ kind: 'invalid' });
});

test('during a change of keys either is believed, and each only under its own id', () => {
  const next = {
    id: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    key: OURS.publicKey,
    from: 'downloaded',
  } as const;
  const keys = [...keysOf(DIRECT).wechatKeys, next];
  const check = (key: 'ours' | 'theirs', serial: string) => {
    const said = answer(
      { status: 200, body: {} },
      START,
      key === 'ours' ? OURS.privateKey : THEIRS.privateKey,
      serial,
    );
    if (said.kind !== 'answer') throw new Error('no answer');
    return verifySignature(signedText(said.headers, said.body), keys, START).kind;
  };
  expect(check('theirs', PUBLIC_KEY_ID)).toBe('valid');
  expect(check('ours', next.id)).toBe('valid');
  expect(check('ours', next.id.toLowerCase())).toBe('valid');
  expect(check('ours', PUBLIC_KEY_ID)).toBe('invalid');
  expect(check('theirs', 'PUB_KEY_ID_0')).toBe('unknown_key');
});

test('a resource without associated data opens', () => {
  const cipher = createCipheriv('aes-256-gcm', APIV3_KEY, Buffer.from('ownNonce0009'));
  const body = Buffer.concat([cipher.update('没有 AAD'), cipher.final(), cipher.getAuthTag()]);
  const resource = {
    algorithm: 'AEAD_AES_256_GCM',
    nonce: 'ownNonce0009',
    ciphertext: body.toString('base64'),
  };
  expect(decryptResource(resource, [APIV3_KEY])).toEqual({ kind: 'text', text: '没有 AAD' });
  expect(decryptResource({ ...resource, associated_data: null }, [APIV3_KEY])).toMatchObject({
    kind: 'text',
  });
});
