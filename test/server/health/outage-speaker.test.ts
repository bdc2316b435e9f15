import type { SharedState } from '../../../lib/runtime/shared-state';
import { StoreError } from '../../../lib/store/errors';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import { electSpeaker } from '../../../server/health/outage-speaker';
import { START } from '../../store/builders';
import { memoryState } from '../../wechat/v3/stage';

/* Which of several servers notifies of an outage of their database. */

function servers(count: number) {
  let now: Instant = START;
  let isDown = false;
  const memory = memoryState();
  const down = new StoreError('unavailable', 'the database is away');
  const shared: SharedState = {
    read: (...request) => (isDown ? Promise.reject(down) : memory.read(...request)),
    write: (request) => (isDown ? Promise.reject(down) : memory.write(request)),
  };
  return {
    all: Array.from({ length: count }, () => electSpeaker({ shared, clock: { now: () => now } })),
    pass: (ms: number) => (now = later(now, ms)),
    takeAway: () => (isDown = true),
  };
}

const speaking = (all: readonly { readonly speaks: () => boolean }[]): readonly boolean[] =>
  all.map((one) => one.speaks());

test('one of them does, also once the database is away, and nobody else takes it over meanwhile', async () => {
  const { all, pass, takeAway } = servers(3);
  for (let look = 0; look < 10; look += 1) {
    await Promise.all(all.map((one) => one.renew()));
    expect(speaking(all).filter(Boolean)).toHaveLength(1);
    pass(15_000);
  }
  const before = speaking(all);
  takeAway();
  pass(600_000);
  await Promise.all(all.map((one) => one.renew()));
  expect(speaking(all)).toEqual(before);
});

test('another one does when that one is gone for a minute, and only that one', async () => {
  const { all, pass } = servers(3);
  for (const one of all) await one.renew();
  const [gone, ...rest] = all;
  expect(speaking(all)).toEqual([true, false, false]);
  pass(61_000);
  for (const one of rest) await one.renew();
  await gone?.renew();
  expect(speaking(all)).toEqual([false, true, false]);
});

test('a server that does not know yet does', () => {
  expect(speaking(servers(1).all)).toEqual([true]);
});
