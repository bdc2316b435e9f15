import type { ItemNotes } from '../../../lib/model/operators/item-notes';
import { isDiscrepancyId } from '../../../lib/model/discrepancy';
import type { SignOff } from '../../../lib/model/operators/sign-off';
import { isSignOffId } from '../../../lib/model/operators/sign-off';
import { guarded, START } from '../builders';
import type { OpenHarness } from '../harness';
import { otherHandle, withHarness } from '../harness';

function signOff(period: string, over: Partial<SignOff> = {}): SignOff {
  const signature = { who: 'li', at: START, note: '缺一张账单 "ok"', digest: 'ab'.repeat(32), files: [] };
  return {
    id: guarded(isSignOffId, `1900000109:${period}`),
    version: 1,
    signature,
    amendments: [],
    earlier: [],
    ...over,
  };
}

/** What documents that people write promise: sign-offs, and notes on discrepancies. */
export function documentCases(open: OpenHarness): void {
  describe('sign-offs and notes', () => {
    it('come back as they were saved, by their ids, each kind apart', async () => {
      await withHarness(open, async ({ store: { signOffs, itemNotes } }) => {
        const [first, second] = [signOff('20260301'), signOff('202603')];
        expect(await signOffs.create(first)).toBe(true);
        expect(await signOffs.create(second)).toBe(true);
        expect(
          await signOffs.create({ ...first, earlier: [{ signature: first.signature, amendments: [] }] }),
        ).toBe(false);
        const amended = {
          ...first,
          version: 2,
          amendments: [{ at: START, who: 'han', reason: '补录', action: null, item: null }],
        };
        expect(await signOffs.save(amended)).toBe(true);
        expect(await signOffs.save(amended)).toBe(false);
        const found = await signOffs.find([first.id, second.id, signOff('20260302').id]);
        expect([...found].sort((a, b) => a.version - b.version)).toEqual([second, amended]);
        expect(await signOffs.find([])).toEqual([]);

        const notes: ItemNotes = {
          id: guarded(isDiscrepancyId, 'missing_payment:order-1:4200000001'),
          version: 1,
          owner: '李雷',
          comments: [{ who: 'li', at: START, text: '已问银行' }],
        };
        expect(await itemNotes.create(notes)).toBe(true);
        expect(await itemNotes.find([notes.id])).toEqual([notes]);
        expect(await signOffs.save(signOff('20260309', { version: 2 }))).toBe(false);
      })();
    });

    it('are replaced by one of those who write at the same time', async () => {
      await withHarness(open, async (harness) => {
        const { store } = harness;
        const other = await otherHandle(harness);
        await store.signOffs.create(signOff('20260301'));
        const by = (who: string) =>
          signOff('20260301', {
            version: 2,
            amendments: [{ at: START, who, reason: 'x', action: null, item: null }],
          });
        const names = ['han', 'mei', 'wu', 'yan'];
        const saved = await Promise.all(
          names.map((who, n) => (n % 2 === 0 ? store : other).signOffs.save(by(who))),
        );
        expect(saved.filter(Boolean)).toHaveLength(1);
        const [found] = await other.signOffs.find([signOff('20260301').id]);
        expect(found?.amendments[0]?.who).toBe(names[saved.indexOf(true)]);
      })();
    });
  });
}
