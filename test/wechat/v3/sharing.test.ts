import { createCipheriv, createPrivateKey } from 'node:crypto';
import type { SharedState } from '../../../lib/runtime/shared-state';
import { isOutTradeNo } from '../../../lib/values/ids';
import { StoreError } from '../../../lib/store/errors';
import { createCertificates } from '../../../lib/wechat/v3/keys/certificates';
import { createRates, type V3Rates } from '../../../lib/wechat/v3/rates';
import fixtures from './certificates.json';
import {
  answer,
  APIV3_KEY,
  DIRECT,
  keptLog,
  keysOf,
  memoryState,
  merchant,
  OURS,
  playing,
  stage,
  virtualTime,
  type Play,
  type Received,
} from './stage';
import vectors from './vectors.json';

const SIGNER = merchant('1900000001');
const ORDER_NO = vectors.own.payment.plain.out_trade_no;
if (!isOutTradeNo(ORDER_NO)) throw new TypeError('not an order number');
const down: SharedState = {
  read: () => Promise.reject(new StoreError('unavailable', 'down')),
  write: () => Promise.reject(new StoreError('unavailable', 'down')),
};

describe('the rate of a merchant number', () => {
  function processes(count: number, shared: SharedState = memoryState()) {
    const time = virtualTime();
    const { log, lines } = keptLog();
    const rates = Array.from({ length: count }, () => createRates({ shared, log, ...time }, SIGNER));
    return { rates, time, lines };
  }
  const inOneSecond = async (rates: readonly V3Rates[], each: number): Promise<number> => {
    const turns = await Promise.all(
      rates.flatMap((one) => Array.from({ length: each }, () => one.turn('query', 0))),
    );
    return turns.filter((had) => had).length;
  };

  it('is shared: no more calls of a second than the limit, and a few of each process', async () => {
    const { rates } = processes(4);
    const had = await inOneSecond(rates, 100);
    expect(had).toBeGreaterThanOrEqual(190);
    expect(had).toBeLessThanOrEqual(200 + 4 * 3);
  });

  it('begins anew with each second', async () => {
    const { rates, time } = processes(2);
    await inOneSecond(rates, 200);
    expect(await inOneSecond(rates, 200)).toBe(0);
    time.advance(1_000);
    expect(await inOneSecond(rates, 200)).toBeGreaterThan(190);
  });

  it('is waited for within the time that is given', async () => {
    const {
      rates: [one],
      time,
    } = processes(1);
    if (one === undefined) throw new Error('no process');
    await inOneSecond([one], 300);
    const began = time.clock.now();
    expect(await one.turn('query', 500)).toBe(false);
    expect(time.clock.now()).toBe(began);
    expect(await one.turn('query', 1_500)).toBe(true);
    expect(time.clock.now() - began).toBe(1_000);
  });

  it('pauses everywhere when WeChat Pay says "too many"', async () => {
    const {
      rates: [one, other],
      time,
    } = processes(2);
    if (one === undefined || other === undefined) throw new Error('no process');
    await one.refused('bill');
    expect(await one.turn('bill', 0)).toBe(false);
    expect(await other.turn('bill', 0)).toBe(false);
    expect(await other.turn('query', 0)).toBe(true);
    time.advance(1_000);
    expect(await other.turn('bill', 0)).toBe(true);
  });

  it('holds nothing up when the store does not answer', async () => {
    const {
      rates: [one],
      lines,
    } = processes(1, down);
    const {
      rates: [silent],
      time,
    } = processes(1, {
      read: () => new Promise(() => undefined),
      write: () => new Promise(() => undefined),
    });
    expect(await one?.turn('bill', 0)).toBe(true);
    await one?.refused('query');
    expect(lines.map(({ event }) => event)).toEqual(['v3_rate_not_shared', 'v3_rate_not_shared']);
    const began = time.clock.now();
    expect(await silent?.turn('bill', 5_000)).toBe(true);
    expect(time.clock.now() - began).toBe(2_000);
  });

  it('of a payer’s few calls costs no write', async () => {
    const {
      rates: [one],
      lines,
    } = processes(1, down);
    expect(await one?.turn('query', 0)).toBe(true);
    expect(await one?.turn('prepay', 0)).toBe(true);
    expect(lines).toHaveLength(0);
  });
});

describe('platform certificates', () => {
  type Fixture = typeof fixtures.one;
  const sealed = ({ certificate, serial }: Fixture, key: Buffer, expire = '2126-01-01T00:00:00+08:00') => {
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.from('nonce0000001'));
    cipher.setAAD(Buffer.from('certificate'));
    const body = Buffer.concat([cipher.update(certificate), cipher.final(), cipher.getAuthTag()]);
    return {
      ...{ serial_no: serial, effective_time: '2026-01-01T00:00:00+08:00', expire_time: expire },
      encrypt_certificate: {
        ...{ algorithm: 'AEAD_AES_256_GCM', nonce: 'nonce0000001', associated_data: 'certificate' },
        ciphertext: body.toString('base64'),
      },
    };
  };
  const keyOf = ({ key }: Fixture) => createPrivateKey(key);

  function scene(
    change: { readonly shared?: SharedState; readonly keys?: Parameters<typeof keysOf>[1] } = {},
  ) {
    const time = virtualTime();
    const { log, lines } = keptLog();
    const received: Received[] = [];
    const listed: { rows: readonly object[]; by: Fixture } = {
      rows: [sealed(fixtures.one, APIV3_KEY)],
      by: fixtures.one,
    };
    const play: Play = () =>
      answer(
        { status: 200, body: { data: listed.rows } },
        time.clock.now(),
        keyOf(listed.by),
        listed.by.serial,
      );
    const shared = change.shared ?? memoryState();
    const keys = keysOf(DIRECT, { mode: 'certificates', wechatKeys: [], ...change.keys });
    const start = () =>
      createCertificates(
        { ...time, transport: playing(play, received, time.clock), log, nonce: () => 'n', shared },
        { keys, hosts: ['https://api.mch.weixin.qq.com'] },
      );
    const ids = async (from: ReturnType<typeof start>) => (await from.known()).map(({ id }) => id);
    return { start, ids, time, received, lines, listed };
  }

  it('are downloaded once for all processes, and again after half a day', async () => {
    const { start, ids, time, received } = scene();
    const [one, other] = [start(), start()];
    expect(await ids(one)).toEqual([fixtures.one.serial]);
    expect(await ids(other)).toEqual([fixtures.one.serial]);
    expect(await ids(one)).toEqual([fixtures.one.serial]);
    expect(received.map(({ target }) => target)).toEqual(['/v3/certificates']);
    time.advance(11 * 3_600_000);
    await Promise.all([ids(one), ids(one), ids(other)]);
    expect(received).toHaveLength(2);
  });

  it('are looked for when a key is unknown, at most once a minute, however many ask', async () => {
    const { start, time, received, listed } = scene();
    const [one, other] = [start(), start()];
    await one.known();
    time.advance(3_600_000);
    listed.rows = [sealed(fixtures.one, APIV3_KEY), sealed(fixtures.two, APIV3_KEY)];
    const found = await one.afterUnknownKey();
    expect(found.map(({ id }) => id)).toEqual([fixtures.one.serial, fixtures.two.serial]);
    expect(received).toHaveLength(2);
    for (let n = 0; n < 100; n += 1) await Promise.all([one.afterUnknownKey(), other.afterUnknownKey()]);
    expect(received).toHaveLength(2);
    time.advance(70_000);
    await Promise.all([one.afterUnknownKey(), other.afterUnknownKey()]);
    expect(received).toHaveLength(3);
  });

  it.each<[string, (listed: { rows: readonly object[]; by: Fixture }) => void]>([
    ['encrypted with another key', (listed) => (listed.rows = [sealed(fixtures.one, Buffer.alloc(32))])],
    ['signed by another', (listed) => (listed.by = fixtures.two)],
    [
      'named wrongly',
      (listed) => (listed.rows = [{ ...sealed(fixtures.one, APIV3_KEY), serial_no: fixtures.two.serial }]),
    ],
    ['not all readable', (listed) => (listed.rows = [sealed(fixtures.one, APIV3_KEY), {}])],
    ['none', (listed) => (listed.rows = [])],
  ])('that are %s are not believed', async (_name, spoil) => {
    const { start, ids, lines, listed } = scene();
    spoil(listed);
    expect(await ids(start())).toEqual([]);
    expect(lines.map(({ event }) => event)).toContain('v3_certificates_refused');
  });

  it('that have expired are not believed', async () => {
    const { start, ids, listed } = scene();
    listed.rows = [
      sealed(fixtures.two, APIV3_KEY, '2026-11-28T00:00:00+08:00'),
      sealed(fixtures.one, APIV3_KEY),
    ];
    expect(await ids(start())).toEqual([fixtures.one.serial]);
  });

  it('are believed for their tag, and not because the store says so', async () => {
    const shared = memoryState();
    const honest = scene({ shared });
    await honest.start().known();
    const rotated = scene({ shared, keys: { apiV3Keys: [Buffer.alloc(32, 1)] } });
    rotated.listed.rows = [];
    expect(await rotated.ids(rotated.start())).toEqual([]);
    const both = scene({ shared, keys: { apiV3Keys: [Buffer.alloc(32, 1), APIV3_KEY] } });
    expect(await both.ids(both.start())).toEqual([fixtures.one.serial]);
    expect(both.received).toHaveLength(0);
  });

  it('are downloaded by each process when the store is down', async () => {
    const { start, ids, received } = scene({ shared: down });
    expect(await ids(start())).toEqual([fixtures.one.serial]);
    expect(received).toHaveLength(1);
  });

  it('and a public key are both believed during a change; nothing is asked in public-key mode', async () => {
    const { start, received } = scene();
    const certificates = start();
    const query = (key: Fixture | 'public', mode: 'public_key' | 'certificates') => {
      const play: Play = () => {
        const said = { status: 200, body: vectors.own.payment.plain };
        return key === 'public' ? said : answer(said, virtualTime().clock.now(), keyOf(key), key.serial);
      };
      const { pay, received: calls } = stage(play, {
        certificates,
        settings: { keys: keysOf(DIRECT, { mode }) },
      });
      return { answer: pay.queryOrder({ subMchId: SIGNER, outTradeNo: ORDER_NO }), calls };
    };
    expect(await query(fixtures.one, 'public_key').answer).toMatchObject({ reason: 'unverified' });
    expect(received).toHaveLength(0);
    const certified = query(fixtures.one, 'certificates');
    expect(await certified.answer).toMatchObject({ kind: 'paid' });
    expect(certified.calls[0]?.headers).not.toHaveProperty('Wechatpay-Serial');
    expect(await query('public', 'certificates').answer).toMatchObject({ kind: 'paid' });
    expect(await query(fixtures.two, 'certificates').answer).toMatchObject({ reason: 'unverified' });
    expect(received).toHaveLength(1);
  });

  it('of a stranger’s own make prove nothing', async () => {
    const { start, ids, listed } = scene({ keys: { privateKey: OURS.privateKey } });
    listed.rows = [sealed(fixtures.two, Buffer.alloc(32, 7))];
    listed.by = fixtures.two;
    expect(await ids(start())).toEqual([]);
  });
});
