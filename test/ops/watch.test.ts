import type { Alarm, AlarmCause } from '../../lib/model/alarm';
import { DeliveryError } from '../../lib/ops/watch/notice';
import { watch } from '../../lib/ops/watch/watch';
import { StoreError } from '../../lib/store/errors';
import { liftPause, setPause } from '../../lib/store/pauses';
import type { Store } from '../../lib/store/port';
import { later } from '../../lib/values/instant';
import { claimAt, keysOf, message, order, refundNo, START } from '../store/builders';
import { openCloudBaseHarness } from '../store/cloudbase/harness';
import type { OpenHarness, StoreHarness } from '../store/harness';
import { otherHandle, withHarness } from '../store/harness';
import { openSqliteHarness } from '../store/sqlite/harness';
import { listener, told, watchdog } from './watching';

const MINUTE = 60_000;

const alarmOf = async (store: Store, cause: AlarmCause): Promise<Alarm> => {
  const found = (await store.alarms.all()).find((one) => one.cause === cause);
  if (found === undefined) throw new Error(`there is no alarm of ${cause}`);
  return found;
};

const STORES: readonly (readonly [string, OpenHarness])[] = [
  ['SQLite', openSqliteHarness],
  ['CloudBase', openCloudBaseHarness],
];

describe.each(STORES)('on %s the watchdog', (_, open) => {
  const on = (run: (harness: StoreHarness) => Promise<void>) => withHarness(open, run);

  it(
    'is silent about a quiet shop, and keeps its figures',
    on(async ({ store, now }) => {
      const robot = listener('one');
      const { run } = watchdog(store, now, [robot]);
      expect(await run()).toMatchObject({ on: [], delivered: 0, failed: 0, measuredAt: START });
      expect(robot.heard).toEqual([]);
      expect(await store.alarms.all()).toEqual([]);
      expect(await store.figures.range(START, later(START, 1))).toHaveLength(1);
    }),
  );

  it(
    'notifies every target of an overdue message, at each level, and when it is over',
    on(async ({ store, now, advance }) => {
      const robots = [listener('one'), listener('two')];
      const { run } = watchdog(store, now, robots);
      await store.inbox.record(message(1, { receivedAt: now() }));
      advance(4 * MINUTE);
      await run();
      advance(5 * MINUTE);
      expect(await run()).toMatchObject({ on: ['oldest_due_message'], delivered: 2 });
      advance(5 * MINUTE);
      expect(await run()).toMatchObject({ on: ['oldest_due_message'], delivered: 0 });
      await store.inbox.dismiss([message(1).key], 'li', 'a test', now());
      advance(5 * MINUTE);
      await run();
      expect(await alarmOf(store, 'oldest_due_message')).toMatchObject({
        level: 0,
        calmSince: now(),
        told: 100,
      });
      advance(15 * MINUTE);
      expect(await run()).toMatchObject({ on: [], delivered: 2 });
      for (const robot of robots) {
        expect(told(robot)).toEqual([
          'oldest_due_message 70',
          'oldest_due_message 100',
          'oldest_due_message 0',
        ]);
      }
      const ended = await alarmOf(store, 'oldest_due_message');
      expect(ended).toMatchObject({ level: 0, told: 0, since: null, value: 0 });
      expect(ended.deliveries).toMatchObject([
        { target: 'one', told: 0, attempts: 1, error: null },
        { target: 'two', told: 0, attempts: 1, error: null },
      ]);
    }),
  );

  it(
    'beside others at the same time tells everything once',
    on(async (harness) => {
      const { store, now, advance } = harness;
      const robot = listener('one');
      const second = await otherHandle(harness);
      for (let n = 1; n <= 3; n += 1) await store.inbox.record(message(n, { receivedAt: now() }));
      await store.orders.create(order(1, { createdAt: later(now(), -24 * 60 * MINUTE) }));
      advance(10 * MINUTE);
      const dogs = [store, second, store, second].map((handle) => watchdog(handle, now, [robot]));
      await Promise.all(dogs.map(({ run }) => run()));
      expect(told(robot).sort()).toEqual([
        'missing_statement 100',
        'oldest_due_message 100',
        'unknown_payments 50',
      ]);
      advance(5 * MINUTE);
      await Promise.all(dogs.map(({ run }) => run()));
      expect(robot.heard).toHaveLength(3);
    }),
  );

  it(
    'tells later what was not taken, and shows what went wrong',
    on(async ({ store, now, advance }) => {
      const robot = listener('one');
      const { run, log } = watchdog(store, now, [robot]);
      await store.inbox.record(message(1, { receivedAt: now() }));
      advance(10 * MINUTE);
      robot.failing = [new DeliveryError('refused', '310000 sign not match')];
      expect(await run()).toMatchObject({ delivered: 0, failed: 1 });
      const failed = { target: 'one', told: 100, attempts: 1, error: 'refused: 310000 sign not match' };
      expect((await alarmOf(store, 'oldest_due_message')).deliveries).toMatchObject([failed]);
      const lines = log.lines
        .filter(({ event }) => event === 'alarm_not_delivered')
        .map(({ fields }) => fields);
      expect(lines).toMatchObject([{ target: 'one', cause: 'oldest_due_message', error: failed.error }]);
      advance(5 * MINUTE);
      expect(await run()).toMatchObject({ delivered: 1, failed: 0 });
      expect((await alarmOf(store, 'oldest_due_message')).deliveries).toMatchObject([
        { attempts: 2, error: null, at: now() },
      ]);
      expect(told(robot)).toEqual(['oldest_due_message 100']);
      advance(5 * MINUTE);
      await run();
      expect(robot.heard).toHaveLength(1);
    }),
  );
});

describe('telling', () => {
  const onSqlite = (run: (harness: StoreHarness) => Promise<void>) => withHarness(openSqliteHarness, run);

  /** Two causes at once: an unprocessed message, and an order that does not exist. */
  const twoCauses = async ({ store, now, advance }: StoreHarness): Promise<void> => {
    await store.inbox.record(message(1, { receivedAt: now() }));
    await store.orders.create(order(1, { createdAt: later(now(), -180 * MINUTE) }));
    advance(10 * MINUTE);
  };

  it(
    'tries again at once what may pass, and the worst comes first',
    onSqlite(async (harness) => {
      await twoCauses(harness);
      const robot = listener('one');
      robot.failing = [
        new DeliveryError('timeout', 'no answer'),
        new DeliveryError('http_error', 'HTTP 502'),
      ];
      const { run } = watchdog(harness.store, harness.now, [robot]);
      expect(await run()).toMatchObject({ delivered: 2, failed: 0 });
      expect(told(robot)).toEqual(['oldest_due_message 100', 'unknown_payments 50']);
    }),
  );

  it(
    'does not press on where it was told that it asks too often',
    onSqlite(async (harness) => {
      await twoCauses(harness);
      const [robot, other] = [listener('one'), listener('two')];
      robot.failing = [new DeliveryError('rate_limited', '130101')];
      const { run } = watchdog(harness.store, harness.now, [robot, other]);
      expect(await run()).toMatchObject({ delivered: 2, failed: 2 });
      expect(robot.heard).toEqual([]);
      expect(other.heard).toHaveLength(2);
      harness.advance(5 * MINUTE);
      expect(await run()).toMatchObject({ delivered: 2, failed: 0 });
      expect(robot.heard).toHaveLength(2);
    }),
  );

  it(
    'ends with the run’s time, and goes on at the next',
    onSqlite(async (harness) => {
      await twoCauses(harness);
      const robot = listener('one');
      const { deps, run } = watchdog(harness.store, harness.now, [robot]);
      const short = { remaining: () => 5_000, stopping: false };
      expect(await watch(deps, short)).toMatchObject({ delivered: 0, failed: 2 });
      expect(robot.heard).toEqual([]);
      harness.advance(5 * MINUTE);
      expect(await run()).toMatchObject({ delivered: 2, failed: 0 });
    }),
  );

  it(
    'is made up for when a watchdog died after it had stored what to tell',
    onSqlite(async (harness) => {
      await twoCauses(harness);
      const robot = listener('one');
      const dying = watchdog(harness.store, harness.now, [
        { name: 'one', deliver: () => new Promise<void>(() => undefined) },
      ]);
      void dying.run();
      const { run } = watchdog(harness.store, harness.now, [robot]);
      await until(async () => (await harness.store.alarms.all()).length === 2);
      expect(await run()).toMatchObject({ delivered: 0, failed: 0 });
      harness.advance(5 * MINUTE);
      expect(await run()).toMatchObject({ delivered: 2 });
      expect(robot.heard).toHaveLength(2);
    }),
  );

  it(
    'needs no target: alarms are there to be seen all the same',
    onSqlite(async (harness) => {
      await twoCauses(harness);
      const { run, log } = watchdog(harness.store, harness.now, []);
      expect(await run()).toMatchObject({ on: ['oldest_due_message', 'unknown_payments'], delivered: 0 });
      expect(log.lines.filter(({ event }) => event === 'alarm_on')).toHaveLength(2);
    }),
  );
});

describe('a store of which a part is away', () => {
  const away = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'the database is away'));

  it(
    'is watched as far as it can be seen',
    withHarness(openSqliteHarness, async ({ store, now, advance }) => {
      const robot = listener('one');
      await store.inbox.record(message(1, { receivedAt: now() }));
      advance(10 * MINUTE);
      const broken: Store = {
        ...store,
        orders: { ...store.orders, countLate: away, counts: away },
        refunds: { ...store.refunds, counts: away },
      };
      const { run, log } = watchdog(broken, now, [robot]);
      expect(await run()).toMatchObject({ measuredAt: null, on: ['oldest_due_message'] });
      expect(told(robot)).toEqual(['oldest_due_message 100']);
      const parts = log.lines
        .filter(({ event }) => event === 'watch_part_failed')
        .map(({ fields }) => fields['part']);
      expect(parts.sort()).toEqual(['figures', 'late', 'orders', 'refunds']);
    }),
  );

  it(
    'does not give an all-clear for what cannot be seen',
    withHarness(openSqliteHarness, async ({ store, now, advance }) => {
      const robot = listener('one');
      await store.inbox.record(message(1, { receivedAt: now() }));
      advance(10 * MINUTE);
      await watchdog(store, now, [robot]).run();
      const blind: Store = { ...store, inbox: { ...store.inbox, backlog: away } };
      const { run } = watchdog(blind, now, [robot]);
      for (let runs = 0; runs < 10; runs += 1) {
        advance(5 * MINUTE);
        await run();
      }
      expect(told(robot)).toEqual(['oldest_due_message 100']);
    }),
  );

  it(
    'that cannot show its alarms breaks the run off',
    withHarness(openSqliteHarness, async ({ store, now }) => {
      const blind: Store = { ...store, alarms: { ...store.alarms, all: away, standing: away } };
      await expect(watchdog(blind, now, []).run()).rejects.toThrow('the database is away');
    }),
  );
});

it(
  'what a clock that was a day ahead has put off and held is due again, and raises an alarm',
  withHarness(openSqliteHarness, async ({ store, now, advance }) => {
    const ahead = later(now(), 24 * 60 * MINUTE);
    await store.inbox.record(message(1, { receivedAt: now() }));
    await store.inbox.record(message(2, { receivedAt: ahead }));
    await store.inbox.record(message(3, { receivedAt: later(now(), 9 * MINUTE) }));
    const dead = claimAt(ahead, { limit: 1 });
    await store.inbox.claim(dead);
    const { run, log } = watchdog(store, now, []);
    expect(await run()).toMatchObject({ pulledForward: 2 });
    expect(log.lines).toContainEqual(expect.objectContaining({ event: 'waits_pulled_forward' }));
    expect(keysOf(await store.inbox.claim(claimAt(now())))).toEqual([message(2).key]);
    advance(MINUTE);
    expect(keysOf(await store.inbox.claim(claimAt(now())))).toContain(message(1).key);
    expect(await run()).toMatchObject({ pulledForward: 0 });
  }),
);

it(
  'a watchdog that cannot pull forward what waits does the rest of its work',
  withHarness(openSqliteHarness, async ({ store, now }) => {
    const away = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'the database is away'));
    const { run } = watchdog({ ...store, waits: { pullForward: away } }, now, []);
    expect(await run()).toMatchObject({ pulledForward: null, measuredAt: START, on: [] });
  }),
);

it(
  'a signal that nobody repeated for a day is taken back',
  withHarness(openSqliteHarness, async ({ store, now, advance }) => {
    const robot = listener('one');
    const { run } = watchdog(store, now, [robot]);
    await store.alarms.raise({ cause: 'missing_api_token', lastSeenAt: now(), detail: 'reconcileOrders' });
    expect(await run()).toMatchObject({ on: ['missing_api_token'] });
    expect(await store.alarms.signals()).toHaveLength(1);
    advance(24 * 60 * MINUTE);
    await run();
    expect(await store.alarms.signals()).toEqual([]);
  }),
);

it(
  'a delivery that was given up counts until its money went back',
  withHarness(openSqliteHarness, async ({ store, now }) => {
    const dead = { state: 'dead', attempts: 12, deadAt: now(), reason: 'no such address' } as const;
    const one = order(1, { fulfilment: dead });
    const back = order(2, { fulfilment: dead });
    const given = { outRefundNo: refundNo(1), amount: back.total };
    for (const each of [one, { ...back, refunds: [given] }]) await store.orders.create(each);
    const { run } = watchdog(store, now, []);
    await run();
    expect(await alarmOf(store, 'failing_fulfilment')).toMatchObject({ value: 1, level: 50 });
  }),
);

it(
  'a paused watchdog sends the reminder of what is paused, ends no alarm, and stores no figures',
  withHarness(openSqliteHarness, async ({ store, now, advance }) => {
    const robot = listener('one');
    const { run, deps } = watchdog(store, now, [robot]);
    await store.inbox.record(message(1, { receivedAt: now() }));
    advance(10 * MINUTE);
    await run();
    const of = { kind: 'worker', name: 'watchdog' } as const;
    await setPause(deps, { of, since: now(), who: 'li', reason: 'moving house', until: null });
    await store.inbox.dismiss([message(1).key], 'li', 'a test', now());
    const paused = now();
    for (let turn = 0; turn < 3; turn += 1) {
      advance(15 * MINUTE);
      const report = await run();
      expect(report).toMatchObject({ measuredAt: null, pulledForward: 0 });
      expect([...report.on].sort()).toEqual(['oldest_due_message', 'paused_work']);
    }
    expect(told(robot)).toEqual(['oldest_due_message 100', 'paused_work 100']);
    expect(await store.figures.range(later(paused, 1), later(now(), 1))).toEqual([]);
    await liftPause(deps, of);
    await run();
    advance(15 * MINUTE);
    expect(await run()).toMatchObject({ on: [], measuredAt: now() });
  }),
);

/** Waits until it is so, looking again at every turn of the event loop, at most 1,000 times. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 1_000; looks += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it never came to be so');
}
