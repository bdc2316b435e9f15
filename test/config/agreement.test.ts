import fc from 'fast-check';
import { contradictionsIn } from '../../lib/config/agreement';
import { askAfterOf } from '../../lib/config/ask-after-of';
import { derivedAskAfter, firstAskAfter, longestSilence } from '../../lib/config/ask-after';
import { ConfigError, readConfig } from '../../lib/config/config';
import { writtenConfig } from '../../lib/config/written';
import { longestGap, timesOfDay } from '../../lib/config/cron-times';
import type { AskAfterMs } from '../../lib/orders/ask-schedule';
import { askAgainTimes, jittered, nextTurn } from '../../lib/orders/ask-schedule';
import { later } from '../../lib/values/instant';
import { START } from '../store/builders';
import { cases } from '../share';

const merchants = [{ subMchId: '1900000109' }];
const found = (settings: object): readonly string[] =>
  contradictionsIn(writtenConfig.parse({ merchants, ...settings }), 'cloud');

test('a server that says nobody reaches it has no public address', () => {
  const server = { publicAccess: false, publicUrl: 'https://pay.example.com' };
  const on = (runsOn: 'cloud' | 'server', settings: object) =>
    contradictionsIn(writtenConfig.parse({ merchants, server: settings }), runsOn);
  expect(on('server', server)).toEqual([expect.stringContaining('server.publicAccess (was false)')]);
  expect(on('server', { publicAccess: false })).toEqual([]);
  expect(on('server', { ...server, publicAccess: true })).toEqual([]);
  expect(on('cloud', server)).toEqual([]);
});

test('the defaults agree, for every time to pay', () => {
  for (const payableMinutes of [5, 30, 45, 120, 240, 1440]) {
    expect(found({ orders: { payableMinutes } })).toEqual([]);
  }
});

test.each<[string, object, string, string]>([
  [
    'a schedule too seldom for the time to pay',
    {
      orders: { payableMinutes: 240 },
      reconcileOrders: { askAfterMinutes: [1, 3, 10, 18, 26, 34, 120, 720, 2160] },
    },
    'orders.payableMinutes (was 240)',
    'reconcileOrders.askAfterMinutes (was [1,3,10,18,26,34,120,720,2160])',
  ],
  [
    'a timer too seldom for the schedule',
    { timers: { reconcileOrders: '0 */5 * * * * *' } },
    'timers.reconcileOrders (was "0 */5 * * * * *")',
    'reconcileOrders.askAfterMinutes (was null)',
  ],
  [
    'a timer that rests at night',
    { timers: { reconcileOrders: '*/30 * 8-22 * * * *' } },
    'timers.reconcileOrders',
    'reconcileOrders.askAfterMinutes',
  ],
  [
    'orders called unknown before they can end',
    { watchdog: { unknownAfterMinutes: 60 } },
    'watchdog.unknownAfterMinutes (was 60)',
    'reconcileOrders.askAfterMinutes',
  ],
  [
    'a first wait longer than the longest',
    { fulfilment: { backoff: { firstSeconds: 100, maxSeconds: 50 } } },
    'fulfilment.backoff.firstSeconds (was 100)',
    'fulfilment.backoff.maxSeconds (was 50)',
  ],
  [
    'an ack the platform cuts off',
    { inbox: { ackBudgetMs: 4500 }, functions: { payCallback: { timeoutSeconds: 4 } } },
    'inbox.ackBudgetMs (was 4500)',
    'functions.payCallback.timeoutSeconds (was 4)',
  ],
  [
    'a fulfilment that no run could begin',
    { fulfilment: { timeoutSeconds: 30 }, functions: { fulfillOrders: { timeoutSeconds: 30 } } },
    'fulfilment.timeoutSeconds (was 30)',
    'functions.fulfillOrders.timeoutSeconds (was 30)',
  ],
  [
    'fulfilments that are late before anybody looks',
    { timers: { fulfillOrders: '0 */20 * * * * *' } },
    'timers.fulfillOrders',
    'watchdog.unfulfilledAfterMinutes (was 15)',
  ],
  [
    'refunds followed more seldom than planned',
    { timers: { followRefunds: '0 */10 * * * * *' } },
    'timers.followRefunds',
    'refunds.askAfterMinutes',
  ],
  [
    'notifications applied too late',
    {
      timers: { processInbox: '0 */2 * * * * *' },
      watchdog: { alarms: { oldest_due_message: { threshold: 900 } } },
    },
    'timers.processInbox',
    'within 60 s',
  ],
  [
    'a statement begun after 10:30',
    { statement: { fromHour: 11, finalHour: 13 } },
    'statement.fromHour (was 11)',
    'at most 10',
  ],
  [
    'a bill asked for too seldom',
    { statement: { notYetMinutes: 70 } },
    'statement.notYetMinutes (was 70)',
    'timers.reconcileStatement',
  ],
  [
    'a bill that is called invalid only after hours',
    { statement: { fileTries: 20 } },
    'statement.fileTries (was 20)',
    'statement.backoff (was {"firstSeconds":60,"maxSeconds":1800})',
  ],
  [
    'a statement timer that ends before the final hour',
    { timers: { reconcileStatement: '0 * 10-11 * * * *' } },
    'statement.finalHour (was 12)',
    'timers.reconcileStatement',
  ],
  [
    'a watchdog more seldom than its windows',
    { timers: { watchdog: '0 0 * * * * *' }, watchdog: { alarms: { backlog: { windowMinutes: 30 } } } },
    'watchdog.alarms.backlog.windowMinutes (was 30)',
    'timers.watchdog',
  ],
  [
    'an alarm that always fires',
    { watchdog: { alarms: { oldest_due_message: { threshold: 20 } } } },
    'watchdog.alarms.oldest_due_message.threshold (was 20)',
    'timers.processInbox',
  ],
  [
    'carried over for longer than kept',
    { statement: { carryOverDays: 30 }, retention: { doneMessageDays: 7 } },
    'statement.carryOverDays (was 30)',
    'retention.doneMessageDays (was 7)',
  ],
  [
    'overdue later than forgotten',
    { refunds: { overdueDays: 90 }, retention: { deadMessageDays: 60 } },
    'refunds.overdueDays (was 90)',
    'retention.deadMessageDays (was 60)',
  ],
  [
    'dead letters forgotten while counted',
    { watchdog: { deadLetterHours: 720 }, retention: { deadMessageDays: 30 } },
    'watchdog.deadLetterHours (was 720)',
    'retention.deadMessageDays (was 30)',
  ],
])('%s is refused, once, naming both settings with their values', (_, settings, one, other) => {
  const lines = found(settings);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(one);
  expect(lines[0]).toContain(other);
  expect(() => readConfig({ merchants, ...settings })).toThrow(ConfigError);
});

test('a bill may be downloaded as often as an hour has room for', () => {
  const refused = (fileTries: number, backoff: object) =>
    found({ statement: { fileTries, backoff } }).filter((line) => line.includes('statement.fileTries'));
  expect(refused(6, {})).toEqual([]);
  expect(refused(7, {})).toEqual([expect.stringContaining('fileTries of at most 6')]);
  expect(refused(20, { maxSeconds: 180 })).toEqual([]);
  expect(refused(1, { firstSeconds: 3600, maxSeconds: 86_400 })).toEqual([]);
  expect(refused(2, { firstSeconds: 3600, maxSeconds: 86_400 })).toEqual([]);
  expect(refused(3, { firstSeconds: 3600, maxSeconds: 86_400 })).toHaveLength(1);
});

test.each<[string, number]>([
  ['*/30 * * * * * *', 30],
  ['0 * * * * * *', 60],
  ['30 */5 * * * * *', 300],
  ['0 0,20,30 * * * * *', 1_800],
  ['0 * 10-23 * * * *', 36_060],
  ['0 0 3 * * * *', 86_400],
  ['0 0 3 1 * * *', Number.POSITIVE_INFINITY],
  ['0 0 3 * * 1-5 *', Number.POSITIVE_INFINITY],
])('a timer of %s rests for %d s at the longest', (cron, seconds) => {
  expect(longestGap(cron)).toBe(seconds);
});

test('the longest rest is the widest step between the times of a day, around midnight too', () => {
  const field = (size: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max: size }).map((step) => `*/${step}`),
      fc
        .uniqueArray(fc.integer({ min: 0, max: size - 1 }), { minLength: 1, maxLength: 3 })
        .map((values) => values.join(',')),
    );
  fc.assert(
    fc.property(field(60), field(60), field(24), (second, minute, hour) => {
      const cron = `${second} ${minute} ${hour} * * * *`;
      const times = timesOfDay(cron) ?? [];
      const steps = times.map((at, n) => (times[n + 1] ?? (times[0] ?? 0) + 86_400) - at);
      expect(longestGap(cron)).toBe(steps.reduce((most, step) => Math.max(most, step), 0));
    }),
    { numRuns: cases({ everyTime: 25, all: 250 }) },
  );
});

test('a timer comes when its expression says', () => {
  expect(timesOfDay('0 15/20 9 * * * *')).toEqual([15, 35, 55].map((minute) => 9 * 3600 + minute * 60));
});

test('what a schedule costs: queries of an order that nobody pays while it can be paid', () => {
  const cost = (payable: number): number =>
    derivedAskAfter(payable).filter((age) => age <= payable + 8).length;
  expect([30, 240, 1440].map(cost)).toEqual([6, 36, 208]);
  expect(derivedAskAfter(30)).toEqual([1, 3, 10, 17, 24, 31, 75, 120, 720, 2160]);
});

const TIMER_MS = 120_000;
const MINUTE = 60_000;

/**
 * When an order is queried, by replaying the schedule with this jitter and a timer at this phase.
 */
function queriesOf(
  schedule: AskAfterMs,
  chance: () => number,
  phase: number,
  until: number,
): readonly number[] {
  const tick = (at: number): number => Math.ceil((at - phase) / TIMER_MS) * TIMER_MS + phase;
  const ages: number[] = [];
  let due = jittered(schedule[0], chance());
  for (let asks = 0; asks < 2_000 && due <= until; asks += 1) {
    const age = tick(due);
    ages.push(age);
    const now = later(START, age);
    const again = askAgainTimes(schedule, now, chance());
    due = nextTurn(schedule, again, { createdAt: START, asks }, now).at - START;
  }
  return ages;
}

test('whenever an order is paid, and whatever the jitter, a query tells within 10 minutes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 1440 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 0, max: TIMER_MS - 1 }),
      (payableMinutes, share, chances, phase) => {
        let n = 0;
        const chance = (): number => chances[(n += 1) % chances.length] ?? 0;
        const written = { merchants, orders: { payableMinutes } };
        const config = readConfig(written);
        const ages = queriesOf(
          config.reconcileOrders.askAfterMs,
          chance,
          phase,
          (payableMinutes + 400) * MINUTE,
        );
        const paidAt = share * payableMinutes * MINUTE;
        const known = ages.find((age) => age >= paidAt) ?? Number.POSITIVE_INFINITY;
        expect(known - paidAt).toBeLessThanOrEqual(10 * MINUTE - 10_000);
        const settled = (payableMinutes + 60) * MINUTE;
        const ended = ages.find((age) => age > settled) ?? Number.POSITIVE_INFINITY;
        const bound =
          firstAskAfter(askAfterOf(writtenConfig.parse(written)), payableMinutes + 60) * MINUTE +
          TIMER_MS * 2;
        // Each query before it may have waited for the timer too. None waits longer than its gap.
        const silence = longestSilence(askAfterOf(writtenConfig.parse(written)), payableMinutes + 60, 60);
        const waited = TIMER_MS * ages.indexOf(ended);
        expect(ended).toBeLessThanOrEqual(Math.min(bound + waited, settled + silence * MINUTE));
        expect(bound).toBeLessThanOrEqual((payableMinutes + 121) * MINUTE);
      },
    ),
    { numRuns: cases({ everyTime: 75, all: 750 }) },
  );
});

test('any schedule that is accepted holds the promise by its own gaps', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 1440 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 30 }),
      (payableMinutes, list) => {
        const [first = 1, ...rest] = list.sort((a, b) => a - b);
        const lines = found({
          orders: { payableMinutes },
          reconcileOrders: { askAfterMinutes: [first, ...rest] },
        });
        const isRefused = lines.some((line) => line.includes('orders.payableMinutes'));
        const silence = longestSilence([first, ...rest], payableMinutes, 30);
        expect(isRefused).toBe(silence > 10);
      },
    ),
    { numRuns: cases({ everyTime: 75, all: 750 }) },
  );
});
