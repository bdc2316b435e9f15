import fc from 'fast-check';
import { askGroups } from '../../lib/store/cloudbase/base/ask-groups';
import { instant } from '../../lib/values/instant';

const times = (...ms: readonly [number, ...number[]]) => {
  const [first, ...rest] = ms;
  return [instant(first), ...rest.map((one) => instant(one))] as const;
};

test('neighbours with equal times are one group, and each number is in one', () => {
  expect(askGroups(times(5))).toEqual([{ from: 0, to: null, at: 5 }]);
  expect(askGroups(times(1, 3, 3, 3, 2, 9, 9))).toEqual([
    { from: 0, to: 0, at: 1 },
    { from: 1, to: 3, at: 3 },
    { from: 4, to: 4, at: 2 },
    { from: 5, to: null, at: 9 },
  ]);
});

test('a schedule of any length is at most eight groups, none of which is stricter than its times', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.array(fc.nat(50), { maxLength: 120 }), (first, rest) => {
      const latest = times(first, ...rest);
      const groups = askGroups(latest);
      expect(groups.length).toBeLessThanOrEqual(8);
      let next = 0;
      for (const { from, to, at } of groups) {
        expect(from).toBe(next);
        const own = latest.slice(from, to === null ? latest.length : to + 1);
        expect(at).toBe(Math.max(...own));
        next = to === null ? latest.length : to + 1;
      }
      expect(next).toBe(latest.length);
    }),
    { numRuns: 200 },
  );
});
