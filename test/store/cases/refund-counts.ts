import type { CountedRefunds } from '../../../lib/model/counted-refunds';
import { NOTHING_COUNTED } from '../../../lib/model/counted-refunds';
import { dayOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo } from '../../../lib/values/ids';
import type { Instant } from '../../../lib/values/instant';

import { guarded } from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

function counted(version: number, at: Instant): CountedRefunds {
  const refunds = Array.from({ length: version }, (_, n) => ({
    outRefundNo: guarded(isOutRefundNo, `refund-${n}`),
    day: dayOf(at),
    who: 'operator',
    amount: fen(100 + n),
  }));
  return { version, refunds };
}

/** What counting operators' refunds promises. */
export function refundCountCases(open: OpenHarness): void {
  describe('counted refunds', () => {
    it('come back as they were saved, each over its predecessor only', async () => {
      await withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        expect(await store.refundCounts.find()).toEqual(NOTHING_COUNTED);
        expect(await store.refundCounts.save(counted(2, now()))).toBe(false);
        expect(await store.refundCounts.save(counted(1, now()))).toBe(true);
        expect(await other.refundCounts.save(counted(1, now()))).toBe(false);
        expect(await other.refundCounts.save(counted(2, now()))).toBe(true);
        expect(await store.refundCounts.save(counted(2, now()))).toBe(false);
        expect(await other.refundCounts.find()).toEqual(counted(2, now()));
      })();
    });

    it('let one of many that save at once through', async () => {
      await withHarness(open, async (harness) => {
        const { store, now } = harness;
        const other = await otherHandle(harness);
        const first = counted(1, now());
        const saved = await Promise.all(
          [store, other, store, other].map((one) => one.refundCounts.save(first)),
        );
        expect(saved.filter(Boolean)).toHaveLength(1);
      })();
    });
  });
}
