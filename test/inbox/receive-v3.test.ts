import { readConfig } from '../../lib/config/config';
import type { ReceiveV3Deps } from '../../lib/inbox/v3/receive-v3';
import { LEAST_STORE_MS } from '../../lib/inbox/receive';
import { receiveV3, v3Signers } from '../../lib/inbox/v3/receive-v3';
import type { Timers } from '../../lib/runtime/timers';
import { later } from '../../lib/values/instant';
import type { WeChatKey } from '../../lib/wechat/v3/keys/keys';
import {
  config,
  envelope,
  KEY_ID,
  KEYS,
  PAYMENT,
  REFUND,
  signed,
  wechat,
} from '../server/door/v3-notifications';
import { START } from '../store/builders';
import { rememberedLog } from './stage';

/* What receiving an API v3 notification answers, logs and asks for, by what the store does. */

/** Timers of which none goes off by itself. */
const NEVER: Timers = { after: () => () => undefined };
/** Timers that go off at once. */
const AT_ONCE: Timers = {
  after: (_, then) => {
    queueMicrotask(then);
    return () => undefined;
  },
};

const ORDER = PAYMENT.out_trade_no;

async function receiving(
  body: string,
  over: Partial<ReceiveV3Deps> = {},
  headers = signed(body),
  waitedMs?: number,
) {
  const log = rememberedLog();
  const shown: string[] = [];
  const deps: ReceiveV3Deps = {
    signers: v3Signers(config.merchants, () => ({ keys: () => KEYS })),
    record: async () => 'stored',
    clock: { now: () => START },
    timers: NEVER,
    log,
    ackBudgetMs: 2_500,
    signals: {
      show: async (what) => void shown.push(what),
      verified: (keyId) => {
        shown.push(keyId);
        return null;
      },
    },
    ...over,
  };
  const outcome = await receiveV3(deps, { headers, body: Buffer.from(body), mchId: null }, waitedMs);
  return { outcome, shown, said: log.lines.map(({ event, fields }) => ({ event, ...fields })) };
}

const payment = envelope(PAYMENT);

test.each<[string, Partial<ReceiveV3Deps>, string, object]>([
  ['stores it', {}, 'stored', { event: 'notification_stored', kind: 'payment', trust: 'platform' }],
  [
    'has it',
    { record: async () => 'repeat' },
    'repeat',
    { event: 'notification_repeated', trust: 'platform' },
  ],
  [
    'fails',
    { record: async () => Promise.reject(new Error('the disk is full')) },
    'not_stored',
    { event: 'notification_not_stored', reason: 'Error: the disk is full' },
  ],
  [
    'is too slow',
    { record: () => new Promise(() => undefined), timers: AT_ONCE },
    'not_stored',
    { event: 'notification_not_stored', reason: 'timeout' },
  ],
])('a store that %s is answered and logged so', async (_, deps, outcome, line) => {
  const { said, ...received } = await receiving(payment, deps);
  expect(received.outcome).toBe(outcome);
  expect(said).toEqual([expect.objectContaining({ ...line, outTradeNo: ORDER })]);
});

test('a key that holds is told to the watchdog, and one that we lack is, too', async () => {
  expect((await receiving(payment)).shown).toEqual([KEY_ID]);
  const unknown = signed(payment, { serial: 'PUB_KEY_ID_NEW' });
  expect(await receiving(payment, {}, unknown)).toMatchObject({
    outcome: 'unknown_key',
    shown: ['unknown_key'],
    said: [{ reason: 'unknown_key', outTradeNo: ORDER, serial: 'PUB_KEY_ID_NEW', skewMs: null }],
  });
  expect(await receiving(payment, { clock: { now: () => later(START, 3_600_000) } })).toMatchObject({
    outcome: 'clock',
    shown: ['clock_skew'],
    said: [{ reason: 'clock', skewMs: 3_600_000 }],
  });
});

test.each([
  [0, 2_500],
  [1_000, 1_500],
  [60_000, LEAST_STORE_MS],
])('after %d ms of waiting the store has %d ms', async (waitedMs, leftMs) => {
  const given: number[] = [];
  const timers: Timers = {
    after: (ms) => {
      given.push(ms);
      return () => undefined;
    },
  };
  expect(await receiving(payment, { timers }, signed(payment), waitedMs)).toMatchObject({
    outcome: 'stored',
  });
  expect(given).toEqual([leftMs]);
});

describe('what names a provider alone', () => {
  const provider = { channel: 'v3', spMchId: '1900000001', spAppId: 'wx8888888888888888' };
  const merchantsOf = (...numbers: readonly string[]) => {
    const merchants = numbers.map((subMchId) => ({ ...provider, subMchId, subAppId: 'wxd678efh567hg6788' }));
    return { signers: v3Signers(readConfig({ merchants }).merchants, () => ({ keys: () => KEYS })) };
  };
  const { mchid: _, ...refund } = REFUND;
  const { mchid: __, appid: ___, ...paid } = PAYMENT;
  const body = (terms: object, event: string) =>
    envelope({ ...terms, sp_mchid: provider.spMchId }, { event });

  test.each<[string, object, string]>([
    ['a refund', refund, 'REFUND.SUCCESS'],
    ['a refund without a number', { ...refund, out_refund_no: null }, 'REFUND.SUCCESS'],
  ])('%s is of its only merchant, and of none of two', async (_name, terms, event) => {
    const one = await receiving(body(terms, event), merchantsOf('1900000208'));
    expect(one.outcome).toBe('stored');
    const two = await receiving(body(terms, event), merchantsOf('1900000208', '1900000209'));
    expect(two.outcome).toBe('foreign');
  });

  test.each<[string, object]>([
    ['a payment', paid],
    ['a payment that cannot be read', { ...paid, amount: 'all' }],
  ])('%s is of nobody', async (_name, terms) => {
    const { outcome } = await receiving(body(terms, 'TRANSACTION.SUCCESS'), merchantsOf('1900000208'));
    expect(outcome).toBe('foreign');
  });
});

describe('a notification under a certificate that we lack', () => {
  const provider = { channel: 'v3', spMchId: '1900000001', spAppId: 'wx8888888888888888' };
  const { merchants } = readConfig({
    merchants: [{ ...provider, subMchId: '1900000208', subAppId: 'wxd678efh567hg6788' }],
  });
  const { mchid: _, ...terms } = REFUND;
  const refund = envelope({ ...terms, sp_mchid: provider.spMchId }, { event: 'REFUND.SUCCESS' });
  const headers = signed(refund, { serial: 'NEW' });
  const listedNow: WeChatKey = { id: 'NEW', key: wechat.publicKey, from: 'downloaded' };

  function signers(listed: readonly WeChatKey[]) {
    let downloads = 0;
    const found = v3Signers(merchants, () => ({
      keys: () => KEYS,
      afterUnknownKey: async () => {
        downloads += 1;
        return listed;
      },
    }));
    return { signers: found, downloads: () => downloads };
  }

  test('is believed once it is listed, also when it names the provider alone', async () => {
    const { downloads, ...deps } = signers([listedNow]);
    expect(await receiving(refund, deps, headers)).toMatchObject({ outcome: 'stored' });
    expect(downloads()).toBe(1);
  });

  test('is refused when the listed one says that its signature is wrong', async () => {
    const { downloads, ...deps } = signers([listedNow]);
    const forged = signed(`${refund} `, { serial: 'NEW' });
    expect(await receiving(refund, deps, forged)).toMatchObject({ outcome: 'invalid_signature' });
    expect(downloads()).toBe(1);
  });

  test('stays unverified while it is not listed, or the list takes too long', async () => {
    expect(await receiving(refund, { signers: signers([]).signers }, headers)).toMatchObject({
      outcome: 'unknown_key',
    });
    const late = signers([listedNow]).signers.map((signer) => ({
      ...signer,
      afterUnknownKey: () => new Promise<never>(() => undefined),
    }));
    let tick = 0;
    // The download's time is up; the store's is not.
    const timers: Timers = {
      after: (_ms, then) => {
        if ((tick += 1) === 1) queueMicrotask(then);
        return () => undefined;
      },
    };
    expect(await receiving(refund, { signers: late, timers }, headers)).toMatchObject({
      outcome: 'unknown_key',
    });
  });

  test('costs no download when our key does not open it', async () => {
    const { downloads, ...deps } = signers([listedNow]);
    const foreign = envelope(REFUND, { event: 'REFUND.SUCCESS', key: Buffer.alloc(32) });
    const outcome = await receiving(foreign, deps, signed(foreign, { serial: 'NEW' }));
    expect(outcome).toMatchObject({ outcome: 'invalid_signature' });
    expect(downloads()).toBe(0);
  });
});

test('what is too large, compressed or for nobody is refused before its signature is looked at', async () => {
  const checkSignature = () => {
    throw new Error('looked at');
  };
  const huge = 'x'.repeat(1_048_577);
  expect((await receiving(huge, { checkSignature }, {})).outcome).toBe('too_large');
  const compressed = { ...signed(payment), 'content-encoding': 'GZIP' };
  expect((await receiving(payment, { checkSignature }, compressed)).outcome).toBe('encoded');
  expect((await receiving(payment, { checkSignature, signers: [] })).outcome).toBe('no_such_merchant');
  const plain = { ...signed(payment), 'content-encoding': 'Identity' };
  expect((await receiving(payment, {}, plain)).outcome).toBe('stored');
});
