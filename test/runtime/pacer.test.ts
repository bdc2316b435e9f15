import { pacerOf } from '../../lib/runtime/pacer';
import { START } from '../store/builders';
import { manualTime } from '../simulator/manual-time';

function pacedAt(perSecond: number) {
  const time = manualTime(START);
  const pacer = pacerOf(time.clock, { after: time.schedule }, perSecond);
  const begun: number[] = [];
  const ask = async () => {
    await pacer.turn();
    begun.push(time.clock.now() - START);
  };
  return { time, begun, ask };
}

test('turns are spread evenly over the second, the first one at once', async () => {
  const { time, begun, ask } = pacedAt(4);
  const all = Promise.all(Array.from({ length: 9 }, ask));
  await time.pass(0);
  await time.pass(10_000);
  await all;
  expect(begun).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000]);
});

test('what was not used is not saved up', async () => {
  const { time, begun, ask } = pacedAt(2);
  await ask();
  await time.pass(60_000);
  const all = Promise.all([ask(), ask(), ask()]);
  await time.pass(0);
  await time.pass(5_000);
  await all;
  expect(begun).toEqual([0, 60_000, 60_500, 61_000]);
});

test('no second has more than its share, even where it does not divide', async () => {
  const { time, begun, ask } = pacedAt(3);
  const all = Promise.all(Array.from({ length: 31 }, ask));
  await time.pass(0);
  await time.pass(20_000);
  await all;
  for (const from of begun) {
    expect(begun.filter((at) => at >= from && at < from + 999).length).toBeLessThanOrEqual(3);
  }
  expect(begun).toHaveLength(31);
});
