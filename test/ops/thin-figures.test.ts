import type { Figures } from '../../lib/model/figures';
import { thinned } from '../../lib/ops/today/thin-figures';
import { instant } from '../../lib/values/instant';

const figures = (n: number, over: Partial<Figures> = {}): Figures => ({
  at: instant(n * 300_000),
  spanMs: 300_000,
  heard: 1,
  withoutCallback: 0,
  pending: n,
  dead: 0,
  oldestDueMs: n === 3 ? 9_000 : 0,
  delays: { callback: { count: 1, p50Ms: n, p95Ms: n, maxMs: n } },
  orders: {
    payment: { pending: 0, paid: n, closed: 0, failed: 0 },
    fulfilment: { none: 0, due: 0, held: 0, done: n, dead: 0 },
  },
  refunds: { requested: 0, processing: 0, succeeded: 0, closed: 0, abnormal: 0 },
  openDiscrepancies: {},
  ...over,
});
const many = Array.from({ length: 1_000 }, (_, n) => figures(n));

test('few figures are given as they are', () => {
  expect(thinned(many, 1_000)).toBe(many);
  expect(thinned([], 2)).toEqual([]);
});

test('many are taken together: counts added up, peaks kept, the latest standing', () => {
  const few = thinned(many, 100);
  expect(few.length).toBeLessThanOrEqual(100);
  expect(few.reduce((sum, { heard }) => sum + heard, 0)).toBe(1_000);
  expect(few.reduce((sum, { spanMs }) => sum + spanMs, 0)).toBe(1_000 * 300_000);
  expect(Math.max(...few.map(({ oldestDueMs }) => oldestDueMs))).toBe(9_000);
  expect(few.at(-1)).toMatchObject({
    at: many.at(-1)?.at,
    pending: 999,
    delays: { callback: { p95Ms: 999 } },
  });
  expect(few[0]?.delays.callback).toEqual({ count: 10, p50Ms: 9, p95Ms: 9, maxMs: 9 });
});

test('a path that told only some of them is not lost', () => {
  const { delays } = figures(1);
  const query = { count: 1, p50Ms: 7, p95Ms: 7, maxMs: 7 };
  const one = figures(1, { delays: {} });
  const other = figures(2, { delays: { ...delays, query } });
  expect(thinned([one, other, figures(9)], 2)[0]?.delays).toEqual({ ...delays, query });
});
