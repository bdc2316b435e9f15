import type { Discrepancy } from '../../../lib/discrepancies/discrepancy';
import type { Store } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import { claimAt, discrepancy, message, settlement, tradeNo, NEXT_DAY } from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

async function openAll(store: Store, now: Instant, all: readonly Discrepancy[]): Promise<void> {
  await store.inbox.record(message(1));
  const request = claimAt(now);
  await store.inbox.claim(request);
  const finish = { kind: 'dead', reason: 'mismatch', error: null } as const;
  await store.inbox.settle(request.token, now, [settlement(message(1), finish, { discrepancies: all })]);
}

/** Discrepancies: listed while open, ended once. */
export function discrepancyCases(open: OpenHarness): void {
  describe('discrepancies', () => {
    it(
      'are listed while open, with both sides',
      withHarness(open, async ({ store, now }) => {
        const [first, second] = [discrepancy(1, now()), discrepancy(2, later(now(), 1))];
        await openAll(store, now(), [first, second]);
        expect(await store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 10 })).toEqual({
          items: [second, first],
          next: null,
        });
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(2);
      }),
    );

    it(
      'are resolved once, by name and with a reason; unknown ones are passed over',
      withHarness(open, async ({ store, now, advance }) => {
        const [first, second] = [discrepancy(1, now()), discrepancy(2, now())];
        await openAll(store, now(), [first, second]);
        advance(1_000);
        const resolution = { by: 'operator', who: 'ops:lin', reason: '已线下退款', at: now() } as const;
        expect(await store.discrepancies.resolve([first.id, discrepancy(9, now()).id], resolution)).toBe(1);
        expect(await store.discrepancies.resolve([first.id], { ...resolution, reason: 'other' })).toBe(0);
        expect(await store.discrepancies.resolve([], resolution)).toBe(0);
        expect(await store.discrepancies.ofOrder(tradeNo(1))).toEqual([{ ...first, resolution }]);
        expect((await store.discrepancies.listOpen({ now: NEXT_DAY, after: null, limit: 10 })).items).toEqual(
          [second],
        );
        expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(1);
      }),
    );

    it(
      'of one order are all found, open and resolved, and none of another',
      withHarness(open, async ({ store, now }) => {
        const all = [
          discrepancy(1, now(), { class: 'amount_mismatch' }),
          discrepancy(1, now(), { class: 'payer_mismatch' }),
          discrepancy(2, now()),
        ] as const;
        await openAll(store, now(), all);
        await store.discrepancies.resolve([all[0].id], {
          by: 'auto',
          who: message(1).key,
          reason: 'explained',
          at: now(),
        });
        const found = await store.discrepancies.ofOrder(tradeNo(1));
        expect(found.map((one) => one.id).sort()).toEqual([all[0].id, all[1].id]);
        expect(await store.discrepancies.ofOrder(tradeNo(3))).toEqual([]);
      }),
    );

    it(
      'are counted by who ended them',
      withHarness(open, async ({ store, now }) => {
        const all = [
          discrepancy(1, now()),
          discrepancy(2, now()),
          discrepancy(3, now()),
          discrepancy(4, now()),
        ];
        await store.discrepancies.see(all);
        const [first, second, third] = all.map(({ id }) => id);
        if (first === undefined || second === undefined || third === undefined) throw new Error('three');
        const end = { reason: 'explained', at: now() } as const;
        await store.discrepancies.resolve([first, second], {
          by: 'auto',
          who: '1900000109:20260301',
          ...end,
        });
        await store.discrepancies.resolve([third], { by: 'operator', who: 'ops:lin', ...end });
        await store.discrepancies.resolve([first], { by: 'operator', who: 'ops:lin', ...end });
        expect(await store.discrepancies.countResolvedBy('1900000109:20260301')).toBe(2);
        expect(await store.discrepancies.countResolvedBy('ops:lin')).toBe(1);
        expect(await store.discrepancies.countResolvedBy('1900000109:20260302')).toBe(0);
      }),
    );
  });
}
