import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

const HOUR_MS = 3_600_000;

/** What sharing a rate promises. */
export function paceCases(open: OpenHarness): void {
  describe('a pace', () => {
    it('hands out spans that do not overlap, and none that begins too late', async () => {
      await withHarness(open, async (harness) => {
        const { store, now, advance } = harness;
        const other = await otherHandle(harness);
        const span = (from = now()) => ({ now: from, spanMs: 400, withinMs: 1_000 });
        expect(await store.paces.take('refunds', span())).toBe(now());
        expect(await other.paces.take('refunds', span())).toBe(later(now(), 400));
        expect(await store.paces.take('refunds', span())).toBe(later(now(), 800));
        expect(await other.paces.take('refunds', span())).toBeNull();
        advance(1_000);
        expect(await other.paces.take('refunds', span())).toBe(later(now(), 200));
        advance(HOUR_MS);
        expect(await store.paces.take('refunds', span())).toBe(now());
      })();
    });

    it('hands one span to one of many that ask at once', async () => {
      await withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const handles = [store, other, store, other];
        const span = { now: now(), spanMs: 100, withinMs: 10_000 };
        const taken = await Promise.all(handles.map((one) => one.paces.take('refunds', span)));
        const had = taken.filter((from): from is Instant => from !== null);
        expect(had.length).toBeGreaterThan(0);
        expect(new Set(had).size).toBe(had.length);
      })();
    });

    it('waits for no time that a clock wrote which was ahead', async () => {
      await withHarness(open, async ({ store, now }) => {
        const at = (from: Instant) => ({ now: from, spanMs: 400, withinMs: 1_000 });
        await store.paces.take('refunds', at(later(now(), HOUR_MS)));
        expect(await store.paces.take('refunds', at(now()))).toBe(now());
        expect(await store.paces.take('refunds', at(now()))).toBe(later(now(), 400));
      })();
    });
  });
}
