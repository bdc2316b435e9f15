import { readFileSync } from 'node:fs';
import { ConfigError, readConfig } from '../../lib/config/config';

const merchants = [{ subMchId: '1900000109' }];

test('the configuration of this repository is right', () => {
  expect(readConfig(JSON.parse(readFileSync('config.json', 'utf8'))).merchants[0].subMchId).toBe(
    '1900000109',
  );
});

test('everything but the merchant number has a default', () => {
  const config = readConfig({ merchants });
  expect(config.inbox).toMatchObject({ batch: 100, leaseMs: 60_000 });
  expect(config.timers.processInbox.split(' ')).toHaveLength(7);
});

test.each<[string, unknown, string]>([
  ['no merchant', {}, '  merchants: missing; must be of type'],
  [
    'a number as text',
    { merchants, inbox: { batch: '5' } },
    '  inbox.batch: was "5"; must be of type number',
  ],
  [
    'a fraction',
    { merchants, inbox: { attempts: 1.5 } },
    '  inbox.attempts: was 1.5; must be a whole number',
  ],
  ['too small', { merchants, inbox: { batch: 0 } }, '  inbox.batch: was 0; must be at least 1'],
  [
    'too large',
    { merchants, inbox: { ackBudgetMs: 9000 } },
    '  inbox.ackBudgetMs: was 9000; must be at most 4500',
  ],
  [
    'a level nobody reaches',
    { merchants, watchdog: { alarms: { silent_callbacks: { threshold: 101 } } } },
    '  watchdog.alarms.silent_callbacks.threshold: was 101; must be at most 100',
  ],
  [
    'two targets of one name',
    {
      merchants,
      watchdog: {
        targets: [
          { name: 'a', kind: 'wecom' },
          { name: 'a', kind: 'feishu' },
        ],
      },
    },
    '; must each have a name of its own',
  ],
  [
    'a target with its address',
    { merchants, watchdog: { targets: [{ name: 'a', kind: 'wecom', url: 'https://x' }] } },
    '  watchdog.targets.0.url: there is no such setting',
  ],
  [
    'a console that is no address',
    { merchants, ops: { consoleUrl: 'javascript:alert(1)' } },
    '  ops.consoleUrl: was "javascript:alert(1)"; must be an http or https address',
  ],
  ['an unknown setting', { merchants, inbox: { retries: 3 } }, '  inbox.retries: there is no such setting'],
  ['an alias', { merchants, envId: 'prod' }, '  envId: was "prod"; must be the full environment id'],
  [
    'a cron of 5 fields',
    { merchants, timers: { processInbox: '* * * * *' } },
    '  timers.processInbox: was "* * * * *"; must be a 7-field cron',
  ],
  [
    'a cron that never comes',
    { merchants, timers: { processInbox: '0 0 0 1 1 * 2020' } },
    '  timers.processInbox: was "0 0 0 1 1 * 2020"',
  ],
  ['a word', { merchants, log: { level: 'loud' } }, '  log.level: was "loud"; must be one of "debug"'],
  [
    'a size nobody sells',
    { merchants, functions: { payCallback: { memoryMb: 300 } } },
    '  functions.payCallback.memoryMb: was 300; must be one of 128',
  ],
  ['no object', 5, '  (the whole file): was 5'],
])('%s is named by path, with what it was and what it may be', (_, json, line) => {
  expect(() => readConfig(json)).toThrow(ConfigError);
  expect(() => readConfig(json)).toThrow(line);
});

test('all wrong settings are named at once', () => {
  expect(() => readConfig({ merchants, inbox: { batch: 0, attempts: 0 } })).toThrow('in 2 place(s)');
});

test('a value nested beyond the stack is refused by name as any other', () => {
  let deep: unknown = 'deep';
  for (let depth = 0; depth < 50_000; depth += 1) deep = [deep];
  expect(() => readConfig({ merchants, inbox: deep })).toThrow('  inbox: was object; must be of type object');
});

test('what is read is in the units of the program, said once for every part', () => {
  const config = readConfig({
    merchants: [{ subMchId: '1900000109', feeRate: '0.60%' }],
    orders: { payableMinutes: 45, verifyAbove: 5_000 },
    refunds: { limits: { day: 100 } },
    functions: { ops: { timeoutSeconds: 20 } },
  });
  expect(config.orders).toMatchObject({ payableMs: 2_700_000, firstAskMs: 60_000, askAgainMs: 5_000 });
  expect(config.inbox).toMatchObject({ leaseMs: 60_000, unverifiedMs: 604_800_000, verifyAbove: 5_000 });
  expect(config.refunds.limits).toEqual({ single: null, operatorDay: null, day: 100 });
  expect(config.statement.merchants).toEqual([{ subMchId: '1900000109', feeRate: 6_000 }]);
  expect(config.watchdog).toMatchObject({ unknownAfterMs: 9_900_000, speech: { language: 'zh' } });
  expect(config.functions.ops).toEqual({ memoryMb: 256, timeoutMs: 20_000 });
});

test('settings that disagree are named only once each of them is right', () => {
  const timers = { processInbox: '0 0 * * * * *' };
  expect(() => readConfig({ merchants, timers })).toThrow('settings of config.json do not agree:\n');
  expect(() => readConfig({ merchants, timers, inbox: { batch: 0 } })).toThrow('wrong in 1 place(s)');
  expect(() => readConfig({ merchants, timers: { processInbox: 'often' } })).toThrow('wrong in 1 place(s)');
});
