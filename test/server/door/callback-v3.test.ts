import { randomBytes, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { v3Signers } from '../../../lib/inbox/v3/receive-v3';
import { later } from '../../../lib/values/instant';
import { processInbox } from '../../../lib/inbox/process';
import { isPayerId } from '../../../lib/values/ids';
import { PLENTY } from '../../inbox/stage';
import { guarded, order, START, tradeNo } from '../../store/builders';
import { atTheDoor } from './v3-door';
import type { Signing } from './v3-notifications';
import {
  config,
  envelope,
  KEY_ID,
  KEYS,
  MCH,
  PAYMENT,
  REFUND,
  signed,
  SUB,
  wechat,
} from './v3-notifications';

/*
 * What reaches the doors of API v3, over HTTP: whatever is wrong with it has a defined answer,
 * nothing of it is believed, and nothing is lost that a query could prove.
 */

it(
  'believes what WeChat Pay signed, keeps its envelope and acknowledges it, at any of its addresses',
  atTheDoor(async ({ post, messages }) => {
    const body = envelope(PAYMENT);
    expect(await post('/callback/v3/pay', body, signed(body))).toEqual({
      status: 200,
      body: { code: 'SUCCESS', message: 'ok' },
    });
    expect(await post(`/callback/v3/pay/${MCH}`, body, signed(body))).toMatchObject({ status: 200 });
    const refund = envelope(REFUND, { event: 'REFUND.SUCCESS' });
    expect(await post(`/callback/v3/refund/${MCH}`, refund, signed(refund))).toMatchObject({ status: 200 });
    const all = await messages();
    expect(all).toHaveLength(2);
    expect(all.find(({ content }) => content.kind === 'payment')).toMatchObject({
      key: 'payment:order-000001:4200002248202603011200000001',
      trust: 'platform',
      deliveries: 2,
      content: { payment: { total: 101, subMchId: MCH } },
      envelope: {
        id: 'EV-2018022511223320873',
        eventType: 'TRANSACTION.SUCCESS',
        serial: KEY_ID,
        check: 'valid',
      },
    });
    expect(all.find(({ content }) => content.kind === 'refund')).toMatchObject({
      trust: 'platform',
      content: { refund: { outRefundNo: 'refund-000001', state: 'succeeded' } },
    });
  }),
);

it.each([
  ['an amount as text', { amount: { ...REFUND.amount, refund: '101' } }, 'refund_message_open'],
  ['no refund number', { out_refund_no: undefined }, 'refund_message_unreadable'],
  ['an odd refund number', { out_refund_no: 'a/b' }, 'refund_message_unreadable'],
])(
  'takes a signed refund with %s for a refund of its order, which is held, and for no end of it',
  (_name, change, reason) =>
    atTheDoor(async ({ post, stage }) => {
      await stage.store.orders.create(order(1, { payer: guarded(isPayerId, PAYMENT.payer.openid) }));
      const body = envelope({ ...REFUND, ...change }, { event: 'REFUND.SUCCESS' });
      expect(await post(`/callback/v3/refund/${MCH}`, body, signed(body))).toMatchObject({ status: 200 });
      const payment = envelope(PAYMENT);
      expect(await post(`/callback/v3/pay/${MCH}`, payment, signed(payment))).toMatchObject({ status: 200 });
      await processInbox(stage.deps, PLENTY);
      const [paid] = await stage.store.orders.find([tradeNo(1)]);
      expect(paid).toMatchObject({
        payment: { state: 'paid' },
        refunds: [],
        fulfilment: { state: 'held', reason },
      });
    })(),
);

it(
  'takes a signed refund with no state for one whose end is not known yet: its money is reserved',
  atTheDoor(async ({ post, stage }) => {
    await stage.store.orders.create(order(1, { payer: guarded(isPayerId, PAYMENT.payer.openid) }));
    const payment = envelope(PAYMENT);
    await post(`/callback/v3/pay/${MCH}`, payment, signed(payment));
    const body = envelope({ ...REFUND, refund_status: undefined }, { event: 'REFUND.SUCCESS' });
    await post(`/callback/v3/refund/${MCH}`, body, signed(body));
    await processInbox(stage.deps, PLENTY);
    const [paid] = await stage.store.orders.find([tradeNo(1)]);
    expect(paid).toMatchObject({ payment: { state: 'paid' }, refunds: [{ amount: REFUND.amount.refund }] });
    const [reserved] = paid?.refunds ?? [];
    if (reserved === undefined) throw new Error('nothing is reserved');
    expect(await stage.store.refunds.find([reserved.outRefundNo])).toMatchObject([
      { progress: { state: 'processing' } },
    ]);
  }),
);

it(
  'reads the same whatever case the header names have, and refuses a header that came twice',
  atTheDoor(async ({ post, messages }) => {
    const body = envelope(PAYMENT);
    const headers = Object.entries(signed(body));
    const upper = Object.fromEntries(headers.map(([name, value]) => [name.toUpperCase(), value]));
    expect(await post('/callback/v3/pay', body, upper)).toMatchObject({ status: 200 });
    const given = signed(body);
    const twice = { ...given, 'wechatpay-signature': `${given['wechatpay-signature'] ?? ''}, x` };
    expect(await post('/callback/v3/pay', body, twice)).toMatchObject({ status: 400 });
    expect(await messages()).toHaveLength(1);
  }),
);

/** A notification that must not be believed, its answer, and what is kept of it. */
interface Bad {
  readonly body: string | Buffer;
  readonly headers?: Signing;
  readonly path?: string;
  readonly answer: number;
  /** What is kept as unverified; absent: nothing. */
  readonly kept?: object;
}

const good = envelope(PAYMENT);
const payment = (over: object): string => envelope({ ...PAYMENT, ...over });
const amount = (total: unknown): string => payment({ amount: { total, currency: 'CNY' } });
/** Kept, acknowledged, and left to a query about the order that it names. */
const unreadable = {
  answer: 200,
  kept: { content: { kind: 'unusable', outTradeNo: 'order-000001' }, envelope: { check: 'valid' } },
};

const BAD: Readonly<Record<string, Bad>> = {
  'no signature': { body: good, headers: { drop: 'wechatpay-signature' }, answer: 400 },
  'no timestamp': { body: good, headers: { drop: 'wechatpay-timestamp' }, answer: 400 },
  'no nonce': { body: good, headers: { drop: 'wechatpay-nonce' }, answer: 400 },
  'no serial': { body: good, headers: { drop: 'wechatpay-serial' }, answer: 400 },
  'a signature that is no base64': { body: good, headers: { signature: '§$%' }, answer: 400 },
  'a signature of something else': {
    body: good,
    headers: { signature: sign('sha256', Buffer.from('x'), wechat.privateKey).toString('base64') },
    answer: 401,
  },
  'the probe of WeChat Pay': {
    body: good,
    headers: { signature: `WECHATPAY/SIGNTEST/${'A'.repeat(300)}` },
    answer: 401,
  },
  'an old delivery': {
    body: good,
    headers: { at: later(START, -301_000) },
    answer: 503,
    kept: { content: { kind: 'payment' }, envelope: { check: 'clock' } },
  },
  'a delivery from the future': {
    body: good,
    headers: { at: later(START, 302_000) },
    answer: 503,
    kept: { content: { kind: 'payment' }, envelope: { check: 'clock' } },
  },
  'a key we do not hold, encrypted for us': {
    body: good,
    headers: { serial: 'PUB_KEY_ID_NEW' },
    answer: 503,
    kept: { content: { kind: 'payment' }, envelope: { check: 'unknown_key', serial: 'PUB_KEY_ID_NEW' } },
  },
  'a key we do not hold, encrypted for somebody else': {
    body: envelope(PAYMENT, { key: randomBytes(32) }),
    headers: { serial: 'PUB_KEY_ID_NEW' },
    answer: 401,
  },
  'a key we do not hold, and no JSON': { body: 'x', headers: { serial: 'PUB_KEY_ID_NEW' }, answer: 401 },
  'another merchant': { body: payment({ mchid: '1900009999' }), answer: 403 },
  'another app': { body: payment({ appid: 'wx0000000000000000' }), answer: 403 },
  'no merchant': { body: payment({ mchid: undefined }), answer: 403 },
  'another merchant in the address': { body: good, path: `/callback/v3/pay/${SUB}`, answer: 401 },
  'nobody in the address': { body: good, path: '/callback/v3/pay/42', answer: 404 },
  'a cut ciphertext': { body: envelope(PAYMENT, { cut: 3 }), answer: 500 },
  'a ciphertext without its tag': { body: envelope(PAYMENT, { cut: 16 }), answer: 500 },
  'AAD that is missing': { body: envelope(PAYMENT, { claimedAad: '' }), answer: 500 },
  'another AAD': { body: envelope(PAYMENT, { claimedAad: 'refund' }), answer: 500 },
  'an amount as text': { body: amount('101'), ...unreadable },
  'a negative amount': { body: amount(-101), ...unreadable },
  'an amount of nothing': { body: amount(0), ...unreadable },
  'a huge amount': { body: amount(1e300), ...unreadable },
  'an amount with a fraction': { body: amount(1.5), ...unreadable },
  'an amount beyond 2^53': {
    body: envelope(JSON.stringify(PAYMENT).replace('"total":101', '"total":9007199254740993')),
    ...unreadable,
  },
  'no amount': { body: payment({ amount: undefined }), ...unreadable },
  'a payment that failed': { body: payment({ trade_state: 'PAYERROR' }), ...unreadable },
  'an unknown currency': {
    body: payment({ amount: { total: 101, payer_total: 101, currency: 'XXX' } }),
    answer: 200,
    kept: { content: { kind: 'payment' }, envelope: { check: 'valid' } },
  },
  'an amount given twice': {
    body: envelope(JSON.stringify(PAYMENT).replace('"total":101', '"total":1,"total":101')),
    answer: 200,
    kept: { content: { kind: 'payment' }, envelope: { check: 'valid' } },
  },
  'an event given twice': {
    body: good.replace('"event_type"', '"event_type":"REFUND.SUCCESS","event_type"'),
    answer: 200,
    kept: { content: { kind: 'payment' }, envelope: { check: 'valid' } },
  },
  'a body of 1 MB': { body: 'x'.repeat(1_048_576), answer: 413 },
  'a body that says it is compressed': {
    body: gzipSync(good),
    headers: { encoding: 'gzip' },
    answer: 415,
  },
  'a compressed body that does not say so': { body: gzipSync(good), answer: 400 },
  'no body': { body: '', answer: 400 },
  'a list': { body: '[]', answer: 400 },
  'another product’s algorithm': {
    body: good.replace('AEAD_AES_256_GCM', 'AEAD_SM4_GCM'),
    answer: 500,
  },
};

describe('a notification with', () => {
  it.each(Object.entries(BAD))(
    '%s has its answer, and nothing of it is believed',
    (_, { body, headers, path = '/callback/v3/pay', answer, kept }) =>
      atTheDoor(async ({ post, messages }) => {
        const reply = await post(path, body, signed(body, headers));
        expect(reply.status).toBe(answer);
        expect(reply.body).toMatchObject({ code: answer === 200 ? 'SUCCESS' : 'FAIL' });
        const all = await messages();
        expect(all.filter(({ trust }) => trust === 'platform')).toEqual([]);
        if (kept !== undefined) expect(all).toEqual([expect.objectContaining({ trust: 'unverified' })]);
        if (kept !== undefined) expect(all[0]).toMatchObject(kept);
        else if (answer !== 503) expect(all).toEqual([]);
      })(),
  );
});

it(
  'refuses a body that was changed after it was signed, and keeps nothing',
  atTheDoor(async ({ post, messages, counted }) => {
    const changed = good.replace('EV-', 'EW-');
    expect(await post('/callback/v3/pay', changed, signed(good))).toMatchObject({ status: 401 });
    expect(await post('/callback/v3/pay', good.replaceAll(',', ', '), signed(good))).toMatchObject({
      status: 401,
    });
    expect(await messages()).toEqual([]);
    expect(counted).toEqual(['invalid_signature', 'invalid_signature']);
  }),
);

it(
  'raises one alarm for a key it does not hold and one for a clock, and clears each once it verifies',
  atTheDoor(async ({ post, stage: { store, log } }) => {
    for (let n = 0; n < 3; n += 1) {
      await post('/callback/v3/pay', good, signed(good, { serial: 'PUB_KEY_ID_NEW' }));
      await post('/callback/v3/pay', good, signed(good, { at: later(START, -400_000) }));
    }
    expect(await store.alarms.signals()).toEqual([
      { cause: 'clock_skew', lastSeenAt: START, detail: 'notifications' },
      { cause: 'unknown_key', lastSeenAt: START, detail: 'PUB_KEY_ID_NEW' },
    ]);
    expect(log.lines.filter(({ event }) => event === 'v3_notification_refused')).toHaveLength(6);
    await post('/callback/v3/pay', good, signed(good));
    expect((await store.alarms.signals()).map(({ cause }) => cause)).toEqual(['unknown_key']);
  }),
);

it(
  'finds the merchant it names among several that share their keys, at the address of any',
  atTheDoor(
    async ({ post, messages }) => {
      const provider = { sp_mchid: '1900000001', sp_appid: 'wx8888888888888888' };
      const { mchid: _, appid: __, ...payment } = PAYMENT;
      const { mchid: ___, ...refund } = REFUND;
      const notices = [
        envelope(PAYMENT),
        envelope({ ...payment, ...provider, sub_mchid: SUB, out_trade_no: 'order-000002' }),
        // Of a partner's refunds some name the provider alone.
        envelope(
          { ...refund, sp_mchid: '1900000001', out_refund_no: 'refund-2' },
          { event: 'REFUND.SUCCESS' },
        ),
      ];
      for (const notice of notices) {
        expect(await post('/callback/v3/pay', notice, signed(notice))).toMatchObject({ status: 200 });
      }
      const stranger = envelope({ ...PAYMENT, mchid: '1900000999' });
      expect(await post('/callback/v3/pay', stranger, signed(stranger))).toMatchObject({ status: 403 });
      const merchants = (await messages()).map(({ content }) =>
        content.kind === 'payment'
          ? content.payment.subMchId
          : content.kind === 'refund'
            ? content.refund.subMchId
            : null,
      );
      expect(merchants.sort()).toEqual([MCH, SUB, SUB]);
    },
    { signers: () => v3Signers(config.merchants, () => ({ keys: () => KEYS })) },
  ),
);

it(
  'counts the probe of WeChat Pay, and raises no alarm',
  atTheDoor(async ({ post, counted, stage: { store, log } }) => {
    const probe = signed(good, { signature: 'WECHATPAY/SIGNTEST/AAAA' });
    expect(await post('/callback/v3/pay', good, probe)).toMatchObject({ status: 401 });
    expect(counted).toEqual(['signtest']);
    expect(await store.alarms.signals()).toEqual([]);
    expect(log.lines.map(({ fields }) => fields['reason'])).toEqual(['signtest']);
  }),
);

it(
  'keeps and acknowledges events of other products, once each',
  atTheDoor(async ({ post, messages }) => {
    const coupon = envelope({ coupon_id: '9867041' }, { event: 'COUPON.USE' });
    for (let n = 0; n < 2; n += 1) {
      expect(await post('/callback/v3/pay', coupon, signed(coupon))).toMatchObject({ status: 200 });
    }
    expect(await messages()).toMatchObject([
      { deliveries: 2, trust: 'platform', content: { kind: 'other', eventType: 'COUPON.USE' } },
    ]);
  }),
);
