import { createPrivateKey } from 'node:crypto';
import { processInbox } from '../../../lib/inbox/process';
import { v3Signers } from '../../../lib/inbox/v3/receive-v3';
import { systemTimers } from '../../../lib/runtime/timers';
import { later } from '../../../lib/values/instant';
import { createCertificates } from '../../../lib/wechat/v3/keys/certificates';
import { receivingKeys } from '../../../server/money/receiving-keys';
import { notificationFor } from '../../inbox/notifications';
import { PLENTY, type Stage } from '../../inbox/stage';
import { message, order, PAYER, paymentOf, START } from '../../store/builders';
import certificates from '../../wechat/v3/certificates.json';
import { answer, DIRECT, keysOf, playing, type Received } from '../../wechat/v3/stage';
import { atTheDoor, type Door, type SentHeaders } from './v3-door';
import type { Signing } from './v3-notifications';
import { API_KEY, config, envelope, KEYS, PAYMENT, seal, signed } from './v3-notifications';

/*
 * What makes a notification believed, and what becomes of one that is not: a query proves it.
 */

const good = envelope(PAYMENT);
const paymentState = async ({ store }: Stage) => (await store.orders.find([order(1).outTradeNo]))[0]?.payment;

describe('a notification of Cloud Run', () => {
  const OURS = { ...notificationFor(order(1)), subMchId: '1900000307' };
  const one = { 'x-wx-source': 'wx_paycallback' };
  const CASES: readonly [string, boolean, SentHeaders, string, object][] = [
    ['where nobody else reaches the server', false, one, 'platform', {}],
    ['where anybody may, which is the default', config.server.publicAccess, one, 'unverified', {}],
    ['without a mark', false, {}, 'unverified', {}],
    ['with an empty mark', false, { 'x-wx-source': '' }, 'unverified', {}],
    ['with two marks', false, { 'x-wx-source': ['wx_paycallback', 'wx_paycallback'] }, 'unverified', {}],
    ['with two marks in one', false, { 'x-wx-source': 'wx_paycallback, wx_paycallback' }, 'unverified', {}],
    ['that a user of a mini program sent', false, { ...one, 'x-wx-openid': PAYER }, 'unverified', {}],
    ['for a merchant of another channel', false, one, 'unverified', { subMchId: '1900000109' }],
    ['for nobody we know', false, one, 'unverified', { subMchId: '1900009999' }],
  ];

  it.each(CASES)('%s (public access: %s) has the trust it should', (_, publicAccess, headers, trust, over) =>
    atTheDoor(
      async ({ post, messages }) => {
        expect(await post('/callback/pay', JSON.stringify({ ...OURS, ...over }), headers)).toMatchObject({
          status: 200,
        });
        expect((await messages()).map((kept) => kept.trust)).toEqual([trust]);
      },
      { publicAccess },
    )(),
  );

  it(
    'is refused where its mark says that a mini program sent it, and nothing is kept',
    atTheDoor(
      async ({ post, messages }) => {
        for (const source of ['wx_client', 'wx_client,scf']) {
          const reply = await post('/callback/pay', JSON.stringify(OURS), { 'x-wx-source': source });
          expect(reply.body).not.toMatchObject({ errcode: 0 });
        }
        expect(await messages()).toEqual([]);
      },
      { publicAccess: false },
    ),
  );
});

describe('an APIv3 key of 31 bytes', () => {
  const short = Buffer.from(API_KEY.slice(0, 31));
  const holding = (...apiV3Keys: [Buffer, ...Buffer[]]) =>
    v3Signers(config.merchants, () => ({ keys: () => ({ ...KEYS, apiV3Keys }) }));

  it(
    'opens nothing: what WeChat Pay signed is answered 500, anything else 401, and nothing is kept',
    atTheDoor(
      async ({ post, messages, counted }) => {
        expect(await post('/callback/v3/pay', good, signed(good))).toMatchObject({ status: 500 });
        const unknown = signed(good, { serial: 'PUB_KEY_ID_NEW' });
        expect(await post('/callback/v3/pay', good, unknown)).toMatchObject({ status: 401 });
        expect(await messages()).toEqual([]);
        expect(counted).toEqual(['undecryptable', 'invalid_signature']);
      },
      { signers: () => holding(short) },
    ),
  );

  it(
    'is skipped: the other key of a rotation opens it',
    atTheDoor(
      async ({ post, messages }) => {
        expect(await post('/callback/v3/pay', good, signed(good))).toMatchObject({ status: 200 });
        expect(await messages()).toMatchObject([{ trust: 'platform' }]);
      },
      { signers: () => holding(short, Buffer.from(API_KEY)) },
    ),
  );
});

describe('a merchant with platform certificates', () => {
  const { one, two } = certificates;
  const by = ({ serial, key }: typeof one, at = START) =>
    signed(good, { at, serial, key: createPrivateKey(key) });
  const row = ({ serial, certificate }: typeof one) => ({
    ...{ serial_no: serial, expire_time: '2126-01-01T00:00:00+08:00' },
    encrypt_certificate: seal(certificate, { aad: 'certificate' }),
  });

  /** The door of a merchant whose WeChat Pay lists these certificates, and what was asked of it. */
  const withListed = (run: (door: Door, listed: object[], asked: Received[]) => Promise<void>) => {
    const listed: object[] = [row(one)];
    const asked: Received[] = [];
    return atTheDoor((door) => run(door, listed, asked), {
      signers: ({ store, deps, log }) => {
        const keys = keysOf(DIRECT, {
          ...{ apiV3Keys: [Buffer.from(API_KEY)], wechatKeys: [], mode: 'certificates' },
        });
        const play = () =>
          answer(
            { status: 200, body: { data: listed } },
            deps.clock.now(),
            createPrivateKey(one.key),
            one.serial,
          );
        const transport = playing(play, asked, deps.clock);
        const downloads = createCertificates(
          { clock: deps.clock, timers: systemTimers, transport, log, nonce: () => 'n', shared: store.shared },
          { keys, hosts: ['https://api.mch.weixin.qq.com'] },
        );
        const keysFor = receivingKeys({ keysOf: () => ({ keys, nextSigner: null }) }, () => downloads);
        return v3Signers(config.merchants, keysFor);
      },
    });
  };

  it(
    'is believed by a certificate that is downloaded when a notification names it',
    withListed(async ({ post, messages }, _, asked) => {
      expect(await post('/callback/v3/pay', good, by(one))).toMatchObject({ status: 200 });
      expect(await post('/callback/v3/pay', good, by(one))).toMatchObject({ status: 200 });
      expect(await messages()).toMatchObject([
        { trust: 'platform', deliveries: 2, envelope: { check: 'valid' } },
      ]);
      expect(asked.map(({ target }) => target)).toEqual(['/v3/certificates']);
    }),
  );

  it(
    'downloads once a minute at most, and believes a new certificate from the download that lists it',
    withListed(async ({ post, messages, stage }, listed, asked) => {
      for (let n = 0; n < 20; n += 1) {
        expect(await post('/callback/v3/pay', good, by(two))).toMatchObject({ status: 503 });
      }
      expect(asked).toHaveLength(1);
      expect(await messages()).toMatchObject([{ trust: 'unverified', envelope: { check: 'unknown_key' } }]);
      listed.push(row(two));
      stage.advance(59_000);
      expect(await post('/callback/v3/pay', good, by(two))).toMatchObject({ status: 503 });
      expect(asked).toHaveLength(1);
      stage.advance(11_000);
      expect(await post('/callback/v3/pay', good, by(two))).toMatchObject({ status: 200 });
      expect(asked).toHaveLength(2);
      expect((await messages()).map(({ trust }) => trust).sort()).toEqual(['platform', 'unverified']);
    }),
  );

  it(
    'keeps nothing of a notification whose signature the new certificate shows to be wrong',
    withListed(async ({ post, messages }) => {
      const forged = signed(good, { serial: one.serial, key: createPrivateKey(two.key) });
      expect(await post('/callback/v3/pay', good, forged)).toMatchObject({ status: 401 });
      expect(await messages()).toEqual([]);
    }),
  );

  it(
    'downloads nothing for a stranger, whose notification no key of ours opens',
    withListed(async ({ post, messages }, _, asked) => {
      const strange = envelope(PAYMENT, { key: Buffer.alloc(32) });
      expect(await post('/callback/v3/pay', strange, signed(strange))).toMatchObject({ status: 401 });
      expect(asked).toEqual([]);
      expect(await messages()).toEqual([]);
    }),
  );
});

describe('what is not believed about our unpaid order', () => {
  const PROVEN: readonly [string, object | string, Signing, number][] = [
    ['signed with a key we do not hold', PAYMENT, { serial: 'PUB_KEY_ID_NEW' }, 503],
    ['ten minutes old', PAYMENT, { at: later(START, -600_000) }, 503],
    ['from ten minutes ahead', PAYMENT, { at: later(START, 600_000) }, 503],
    [
      'with an amount that is not the order’s, and an unknown key',
      claiming(1),
      { serial: 'PUB_KEY_ID_NEW' },
      503,
    ],
    ['with an amount as text', claiming('101'), {}, 200],
    ['with an amount beyond 2^53', claiming(1e300), {}, 200],
    ['with a state that is no success', { ...PAYMENT, trade_state: 'PAYERROR' }, {}, 200],
    [
      'with an amount given twice',
      JSON.stringify(PAYMENT).replace('"total":101', '"total":1,"total":101'),
      {},
      200,
    ],
  ];

  it.each(PROVEN)('%s ends paid, by the query', (_, resource, signing, status) =>
    atTheDoor(async ({ post, messages, stage }) => {
      await stage.store.orders.create(order(1));
      const body = envelope(resource);
      expect(await post('/callback/v3/pay', body, signed(body, signing))).toMatchObject({ status });
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      await processInbox(stage.deps, PLENTY);
      expect(stage.asked).toBe(1);
      expect(await paymentState(stage)).toMatchObject({ state: 'paid', knownBy: 'query' });
      // It is redelivered after a 5xx; that changes nothing.
      await post('/callback/v3/pay', body, signed(body, signing));
      await processInbox(stage.deps, PLENTY);
      expect(stage.asked).toBe(1);
      expect((await messages()).filter(({ trust }) => trust === 'unverified')).toMatchObject([
        { state: 'done', outcome: 'confirmed_by_query' },
      ]);
    })(),
  );

  it.each(PROVEN)('%s leaves the order unpaid, when the query says so', (_, resource, signing) =>
    atTheDoor(async ({ post, stage }) => {
      await stage.store.orders.create(order(1));
      const body = envelope(resource);
      await post('/callback/v3/pay', body, signed(body, signing));
      stage.answer = { kind: 'not_paid' };
      await processInbox(stage.deps, PLENTY);
      expect(stage.asked).toBe(1);
      expect(await paymentState(stage)).toEqual({ state: 'pending' });
    })(),
  );
});

describe('an unreadable notification that WeChat Pay signed', () => {
  const text = envelope(claiming('101'));
  const unreadable = (of: string = text) => [of, signed(of)] as const;

  it(
    'is kept while the query has no answer, and spends no attempt',
    atTheDoor(async ({ post, messages, stage }) => {
      await stage.store.orders.create(order(1));
      await post('/callback/v3/pay', ...unreadable());
      await processInbox(stage.deps, PLENTY);
      expect(stage.asked).toBe(1);
      expect(await messages()).toMatchObject([{ state: 'pending', attempts: 0 }]);
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      stage.advance(600_000);
      await processInbox(stage.deps, PLENTY);
      expect(await paymentState(stage)).toMatchObject({ state: 'paid', knownBy: 'query' });
    }),
  );

  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ['no order of ours', () => Promise.resolve()],
    [
      'an order that is paid',
      async ({ store, deps }) => {
        await store.orders.create(order(1));
        await store.inbox.record(message(1));
        await processInbox(deps, PLENTY);
      },
    ],
  ])('costs no query where it names %s, and waits for a person', (_, before) =>
    atTheDoor(async ({ post, messages, stage }) => {
      await before(stage);
      await post('/callback/v3/pay', ...unreadable());
      await processInbox(stage.deps, PLENTY);
      expect(stage.asked).toBe(0);
      expect((await messages()).filter(({ content }) => content.kind === 'unusable')).toMatchObject([
        { state: 'dead', reason: 'unusable_notification' },
      ]);
    })(),
  );
});

/** The payment, claiming another total. */
function claiming(total: unknown): object {
  return { ...PAYMENT, amount: { total, currency: 'CNY' } };
}
