import type { SharedState } from '../../lib/runtime/shared-state';
import type { MoneyQuery, MoneySpan } from '../../lib/store/requests';
import { moneyToday } from '../../lib/ops/today/today';
import { startOf, daysLater } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import { day, MERCHANT } from '../store/builders';
import { StoreError } from '../../lib/store/errors';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TODAY = day(10);

/** A shop that takes one yuan a minute, and gives one back every hour, on the hour. */
function shop(shared: Partial<SharedState> = {}) {
  const asked: MoneySpan[] = [];
  let kept: { value: Parameters<SharedState['write']>[0]['value']; version: number } | null = null;
  const minutes = ({ from, to }: MoneySpan, every: number) =>
    Math.floor((to - 1) / every) - Math.floor((from - 1) / every);
  const sum = (count: number) => ({ count, total: fen(count * 100) });
  const clock = { at: later(startOf(TODAY), 14 * HOUR + 23 * MINUTE) };
  const store = {
    orders: {
      paidBetween: async (query: MoneyQuery) => {
        asked.push(query);
        return sum(minutes(query, MINUTE));
      },
      stuckBetween: async () => ({ held: sum(2), dead: sum(1) }),
    },
    refunds: { succeededBetween: async (query: MoneyQuery) => sum(minutes(query, HOUR)) },
    shared: {
      read: async () => kept,
      write: async ({ value, version }: Parameters<SharedState['write']>[0]) => {
        if ((kept?.version ?? null) !== version) return false;
        kept = { value, version: (version ?? 0) + 1 };
        return true;
      },
      ...shared,
    },
  };
  const deps = {
    store,
    clock: { now: (): Instant => clock.at },
    merchants: [MERCHANT],
  };
  const look = () => moneyToday(deps);
  return { look, clock, asked, forget: () => asked.splice(0) };
}

test('adds up the days until this time of day, of full hours and of this hour', async () => {
  const { look, clock } = shop();
  const minutes = 14 * 60 + 23;
  const money = {
    paid: { count: minutes, total: minutes * 100 },
    refunded: { count: 15, total: 1_500 },
    held: { count: 2, total: 200 },
    failed: { count: 1, total: 100 },
  };
  expect(await look()).toEqual({
    asOf: clock.at,
    today: { day: TODAY, ...money },
    yesterday: { day: daysLater(TODAY, -1), ...money },
    lastWeek: { day: daysLater(TODAY, -7), ...money },
  });
});

test('many who look in one minute cost one sum, and full hours are added up every ten minutes', async () => {
  const { look, clock, asked, forget } = shop();
  await look();
  expect(asked).toHaveLength(6);
  forget();
  clock.at = later(clock.at, MINUTE - 1);
  expect((await look()).today.paid.count).toBe(14 * 60 + 23);
  expect(asked).toEqual([]);
  clock.at = later(clock.at, 1);
  expect((await look()).today.paid.count).toBe(14 * 60 + 24);
  expect(asked.map(({ from, to }) => to - from)).toEqual([1, 1, 1].map(() => 24 * MINUTE));
  forget();
  clock.at = later(clock.at, 10 * MINUTE);
  await look();
  expect(asked.filter(({ from, to }) => to - from === 14 * HOUR)).toHaveLength(3);
  forget();
  // A new hour adds its sum, and midnight begins a new day although the last answer is fresh.
  clock.at = later(startOf(TODAY), 24 * HOUR - 1);
  expect((await look()).today.paid.count).toBe(24 * 60);
  clock.at = later(clock.at, 1);
  const midnight = await look();
  expect([midnight.today.day, midnight.today.paid.count]).toEqual([daysLater(TODAY, 1), 0]);
});

test('a clock that was set back does not keep an answer from later', async () => {
  const { look, clock } = shop();
  await look();
  clock.at = later(clock.at, -HOUR);
  expect((await look()).today.paid.count).toBe(13 * 60 + 23);
});

test('what is kept may be anything, and reading or keeping it may fail', async () => {
  for (const value of [null, 'x', { today: { asOf: 1 }, hours: [] }, { today: {}, hours: [{}] }]) {
    const { look } = shop({ read: async () => ({ value, version: 3 }) });
    expect((await look()).today.paid.count).toBe(14 * 60 + 23);
  }
  const fails = () => Promise.reject(new StoreError('unavailable', 'no answer'));
  for (const shared of [{ write: fails }, { read: fails }])
    expect((await shop(shared).look()).today.paid.count).toBe(14 * 60 + 23);
});
