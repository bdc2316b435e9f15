import { gzipSync } from 'node:zlib';
import { v3Signers } from '../../../lib/inbox/v3/receive-v3';
import { later } from '../../../lib/values/instant';
import { START } from '../../store/builders';
import { atTheDoor } from './v3-door';
import type { Signing } from './v3-notifications';
import { APP, config, envelope, KEYS, MCH, OTHER_KEYS, PAYMENT, signed, SUB } from './v3-notifications';

/* The same bad input as for a merchant's own number, at the door of a service provider. */

const PROVIDER = '1900000001';
const { mchid: _mchid, appid: _appid, payer, ...rest } = PAYMENT;
const PARTNER_PAYMENT = {
  ...rest,
  ...{ sp_mchid: PROVIDER, sp_appid: 'wx8888888888888888' },
  ...{ sub_mchid: SUB, sub_appid: 'wxd678efh567hg6788' },
  payer: { sp_openid: 'oOfTheProvider0000000000000', sub_openid: payer.openid },
};

/** Here the provider holds the key, and our own number another one. */
const signers = () =>
  v3Signers(config.merchants, (signer) => ({ keys: () => (signer === PROVIDER ? KEYS : OTHER_KEYS) }));

const payment = (over: object): string => envelope({ ...PARTNER_PAYMENT, ...over });
const amount = (total: unknown): string => payment({ amount: { total, currency: 'CNY' } });
const written = (from: string, to: string): string =>
  envelope(JSON.stringify(PARTNER_PAYMENT).replace(from, to));
const good = payment({});

it(
  'believes a payment of the provider’s merchant, at any of its addresses',
  atTheDoor(
    async ({ post, messages }) => {
      for (const path of ['/callback/v3/pay', `/callback/v3/pay/${PROVIDER}`, `/callback/v3/pay/${SUB}`]) {
        expect(await post(path, good, signed(good))).toMatchObject({ status: 200 });
      }
      const all = await messages();
      expect(all).toHaveLength(1);
      expect(all[0]).toMatchObject({
        ...{ trust: 'platform', deliveries: 3 },
        content: { payment: { subMchId: SUB, total: 101 } },
      });
    },
    { signers },
  ),
);

/** A notification, its answer, and what is kept of it, unverified; absent: nothing. */
interface Bad {
  readonly body: string | Buffer;
  readonly headers?: Signing;
  readonly path?: string;
  readonly answer: number;
  readonly kept?: 'payment' | 'unusable';
}

const unreadable = { answer: 200, kept: 'unusable' } as const;

const BAD: Readonly<Record<string, Bad>> = {
  'no signature': { body: good, headers: { drop: 'wechatpay-signature' }, answer: 400 },
  'a signature of another body': {
    body: good,
    headers: { signature: signed(amount(1))['wechatpay-signature'] ?? '' },
    answer: 401,
  },
  'an old delivery': {
    body: good,
    headers: { at: later(START, -301_000) },
    answer: 503,
    kept: 'payment',
  },
  'a key the provider does not hold': {
    body: good,
    headers: { serial: 'PUB_KEY_ID_NEW' },
    answer: 503,
    kept: 'payment',
  },
  'the address of our own number': { body: good, path: `/callback/v3/pay/${MCH}`, answer: 401 },
  'another provider': { body: payment({ sp_mchid: '1900009999' }), answer: 403 },
  'another merchant of the provider': { body: payment({ sub_mchid: '1900009999' }), answer: 403 },
  'another app of the provider': { body: payment({ sp_appid: 'wx0000000000000000' }), answer: 403 },
  'another app of the merchant': { body: payment({ sub_appid: 'wx0000000000000000' }), answer: 403 },
  'no merchant': { body: payment({ sub_mchid: undefined }), answer: 403 },
  'our own number, in direct mode': { body: envelope({ ...PAYMENT, mchid: MCH, appid: APP }), answer: 403 },
  'a cut ciphertext': { body: envelope(PARTNER_PAYMENT, { cut: 3 }), answer: 500 },
  'AAD that is missing': { body: envelope(PARTNER_PAYMENT, { claimedAad: '' }), answer: 500 },
  'an amount as text': { body: amount('101'), ...unreadable },
  'a negative amount': { body: amount(-101), ...unreadable },
  'a huge amount': { body: amount(1e300), ...unreadable },
  'an amount beyond 2^53': { body: written('"total":101', '"total":9007199254740993'), ...unreadable },
  'an unknown currency': {
    body: payment({ amount: { total: 101, payer_total: 101, currency: 'XXX' } }),
    ...{ answer: 200, kept: 'payment' },
  },
  'an amount given twice': {
    body: written('"total":101', '"total":1,"total":101'),
    ...{ answer: 200, kept: 'payment' },
  },
  'a body of 1 MB': { body: 'x'.repeat(1_048_576), answer: 413 },
  'a gzip body': { body: gzipSync(good), headers: { encoding: 'gzip' }, answer: 415 },
};

it.each(Object.entries(BAD))(
  'a provider’s notification with %s has its answer, and nothing of it is believed',
  (_, { body, headers, path = '/callback/v3/pay', answer, kept }) =>
    atTheDoor(
      async ({ post, messages }) => {
        expect((await post(path, body, signed(body, headers))).status).toBe(answer);
        const all = await messages();
        expect(all).toHaveLength(kept === undefined ? 0 : 1);
        if (kept !== undefined) {
          expect(all[0]).toMatchObject({ trust: 'unverified', content: { kind: kept } });
        }
      },
      { signers },
    )(),
);
