import fc from 'fast-check';
import type { Alarm, AlarmLevel } from '../../lib/model/alarm';
import { isAlarmLevel } from '../../lib/model/alarm';
import { levelOf } from '../../lib/ops/watch/causes';
import type { AlarmChange, CauseRules } from '../../lib/ops/watch/next-alarm';
import { MOST_ATTEMPTS, nextAlarm, RETRY_AFTER_MS, UNDER_WAY } from '../../lib/ops/watch/next-alarm';
import type { Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import { START } from '../store/builders';
import { cases } from '../share';

const MINUTE = 60_000;
const RULES: CauseRules = {
  threshold: 100,
  windowMs: 60 * MINUTE,
  calmMs: 15 * MINUTE,
  mute: null,
  targets: ['one', 'two'],
};

/** An alarm's life: values at minutes, and what each came to. */
function live(rules: CauseRules = RULES) {
  let alarm: Alarm | null = null;
  return {
    get alarm() {
      return alarm;
    },
    at(minute: number, value: number | null): AlarmChange | null {
      const reading = { cause: 'backlog', value, now: later(START, minute * MINUTE) } as const;
      const change = nextAlarm(alarm, reading, rules);
      alarm = change?.alarm ?? alarm;
      return change;
    },
    /** Everybody who was owed something has taken it. */
    taken() {
      const current = alarm;
      if (current === null) throw new Error('there is no alarm');
      alarm = {
        ...current,
        version: current.version + 1,
        deliveries: current.deliveries.map((one) => ({ ...one, error: null })),
      };
    },
  };
}

/** What was told at a minute: a level, or nothing. */
function toldBy(change: AlarmChange | null, minute: number): AlarmLevel | null {
  return change !== null && change.alarm.toldAt === later(START, minute * MINUTE) ? change.alarm.told : null;
}

test.each([
  [0, 0],
  [49, 0],
  [50, 50],
  [69, 50],
  [70, 70],
  [90, 90],
  [99, 90],
  [100, 100],
  [5000, 100],
])('of a threshold of 100, %i is level %i', (value, level) => {
  expect(levelOf(value, 100)).toBe(level);
  expect(levelOf(value, null)).toBe(0);
});

test('a threshold of one is reached at once, of two at one half', () => {
  expect([0, 1].map((value) => levelOf(value, 1))).toEqual([0, 100]);
  expect([0, 1, 2].map((value) => levelOf(value, 2))).toEqual([0, 50, 100]);
});

test.each<[string, readonly (readonly [number, number | null, AlarmLevel | null])[]]>([
  [
    'no notice is sent about what is quiet',
    [
      [0, 0, null],
      [5, 49, null],
    ],
  ],
  [
    'every level is told as it is reached, and none on the way down',
    [
      [0, 50, 50],
      [5, 70, 70],
      [10, 100, 100],
      [15, 90, null],
      [20, 50, null],
    ],
  ],
  ['levels may be skipped', [[0, 100, 100]]],
  [
    'the same level is told again when the window ends',
    [
      [0, 50, 50],
      [59, 55, null],
      [60, 55, 50],
      [119, 55, null],
      [120, 55, 50],
    ],
  ],
  [
    'the all-clear is told after the quiet, and what comes then is told at once',
    [
      [0, 100, 100],
      [5, 0, null],
      [19, 0, null],
      [20, 0, 0],
      [25, 0, null],
      [30, 100, 100],
    ],
  ],
  [
    'what flutters is told once',
    [
      [0, 100, 100],
      [5, 0, null],
      [10, 100, null],
      [15, 0, null],
      [25, 100, null],
      [30, 0, null],
      [45, 0, 0],
    ],
  ],
  [
    'what nobody knows changes nothing',
    [
      [0, 70, 70],
      [5, null, null],
      [30, null, null],
      [60, null, null],
      [65, 0, null],
      [80, 0, 0],
    ],
  ],
])('%s', (_, story) => {
  const life = live();
  expect(story.map(([minute, value]) => toldBy(life.at(minute, value), minute))).toEqual(
    story.map(([, , told]) => told),
  );
});

test('a cause that is no longer watched ends like any other', () => {
  const life = live();
  life.at(0, 100);
  life.taken();
  const unwatched = { ...RULES, threshold: null };
  const on = life.alarm;
  const calm = nextAlarm(on, { cause: 'backlog', value: 100, now: later(START, MINUTE) }, unwatched);
  expect(calm?.alarm).toMatchObject({ level: 0, told: 100, calmSince: later(START, MINUTE) });
  const over = nextAlarm(
    calm?.alarm ?? null,
    { cause: 'backlog', value: 100, now: later(START, 16 * MINUTE) },
    unwatched,
  );
  expect(over?.alarm).toMatchObject({ told: 0, since: null });
});

describe('a delivery', () => {
  test('is counted before it is made, so that no two watchdogs make it', () => {
    const change = live().at(0, 100);
    expect(change?.owed).toEqual(['one', 'two']);
    expect(change?.alarm.deliveries).toEqual(
      ['one', 'two'].map((target) => ({ target, told: 100, at: START, attempts: 1, error: UNDER_WAY })),
    );
  });

  test('that was not taken is tried again at later runs, and no sooner than the run is over that may be at it', () => {
    const life = live();
    life.at(0, 100);
    expect(life.at(1, 100)).toBeNull();
    const minute = RETRY_AFTER_MS / MINUTE;
    expect(life.at(minute, 100)).toMatchObject({
      owed: ['one', 'two'],
      alarm: { toldAt: START, deliveries: [{ attempts: 2 }, { attempts: 2 }] },
    });
  });

  test('that was taken is not made again', () => {
    const life = live();
    life.at(0, 100);
    life.taken();
    expect(life.at(10, 100)).toBeNull();
  });

  test('is given up in the end', () => {
    const life = live({ ...RULES, windowMs: 10_000 * MINUTE });
    life.at(0, 100);
    let tries = 1;
    for (let minute = 5; minute < 500; minute += 5) tries += life.at(minute, 100) === null ? 0 : 1;
    expect(tries).toBe(MOST_ATTEMPTS);
  });

  test('of an all-clear is tried again too', () => {
    const life = live();
    life.at(0, 100);
    life.taken();
    life.at(5, 0);
    expect(life.at(20, 0)).toMatchObject({ owed: ['one', 'two'], alarm: { told: 0 } });
    expect(life.at(25, 0)).toMatchObject({ owed: ['one', 'two'], alarm: { told: 0, since: null } });
    life.taken();
    expect(life.at(30, 0)).toBeNull();
  });

  test('to somebody who is no longer told is dropped', () => {
    const life = live();
    const first = life.at(0, 100);
    const without = { ...RULES, targets: ['two'] };
    const reading = { cause: 'backlog', value: 100, now: later(START, 5 * MINUTE) } as const;
    const next = nextAlarm(first?.alarm ?? null, reading, without);
    expect(next?.owed).toEqual(['two']);
    expect(next?.alarm.deliveries.map(({ target }) => target)).toEqual(['two']);
  });
});

interface Tell {
  readonly at: Instant;
  readonly level: AlarmLevel;
}

/** Everything that is told while values come and go. */
function tellsOf(steps: readonly { readonly ms: number; readonly value: number | null }[]): Tell[] {
  let now = START;
  let alarm: Alarm | null = null;
  const tells: Tell[] = [];
  for (const { ms, value } of steps) {
    now = later(now, ms);
    const change = nextAlarm(alarm, { cause: 'backlog', value, now }, RULES);
    if (change === null) continue;
    expect(change.alarm.version).toBe((alarm?.version ?? 0) + 1);
    if (change.alarm.toldAt === now) tells.push({ at: now, level: change.alarm.told });
    alarm = { ...change.alarm, deliveries: change.alarm.deliveries.map((one) => ({ ...one, error: null })) };
  }
  // Quiet at last.
  for (let run = 0; run < 10; run += 1) {
    now = later(now, 5 * MINUTE);
    const change = nextAlarm(alarm, { cause: 'backlog', value: 0, now }, RULES);
    if (change === null) continue;
    if (change.alarm.toldAt === now) tells.push({ at: now, level: change.alarm.told });
    alarm = { ...change.alarm, deliveries: [] };
  }
  return tells;
}

const steps = fc.array(
  fc.record({
    ms: fc.integer({ min: 1, max: 40 * MINUTE }),
    value: fc.option(fc.integer({ min: 0, max: 120 }), { freq: 6 }),
  }),
  { maxLength: 60 },
);

test('whatever comes: no level twice in a window without an all-clear between, and an all-clear after every tell', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const tells = tellsOf(story);
      const last = new Map<AlarmLevel, Instant>();
      let highest: AlarmLevel = 0;
      let since = START;
      for (const { at, level } of tells) {
        expect(isAlarmLevel(level)).toBe(true);
        if (level === 0) {
          // Never an all-clear of nothing, and never before the quiet.
          expect(highest).toBeGreaterThan(0);
          expect(at - since).toBeGreaterThanOrEqual(RULES.calmMs);
          last.clear();
          highest = 0;
        } else {
          const before = last.get(level);
          if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(RULES.windowMs);
          // Within a window only what is higher is told.
          if (at - since < RULES.windowMs) expect(level).toBeGreaterThan(highest);
          last.set(level, at);
          highest = level;
        }
        since = at;
      }
      expect(tells.at(-1)?.level ?? 0).toBe(0);
    }),
    { numRuns: cases({ everyTime: 100, all: 1_000 }) },
  );
});

test('what an operator muted is told when it gets worse, and again when the mute has ended', () => {
  const mute = {
    who: 'li',
    reason: 'the supplier knows',
    since: START,
    until: later(START, 200 * MINUTE),
    level: 70,
    value: 70,
  } as const;
  const life = live({ ...RULES, mute });
  const told = (minute: number, value: number) => toldBy(life.at(minute, value), minute);
  expect([told(0, 50), told(70, 75), told(140, 75)]).toEqual([null, null, null]);
  expect(told(150, 95)).toBe(90);
  // The window ends while it is muted, at a level that was told.
  expect(told(160, 60)).toBeNull();
  expect(told(199, 60)).toBeNull();
  expect(told(200, 60)).toBe(50);
  expect(told(205, 60)).toBeNull();
});

test('what was muted at the highest level is told once it is twice as bad', () => {
  const until = later(START, 999 * MINUTE);
  const mute = { who: 'li', reason: 'x', since: START, until, level: 100, value: 150 } as const;
  const life = live({ ...RULES, mute });
  const told = (minute: number, value: number) => toldBy(life.at(minute, value), minute);
  expect([told(0, 150), told(5, 290), told(10, 300), told(15, 310)]).toEqual([null, null, 100, null]);
});

test('what was muted from its start gets no all-clear', () => {
  const mute = {
    who: 'li',
    reason: 'x',
    since: START,
    until: later(START, 999 * MINUTE),
    level: 100,
    value: 100,
  } as const;
  const life = live({ ...RULES, mute });
  for (const [minute, value] of [
    [0, 100],
    [5, 0],
    [30, 0],
  ] as const) {
    expect(life.at(minute, value)?.owed ?? []).toEqual([]);
  }
  expect(life.alarm).toMatchObject({ since: null, told: 0, toldAt: null });
});
