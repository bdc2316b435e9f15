import { inFolder } from '../server/running';
import { soak } from './soak';

test('what a server holds does not grow with its days: messages go when they are old, files and sockets are let go', () =>
  inFolder(async (folder) => {
    const perDay = 12;
    const samples = await soak(folder, { days: 14, ordersPerDay: perDay, keptDays: 7 }, () => undefined);
    // A message is removed on the first night on which it has been done for more than seven days.
    expect(samples.map(({ messages }) => messages)).toEqual(
      samples.map(({ day }) => perDay * Math.min(day + 1, 8)),
    );
    expect(samples.map(({ orders }) => orders)).toEqual(samples.map(({ day }) => perDay * (day + 1)));
    const [early, last] = [samples[3], samples.at(-1)];
    // The driver releases the samples' own connections when memory is collected, so their number
    // varies a little.
    expect((last?.handles ?? 0) - (early?.handles ?? 0)).toBeLessThan(30);
  }));
