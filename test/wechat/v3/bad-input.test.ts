import { parseStrictJson } from '../../../lib/values/strict-json';
import { decryptResource } from '../../../lib/wechat/v3/decrypt';
import { isAbout, namedParty } from '../../../lib/wechat/v3/named-party';
import { readPaymentResource } from '../../../lib/wechat/v3/read-payment';
import { readRefundResource } from '../../../lib/wechat/v3/read-refund';
import { verifySignature } from '../../../lib/wechat/v3/verify';
import { isRecord } from '../../../lib/values/json';
import { APIV3_KEY, DIRECT, keysOf, PARTNER, START } from './stage';
import vectors from './vectors.json';

const { payment, partnerPayment, refund } = vectors.own;

describe('a payment', () => {
  const read = (change: object) => readPaymentResource({ ...payment.plain, ...change });
  const amount = (change: object) => read({ amount: { ...payment.plain.amount, ...change } });

  it.each([
    ['an amount as text', amount({ total: '1000' }), 'amount.total: not of its documented type'],
    ['an amount of 0', amount({ total: 0 }), 'amount.total: not of its documented type'],
    ['a negative amount', amount({ total: -1000 }), 'amount.total: not of its documented type'],
    ['a fraction', amount({ total: 10.5 }), 'amount.total: not of its documented type'],
    ['an amount beyond 2^53', amount({ total: 2 ** 53 }), 'amount.total: not of its documented type'],
    ['an infinite amount', amount({ total: Infinity }), 'amount.total: not of its documented type'],
    ['a negative part', amount({ payer_total: -1 }), 'amount.payer_total: not of its documented type'],
    ['a part larger than the whole', amount({ payer_total: 1001 }), 'amount.payer_total: more than total'],
    ['an unreadable currency', amount({ currency: '人民币' }), 'amount.currency: not of its documented type'],
    ['a currency as number', amount({ currency: 156 }), 'amount.currency: not of its documented type'],
    ['no amount', read({ amount: undefined }), 'amount.total: missing'],
    ['an amount that is an object', amount({ total: {} }), 'amount.total: not of its documented type'],
    ['no order number', read({ out_trade_no: '' }), 'out_trade_no: missing'],
    ['an order number as number', read({ out_trade_no: 1 }), 'out_trade_no: not of its documented type'],
    [
      'an order number with a path',
      read({ out_trade_no: '../x' }),
      'out_trade_no: not of its documented type',
    ],
    ['no transaction', read({ transaction_id: null }), 'transaction_id: missing'],
    ['a transaction as number', read({ transaction_id: 42 }), 'transaction_id: not of its documented type'],
    [
      'a time without zone',
      read({ success_time: '2026-11-29 10:00:05' }),
      'success_time: not of its documented type',
    ],
    [
      'a day that does not exist',
      read({ success_time: '2026-02-30T10:00:05+08:00' }),
      'success_time: not of its documented type',
    ],
    ['no merchant', read({ mchid: undefined }), 'mchid: missing'],
    ['a merchant as number', read({ mchid: 1900000001 }), 'mchid: missing'],
    ['a payer as object', read({ payer: { openid: {} } }), 'payer.openid: not of its documented type'],
    [
      'promotions that are no list',
      read({ promotion_detail: {} }),
      'promotion_detail: not of its documented type',
    ],
    [
      'a promotion with an amount as text',
      read({ promotion_detail: [{ coupon_id: '1', amount: '1' }] }),
      'promotion_detail: not of its documented type',
    ],
    [
      'promotions beyond the total',
      read({ promotion_detail: [{ coupon_id: '1', amount: 1001 }] }),
      'promotion_detail: more than total',
    ],
    [
      '51 promotions',
      read({ promotion_detail: Array(51).fill({ coupon_id: '1', amount: 1 }) }),
      'promotion_detail: not of its documented type',
    ],
  ])('with %s is unreadable, by name', (_name, reading, problem) => {
    expect(reading).toMatchObject({ kind: 'unreadable', problems: [problem] });
  });

  it.each([null, undefined, 1, 'text', [], [payment.plain]])('that is %p is unreadable', (value) => {
    expect(readPaymentResource(value)).toMatchObject({ kind: 'unreadable' });
  });

  it('in a foreign currency is read, so that it is noticed and never fulfils', () => {
    expect(amount({ currency: 'USD' })).toMatchObject({ kind: 'read', payment: { currency: 'USD' } });
    expect(amount({ currency: undefined })).toMatchObject({ kind: 'read', payment: { currency: 'CNY' } });
  });

  it('keeps its description whatever it is, and takes no inherited field', () => {
    expect(read({ bank_type: 7, attach: {} })).toMatchObject({ payment: { bankType: null, attach: null } });
    const inherited: unknown = Object.create(payment.plain);
    expect(readPaymentResource(inherited)).toMatchObject({ kind: 'unreadable' });
  });
});

describe('a refund', () => {
  const read = (change: object) => readRefundResource({ ...refund.plain, ...change });
  const amount = (change: object) => read({ amount: { ...refund.plain.amount, ...change } });

  it.each([
    ['an amount as text', amount({ refund: '400' }), 'amount.refund: not of its documented type'],
    ['a negative amount', amount({ refund: -400 }), 'amount.refund: not of its documented type'],
    ['an amount beyond 2^53', amount({ total: 2 ** 53 }), 'amount.total: not of its documented type'],
    ['more than was paid', amount({ refund: 1001 }), 'amount.refund: more than total'],
    ['a foreign currency', amount({ currency: 'USD' }), 'amount.currency: not of its documented type'],
    ['no state', read({ refund_status: undefined }), 'refund_status: missing'],
    ['an unknown state', read({ refund_status: 'CHANGE' }), 'refund_status: not of its documented type'],
    ['two states', read({ status: 'CLOSED' }), 'refund_status: contradicts status'],
    ['no number', read({ out_refund_no: undefined }), 'out_refund_no: missing'],
    ['a number with a path', read({ out_refund_no: 'a/b' }), 'out_refund_no: not of its documented type'],
  ])('with %s is unreadable, by name', (_name, reading, problem) => {
    expect(reading).toMatchObject({ kind: 'unreadable', problems: [problem] });
  });

  const { total, refund: sum } = refund.plain.amount;

  it.each([
    ['an amount as text', amount({ refund: '400' }), 'unknown', total, null],
    ['no total', amount({ total: undefined }), 'unknown', null, sum],
    ['more than was paid', amount({ refund: total + 1 }), 'unknown', null, null],
    ['a foreign currency', amount({ currency: 'USD' }), 'unknown', null, null],
    ['no state', read({ refund_status: undefined }), 'unknown', total, sum],
    ['two states', read({ refund_status: 'CLOSED', status: 'SUCCESS' }), 'unknown', total, sum],
    ['one odd state of two', read({ refund_status: 'CLOSED', status: 'ODD' }), 'unknown', total, sum],
    ['no amounts, closed', read({ refund_status: 'CLOSED', amount: undefined }), 'closed', null, null],
    ['no amounts, paid back', read({ refund_status: 'SUCCESS', amount: undefined }), 'unknown', null, null],
  ])(
    'with %s names itself, its order and what is in order; of states only that it was closed',
    (_name, reading, state, stated, refunded) => {
      const named = { outRefundNo: refund.plain.out_refund_no, outTradeNo: refund.plain.out_trade_no };
      const rest = { state, total: stated, refund: refunded, settled: null, succeededAt: null };
      expect(reading).toMatchObject({ kind: 'unreadable', refund: { ...named, ...rest } });
    },
  );

  it('without a readable number names no refund', () => {
    expect(read({ out_refund_no: 7 })).toMatchObject({ kind: 'unreadable', refund: null });
  });

  it.each([
    ['SUCCESS', 'succeeded'],
    ['PROCESSING', 'processing'],
    ['CLOSED', 'closed'],
    ['ABNORMAL', 'abnormal'],
  ])('%s is %s, in a notification and in an answer', (word, state) => {
    expect(read({ refund_status: word })).toMatchObject({ kind: 'read', refund: { state } });
    expect(read({ refund_status: undefined, status: word })).toMatchObject({ refund: { state } });
  });
});

describe('the merchant that a resource names', () => {
  const about = (resource: object, party: typeof DIRECT) =>
    isRecord(resource) && isAbout(namedParty(resource), party);

  it('must be ours, in the same mode', () => {
    expect(about(payment.plain, DIRECT)).toBe(true);
    expect(about(partnerPayment.plain, PARTNER)).toBe(true);
    expect(about(refund.plain, DIRECT)).toBe(true);
    expect(about(payment.plain, PARTNER)).toBe(false);
    expect(about(partnerPayment.plain, DIRECT)).toBe(false);
    expect(about({ ...payment.plain, mchid: '1900000002' }, DIRECT)).toBe(false);
    expect(about({ ...partnerPayment.plain, sub_mchid: '1900000002' }, PARTNER)).toBe(false);
    expect(about({ ...partnerPayment.plain, sp_mchid: '1900000008' }, PARTNER)).toBe(false);
    expect(about({}, DIRECT)).toBe(false);
    expect(about({}, PARTNER)).toBe(false);
  });

  it('may be the provider’s number in either field', () => {
    const { sp_mchid: provider, ...rest } = partnerPayment.plain;
    expect(about({ ...rest, mchid: provider }, PARTNER)).toBe(true);
    expect(about({ ...rest, mchid: '1900000008' }, PARTNER)).toBe(false);
  });
});

describe('a ciphertext', () => {
  const { resource } = payment.envelope;
  const cut = Buffer.from(resource.ciphertext, 'base64');

  it.each([
    ['cut at its end', { ciphertext: cut.subarray(0, -1).toString('base64') }, 'wrong_key'],
    ['cut to less than its tag', { ciphertext: cut.subarray(0, 15).toString('base64') }, 'not_a_resource'],
    ['without the data it is bound to', { associated_data: undefined }, 'wrong_key'],
    ['bound to other data', { associated_data: 'refund' }, 'wrong_key'],
    ['with another nonce', { nonce: 'ownNonce0002' }, 'wrong_key'],
    ['without nonce', { nonce: undefined }, 'not_a_resource'],
    ['of another algorithm', { algorithm: 'AEAD_SM4_GCM' }, 'unknown_algorithm'],
    ['that is no text', { ciphertext: 42 }, 'not_a_resource'],
    ['with an endless nonce', { nonce: 'n'.repeat(65) }, 'not_a_resource'],
  ])('%s does not open', (_name, change, why) => {
    expect(decryptResource({ ...resource, ...change }, [APIV3_KEY])).toEqual({ kind: 'undecryptable', why });
  });

  it('does not open with a key of 31 bytes', () => {
    expect(decryptResource(resource, [APIV3_KEY.subarray(0, 31)])).toMatchObject({ why: 'wrong_key' });
    expect(decryptResource(resource, [APIV3_KEY.subarray(0, 31), APIV3_KEY])).toMatchObject({ kind: 'text' });
  });

  it.each([null, 7, [], 'text'])('that is %p does not open', (value) => {
    expect(decryptResource(value, [APIV3_KEY])).toMatchObject({ why: 'not_a_resource' });
  });
});

describe('signature headers', () => {
  const good = {
    ...{ timestamp: String(START / 1000), nonce: 'n', signature: 'QUJD', serial: 'PUB_KEY_ID_0119' },
    body: Buffer.from('{}'),
  };
  it.each([
    ['no time', { timestamp: '' }, 'Wechatpay-Timestamp'],
    ['a time that is no number', { timestamp: '1e9' }, 'Wechatpay-Timestamp'],
    ['two lines in the nonce', { nonce: 'a\nb' }, 'Wechatpay-Nonce'],
    ['no signature', { signature: '' }, 'Wechatpay-Signature'],
    ['a signature of 1 MB', { signature: 'A'.repeat(1_000_000) }, 'Wechatpay-Signature'],
    ['no serial number', { serial: '' }, 'Wechatpay-Serial'],
    ['a serial number with a path', { serial: '../key' }, 'Wechatpay-Serial'],
  ])('with %s are missing', (_name, change, header) => {
    const found = verifySignature({ ...good, ...change }, keysOf(DIRECT).wechatKeys, START);
    expect(found).toEqual({ kind: 'missing', header });
  });

  it('of a probe are told apart from a forgery', () => {
    const probe = { ...good, signature: 'WECHATPAY/SIGNTEST/abc', serial: '' };
    expect(verifySignature(probe, keysOf(DIRECT).wechatKeys, START)).toEqual({ kind: 'signtest' });
  });
});

describe('JSON from outside', () => {
  it.each([
    ['a key twice', '{"amount":{"total":1,"total":100}}'],
    ['a key twice in two spellings', '{"total":1,"tot\\u0061l":100}'],
    ['a key twice in a list', '[{"a":1},{"a":1,"b":2,"a":3}]'],
    ['nothing', ''],
    ['half of it', '{"a":1'],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['a million brackets', '['.repeat(1_000_000)],
  ])('with %s says nothing', (_name, text) => {
    expect(parseStrictJson(text)).toBeUndefined();
  });

  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"{\\"a\\":1,\\"a\\":2}","d":":"}',
    '{"a\\"":1,"a":2,"a\\\\":3}',
    `${'['.repeat(32)}${']'.repeat(32)}`,
    '"{"',
    'null',
  ])('%s is read as JSON reads it', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('of 1 MB takes a bounded time', () => {
    const long = JSON.stringify({ a: '\\"'.repeat(250_000), b: 'x'.repeat(500_000) });
    expect(parseStrictJson(long)).toEqual(JSON.parse(long));
  });
});
