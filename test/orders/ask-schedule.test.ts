import fc from 'fast-check';
import type { AskAfterMs } from '../../lib/orders/ask-schedule';
import { askAgainTimes, jittered, nextTurn, soonTurn } from '../../lib/orders/ask-schedule';
import { readConfig } from '../../lib/config/config';
import { instant, later } from '../../lib/values/instant';
import { START } from '../store/builders';

const MINUTE = 60_000;
const minutes = (...list: [number, ...number[]]): AskAfterMs => {
  const [first, ...rest] = list;
  return [first * MINUTE, ...rest.map((each) => each * MINUTE)];
};
const SCHEDULE = minutes(1, 3, 10, 30, 120, 720, 2160);

test('the gaps of the schedule follow each other, and the last one is repeated', () => {
  const gaps = askAgainTimes(SCHEDULE, START, 0).map((at) => (at - START) / MINUTE);
  expect(gaps).toEqual([2, 7, 20, 90, 600, 1440]);
  expect(askAgainTimes(minutes(5), START, 0)).toEqual([later(START, 5 * MINUTE)]);
});

test('an order that hears nothing is asked about at the ages of the schedule', () => {
  const config = { merchants: [{ subMchId: '1900000109' }] };
  const { askAfterMs } = readConfig(config).reconcileOrders;
  for (const chance of [0, 1]) {
    let at = later(START, jittered(askAfterMs[0], chance));
    const ages = askAfterMs.map((_, asks) => {
      const asked = at;
      const again = askAgainTimes(askAfterMs, asked, chance);
      const turn = nextTurn(askAfterMs, again, { createdAt: START, asks }, asked);
      expect(turn.at).toBe(turn.set);
      at = turn.at;
      return (asked - START) / (1 + 0.1 * chance);
    });
    expect(ages.map(Math.round)).toEqual(askAfterMs);
  }
});

test('as configured by default, a payment is known within 10 minutes while its order can be paid', () => {
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
  const { askAfterMs } = config.reconcileOrders;
  const TIMER_MS = 120_000;
  expect(config.timers.reconcileOrders).toBe('47 */2 * * * * *');
  let previous = 0;
  for (const age of askAfterMs) {
    const latest = jittered(age - previous, 1) + TIMER_MS;
    if (previous < config.orders.payableMs) expect(latest).toBeLessThanOrEqual(10 * MINUTE);
    previous = age;
  }
});

describe('an order that was claimed more often than its schedule has it', () => {
  const now = later(START, 12 * MINUTE);
  const again = askAgainTimes(SCHEDULE, now, 0);

  test('has its turn when its age says, not when the count says', () => {
    // Three ages have passed: the next query is 20 minutes later, however often WeChat Pay did not
    // answer.
    expect(nextTurn(SCHEDULE, again, { createdAt: START, asks: 30 }, now)).toEqual({
      at: later(now, 20 * MINUTE),
      set: later(now, 1440 * MINUTE),
    });
  });

  test('has it no earlier than the first gap', () => {
    const young = { createdAt: now, asks: 6 };
    expect(nextTurn(SCHEDULE, again, young, now).at).toBe(later(now, 2 * MINUTE));
  });

  test('and that was claimed less often keeps the shorter gaps: it was asked too seldom', () => {
    const turn = nextTurn(SCHEDULE, again, { createdAt: START, asks: 0 }, now);
    expect(turn).toEqual({ at: turn.set, set: later(now, 2 * MINUTE) });
  });
});

test('a turn is one of those that claiming offers, and never after what claiming set', () => {
  const schedules = fc
    .uniqueArray(fc.integer({ min: 1, max: 43_200 }), { minLength: 1, maxLength: 10 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(
      schedules,
      fc.nat({ max: 50_000 * MINUTE }),
      fc.nat({ max: 5_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (list, age, asks, chance) => {
        const [first = 1, ...rest] = list;
        const schedule = minutes(first, ...rest);
        const now = instant(START + age);
        const again = askAgainTimes(schedule, now, chance);
        const { at, set } = nextTurn(schedule, again, { createdAt: START, asks }, now);
        expect(again).toContain(at);
        expect(again).toContain(set);
        expect(at).toBeLessThanOrEqual(set);
        expect(soonTurn(again, at)).toBeLessThanOrEqual(at);
        expect(soonTurn(again, at)).toBeGreaterThan(now);
      },
    ),
  );
});
