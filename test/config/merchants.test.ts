import { ConfigError, readConfig } from '../../lib/config/config';
import { collectorOf, signerOf } from '../../lib/config/v3-party';

/*
 * Which WeChat Pay each merchant speaks, as config.json says it.
 */

const CLOUDPAY = { subMchId: '1900000109' };
const DIRECT = { mchId: '1900007291', appId: 'wx8888888888888888', name: 'Own number', channel: 'v3' };
const PARTNER = {
  spMchId: '1900000100',
  spAppId: 'wx7777777777777777',
  subMchId: '1900000201',
  subAppId: 'wx6666666666666666',
  channel: 'v3',
};
const CLOUDRUN = { subMchId: '1900000301', channel: 'cloudrun' };

test('an installation may serve merchants on every channel, each known by the number paid to', () => {
  const config = readConfig({ merchants: [CLOUDPAY, DIRECT, PARTNER, CLOUDRUN] });
  expect(config.merchants).toEqual([
    { subMchId: '1900000109', name: '', feeRate: null, channel: { kind: 'cloudpay' } },
    {
      subMchId: '1900007291',
      name: 'Own number',
      feeRate: null,
      channel: { kind: 'v3', party: { mode: 'direct', mchId: '1900007291', appId: 'wx8888888888888888' } },
    },
    {
      subMchId: '1900000201',
      name: '',
      feeRate: null,
      channel: {
        kind: 'v3',
        party: {
          mode: 'partner',
          spMchId: '1900000100',
          spAppId: 'wx7777777777777777',
          subMchId: '1900000201',
          subAppId: 'wx6666666666666666',
        },
      },
    },
    { subMchId: '1900000301', name: '', feeRate: null, channel: { kind: 'cloudrun' } },
  ]);
  const numbers = ['1900000109', '1900007291', '1900000201', '1900000301'];
  expect(config.orders.merchants).toEqual(numbers);
  expect(config.inbox.merchants).toEqual(numbers);
  expect(config.watchdog.merchants).toEqual(numbers);
  expect(config.statement.merchants.map(({ subMchId }) => subMchId)).toEqual(numbers);
});

test('the provider signs for its merchant, and the merchant is paid', () => {
  const [, partner] = readConfig({ merchants: [CLOUDPAY, PARTNER] }).merchants;
  if (partner?.channel.kind !== 'v3') throw new Error('no v3 merchant');
  expect(signerOf(partner.channel.party)).toBe('1900000100');
  expect(collectorOf(partner.channel.party)).toBe('1900000201');
});

test('a provider may have several merchants, and a number of its own on another channel', () => {
  const second = { ...PARTNER, subMchId: '1900000202' };
  const provider = { subMchId: PARTNER.spMchId };
  expect(readConfig({ merchants: [PARTNER, second, provider] }).merchants).toHaveLength(3);
});

test.each<[string, object, string]>([
  ['no number', { name: 'x' }, '  merchants.0.subMchId: missing; must be of type string'],
  ['a number as a number', { subMchId: 19 }, '  merchants.0.subMchId: was 19; must be of type string'],
  ['another channel', { subMchId: '1', channel: 'v2' }, '  merchants.0.channel: must be one of "cloudpay"'],
  ['no app', { mchId: '1', channel: 'v3' }, 'in 1 place(s):\n  merchants.0.appId: missing'],
  [
    'no channel',
    { mchId: '1', appId: 'wx8888888888888888' },
    '  merchants.0.mchId: there is no such setting',
  ],
  [
    'half a partner',
    { ...PARTNER, spAppId: undefined },
    'in 1 place(s):\n  merchants.0.spAppId: missing; must be of type string',
  ],
  [
    'a number for an app',
    { ...DIRECT, appId: '1900007291' },
    '  merchants.0.appId: was "1900007291"; must be the id of a mini program',
  ],
  ['a key', { ...DIRECT, apiV3Key: 'x' }, 'in 1 place(s):\n  merchants.0.apiV3Key: there is no such setting'],
])('%s is refused by the name of what is wrong', (_, entry, line) => {
  expect(() => readConfig({ merchants: [entry] })).toThrow(ConfigError);
  expect(() => readConfig({ merchants: [entry] })).toThrow(line);
});

test('two merchants that are paid to one number are refused', () => {
  const twice = [DIRECT, { subMchId: DIRECT.mchId }];
  expect(() => readConfig({ merchants: twice })).toThrow('  merchants.1: was "1900007291"; must be paid to');
});
