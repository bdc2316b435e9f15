import { budgetOf } from '../../lib/runtime/budget';
import { pacerOf } from '../../lib/runtime/pacer';
import { stopwatch } from '../../lib/runtime/stopwatch';
import type { Clock } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import { manualTime } from '../simulator/manual-time';
import { START } from '../store/builders';

const DAY = 86_400_000;

/** A clock that a case sets, beside the time that passes. */
function settable(): { readonly clock: Clock; readonly set: (ms: number) => void } {
  let now = START;
  return {
    clock: { now: () => now },
    set: (ms) => {
      now = later(now, ms);
    },
  };
}

test('what a clock that is set back takes away is not counted, and what passes then is', () => {
  const { clock, set } = settable();
  const elapsed = stopwatch(clock);
  set(1_000);
  expect(elapsed()).toBe(1_000);
  set(-DAY);
  expect(elapsed()).toBe(1_000);
  set(500);
  expect(elapsed()).toBe(1_500);
  set(DAY);
  expect(elapsed()).toBe(DAY + 1_500);
});

test('a budget is spent in its time, also when the clock is set back a day', () => {
  const { clock, set } = settable();
  const budget = budgetOf(clock, 60_000);
  set(20_000);
  expect(budget.remaining()).toBe(40_000);
  set(-DAY);
  expect(budget.remaining()).toBe(40_000);
  set(30_000);
  expect(budget.remaining()).toBe(10_000);
  set(10_001);
  expect(budget.remaining()).toBe(0);
});

test('a budget is over when the clock is set forward beyond it', () => {
  const { clock, set } = settable();
  const budget = budgetOf(clock, 60_000);
  set(DAY);
  expect(budget.remaining()).toBe(0);
});

test.each([
  ['back', -DAY],
  ['forward', DAY],
])(
  'no turn waits longer than its place among the others, when the clock is set %s a day',
  async (_, step) => {
    const time = manualTime(START);
    let offMs = 0;
    const clock: Clock = { now: () => later(time.clock.now(), offMs) };
    const waits: number[] = [];
    const after = (ms: number, then: () => void) => {
      waits.push(ms);
      return time.schedule(ms, then);
    };
    const pacer = pacerOf(clock, { after }, 2);
    await pacer.turn();
    offMs = step;
    const turns = [pacer.turn(), pacer.turn()];
    await time.pass(2_000);
    await Promise.all(turns);
    expect(Math.max(0, ...waits)).toBeLessThanOrEqual(1_000);
  },
);
