import type { Config } from '../../lib/config/config-schema';
import { readPeople } from '../../lib/ops/people/people';
import { sha256Of } from '../../lib/ops/people/tokens';
import { readServerSettings } from '../../server/settings';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CHECKS } from '../../lib/doctor/finding';
import { CHECKS_ZH, findingInChinese } from '../../lib/ops/check-words';
import { tooLargeToKeep, wrongInAnswer } from '../../lib/doctor/ack';
import { checkSecurityRules, closedFunctions, wantedRules } from '../../lib/doctor/rules';
import { checkClock, checkNode } from '../../lib/doctor/runtime';
import { checkEnvironmentId, checkSettings } from '../../lib/doctor/settings';
import { checkTokens, weaknessOf } from '../../lib/doctor/tokens';
import { MAX_NOTIFICATION_CHARS } from '../../lib/inbox/receive';
import { readConfig } from '../../lib/config/config';

const OWN = {
  merchants: [{ subMchId: '1700000001' }],
  watchdog: { targets: [{ name: 'night', kind: 'wecom' }] },
};
const levels = (settings: object, place: 'checkout' | 'server' | 'cloud') =>
  Object.fromEntries(checkSettings(readConfig(settings), place).map(({ check, level }) => [check, level]));

describe('the settings', () => {
  it('of this repository are a demonstration, which is an error in the cloud', () => {
    const demo: unknown = JSON.parse(readFileSync('config.json', 'utf8'));
    const config = readConfig(demo);
    const of = (place: 'checkout' | 'cloud') =>
      checkSettings(config, place).find(({ check }) => check === 'merchants')?.level;
    expect([of('checkout'), of('cloud')]).toEqual(['warning', 'error']);
  });

  it('are all right with a merchant, an operator and the time for a delivery', () => {
    const settings = { ...OWN, ops: { operators: ['oOne'], readers: ['oTwo'] } };
    for (const place of ['checkout', 'server', 'cloud'] as const)
      expect(new Set(Object.values(levels(settings, place)))).toEqual(new Set(['ok']));
  });

  it('tell nobody of an alarm, or by a robot without an address', () => {
    expect(levels({ merchants: OWN.merchants }, 'cloud')).toMatchObject({ robots: 'warning' });
    const unset = checkSettings(readConfig(OWN), 'server', ['ALARM_NIGHT_URL']);
    expect(unset.find(({ check }) => check === 'robots')?.what).toContain('ALARM_NIGHT_URL');
  });

  it('leave nobody who may act, or name somebody twice', () => {
    expect(levels(OWN, 'cloud')).toMatchObject({ operators: 'warning' });
    expect(levels({ ...OWN, ops: { operators: ['oOne'], readers: ['oOne'] } }, 'cloud')).toMatchObject({
      operators: 'warning',
    });
  });

  it('give a delivery more time than its function has', () => {
    const settings = (timeoutSeconds: number) => ({
      ...OWN,
      fulfilment: { timeoutSeconds: 50 },
      functions: { fulfillOrders: { timeoutSeconds } },
    });
    expect(() => levels(settings(56), 'cloud')).toThrow(/do not agree/);
    expect(levels(settings(57), 'cloud')).toMatchObject({ time_limits: 'ok' });
  });

  it('name an environment that is not the one this runs in', () => {
    const told = { envId: 'prod-8gxvz0f70375accc' };
    expect(checkEnvironmentId(told, 'prod-8gxvz0f70375accc').level).toBe('ok');
    expect(checkEnvironmentId(told, null).level).toBe('ok');
    expect(checkEnvironmentId({ envId: null }, 'prod-8gxvz0f70375accc').level).toBe('ok');
    expect(checkEnvironmentId(told, 'test-1gxvz0f70375acca')).toMatchObject({ level: 'error' });
    expect(() => readConfig({ ...OWN, envId: 'prod' })).toThrow('full environment id');
  });
});

describe('tokens', () => {
  const RANDOM = 'mD3v0ZkqTzq1x5u8Yh2B7nRfWcLJpA9e';
  const OTHER = 'Qe7Lr2uXn5BvKc8sHj1TzPw4Gd6FyM0a';
  it.each([
    [{}, 'checkout', 'unknown'],
    [{}, 'server', 'ok'],
    [{}, 'cloud', 'ok'],
    [{ OPS_TOKEN: RANDOM, OPS_READ_TOKEN: OTHER }, 'cloud', 'ok'],
    [{ OPS_TOKEN: 'short' }, 'cloud', 'error'],
    [{ OPS_TOKEN: '' }, 'cloud', 'error'],
    [{ OPS_TOKEN: RANDOM, OPS_READ_TOKEN: RANDOM }, 'cloud', 'error'],
    [{ OPS_TOKEN: 'sixteen-letters!' }, 'cloud', 'warning'],
    [{ OPS_READ_TOKEN: 'a'.repeat(40) }, 'cloud', 'warning'],
    [{ OPS_TOKEN: RANDOM, OPS_READ_TOKEN: '12121212121212121212121212' }, 'server', 'warning'],
  ] as const)('%j at the %s: %s', (environment, place, level) => {
    const finding = checkTokens(environment, place);
    expect(finding.level).toBe(level);
    for (const token of Object.values(environment))
      if (token !== '' && token !== 'short') expect(JSON.stringify(finding)).not.toContain(token);
  });

  it('that several people know are a second person beside named operators, and nobody has two', () => {
    const settings = (secondPerson: object, tokens: readonly object[] = []) =>
      readConfig({ ...OWN, ops: { operators: [{ name: 'li', role: 'act', tokens }], secondPerson } }).ops;
    const level = (ops: Config['ops']) => checkTokens({ OPS_TOKEN: RANDOM }, 'server', ops.people, ops).level;
    expect(level(settings({}))).toBe('ok');
    expect(level(settings({ refundAbove: 100 }))).toBe('warning');
    expect(level(settings({ bulkAbove: 5 }))).toBe('warning');
    const own = settings({}, [{ sha256: sha256Of(RANDOM) }]);
    expect(level(own)).toBe('error');
    expect(() => readServerSettings({ OPS_TOKEN: RANDOM }, own.people)).toThrow(
      /OPS_TOKEN: was the token of/,
    );
    expect(readPeople(own.people, { OPS_TOKEN: RANDOM })).toMatchObject({ people: [{ name: 'li' }] });
  });

  it('of 32 random bytes are never called weak', () => {
    for (let n = 0; n < 2_000; n += 1) expect(weaknessOf(randomBytes(32).toString('base64'))).toBeNull();
  });
});

describe('security rules', () => {
  const closed = closedFunctions(['payCallback', 'refundCallback', 'createOrder'], ['processInbox']);
  it.each<[string, unknown, string]>([
    ['are not known', null, 'unknown'],
    ['are no rules', 'invoke', 'error'],
    ['lack the entry for all others', { payCallback: { invoke: false } }, 'error'],
    ['leave everything open', { '*': { invoke: true } }, 'warning'],
    ['say it in text', { ...wantedRules(closed), payCallback: { invoke: 'false' } }, 'warning'],
    ['are as the build writes them', wantedRules(closed), 'ok'],
  ])('that %s', (_, rules, level) => {
    expect(checkSecurityRules(rules, closed).level).toBe(level);
  });

  it('close the callbacks and the workers, and nothing a mini program calls', () => {
    expect(closed).toEqual(['payCallback', 'processInbox', 'refundCallback']);
  });
});

it.each([
  [{ errcode: 0, errmsg: 'ok' }, 'ack', true],
  [{ errcode: 50301, errmsg: 'later' }, 'refusal', true],
  [{ errcode: '0', errmsg: 'ok' }, 'ack', false],
  [{ errcode: 0 }, 'ack', false],
  [{ return_code: 'SUCCESS', return_msg: 'OK' }, 'ack', false],
  [{ errcode: 0, errmsg: 'ok' }, 'refusal', false],
  [{ errcode: 50301, errmsg: 'later' }, 'ack', false],
  [true, 'ack', false],
  [null, 'ack', false],
] as const)('an answer %j to what wants an %s is right: %s', (answer, expected, right) => {
  expect(wrongInAnswer(answer, expected) === null).toBe(right);
});

it('the question to a callback in the cloud is larger than anything that is kept', () => {
  expect(JSON.stringify(tooLargeToKeep()).length).toBeGreaterThan(MAX_NOTIFICATION_CHARS);
});

it.each([
  [0, 'ok'],
  [900, 'ok'],
  [-900, 'ok'],
  [5_000, 'warning'],
  [-5_000, 'warning'],
  [20_000, 'error'],
  [-20_000, 'error'],
])('a clock that is %s ms off: %s', (off, level) => {
  const finding = checkClock({ sentAt: 1_000_000, heardAt: 1_000_100, theirs: 1_000_050 + off }, 1, 'theirs');
  expect(finding.level).toBe(level);
  if (off > 2_000) expect(finding.what).toContain('behind');
  if (off < -2_000) expect(finding.what).toContain('ahead');
});

it.each([
  ['v20.11.1', 20, 'ok'],
  ['v18.20.4', 20, 'error'],
  ['v18.15.0', 18, 'ok'],
  ['v16.13.1', 18, 'error'],
])('Node.js %s where %s is wanted: %s', (version, least, level) => {
  expect(checkNode(version, least).level).toBe(level);
});

it('every check has its words in Chinese, and nothing else has', () => {
  expect(Object.keys(CHECKS_ZH).sort()).toEqual(Object.keys(CHECKS).sort());
  const said = (level: 'ok' | 'warning') => findingInChinese({ check: 'clock', level })?.what;
  expect([said('ok'), said('warning')]).toEqual([
    CHECKS_ZH['clock']?.what,
    `未满足：${CHECKS_ZH['clock']?.what}`,
  ]);
});

const PLACES = { checkout: '本机', server: '服务', cloud: '云端' };

it.each(['doctor.md', 'doctor.zh-CN.md'])(
  'docs/%s has a row for every check and for nothing else',
  (name) => {
    const rows = readFileSync(`docs/${name}`, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, names = '', places = ''] = line.split('|').map((cell) => cell.trim());
        return [...names.matchAll(/`([a-z_]+)`/g)].map(([, check = '']) => [check, places] as const);
      });
    const inWords = (places: readonly (keyof typeof PLACES)[]) =>
      name === 'doctor.md' ? places.join(', ') : places.map((place) => PLACES[place]).join('、');
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(CHECKS).map(([check, places]) => [check, inWords(places)])),
    );
  },
);
