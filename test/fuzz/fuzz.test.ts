import fc from 'fast-check';
import { cases } from '../share';
import { TARGETS } from './targets';

/*
 * A bounded share of `npm run fuzz`: each target's first cases, with a new seed every time that a
 * failure shows.
 */

const CASES = cases({ everyTime: 600, all: 100_000 });

describe('whatever strangers send', () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s hold',
    async (_name, { share, open }) => {
      const { property, close } = await open();
      try {
        await fc.assert(property, { numRuns: Math.max(40, Math.round((CASES * share) / 1_000)) });
      } finally {
        await close();
      }
    },
    600_000,
  );
});
