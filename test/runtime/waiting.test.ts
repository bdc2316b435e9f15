import { backoffMs } from '../../lib/runtime/backoff';
import { mapConcurrently } from '../../lib/runtime/concurrency';
import { within, type Timers } from '../../lib/runtime/timers';

const never: Timers = { after: () => () => undefined };
const atOnce: Timers = {
  after: (_ms, then) => {
    then();
    return () => undefined;
  },
};

test('what comes in time is its value or its failure, what does not is a time-out', async () => {
  expect(await within(never, 1, async () => 'done')).toEqual({ kind: 'value', value: 'done' });
  const error = new Error('no');
  expect(await within(never, 1, () => Promise.reject(error))).toEqual({ kind: 'error', error });
  expect(await within(atOnce, 1, () => new Promise(() => undefined))).toEqual({ kind: 'timeout' });
});

test('backoff doubles, is half certain and half drawn, and has an end', () => {
  const backoff = { firstMs: 1_000, maxMs: 10_000 };
  expect([1, 2, 3, 4, 5, 60].map((attempt) => backoffMs(backoff, attempt, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
  expect(backoffMs(backoff, 1, 0)).toBe(500);
});

test('concurrent work keeps its order and its limit, and ends before a failure is told', async () => {
  let running = 0;
  let most = 0;
  const work = async (n: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (n === 7) throw new Error('seven');
    return n * 2;
  };
  expect(await mapConcurrently([1, 2, 3, 4, 5], 2, work)).toEqual([2, 4, 6, 8, 10]);
  expect(most).toBe(2);
  await expect(mapConcurrently([5, 6, 7, 8, 9], 2, work)).rejects.toThrow('seven');
  expect(running).toBe(0);
});
