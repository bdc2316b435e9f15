import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import type { Discrepancy } from '../../../lib/model/discrepancy';
import { DISCREPANCY_CLASSES, discrepancyId } from '../../../lib/model/discrepancy';
import type { Store } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import {
  claimAt,
  day,
  discrepancy,
  MERCHANT,
  message,
  refundNo,
  settlement,
  tradeNo,
  transactionId,
  NEXT_DAY,
} from '../builders';
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
          unreadable: [],
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

    it.each(DISCREPANCY_CLASSES)('of class %s come back as they were seen, and are counted', async (of) => {
      await withHarness(open, async ({ store, now }) => {
        const all = (
          [
            { kind: 'payment', outTradeNo: tradeNo(1), transactionId: transactionId(1) },
            { kind: 'refund', outTradeNo: tradeNo(1), outRefundNo: refundNo(1) },
            { kind: 'statement', subMchId: MERCHANT, day: day(-1) },
          ] as const
        ).map((subject) =>
          discrepancy(1, now(), {
            id: discrepancyId(of, subject),
            class: of,
            subject,
            path: 'statement',
            statementRun: statementRunId(MERCHANT, day(-1)),
          }),
        );
        await store.discrepancies.see(all);
        const { items } = await store.discrepancies.listOpen({ now: now(), after: null, limit: 10 });
        expect(new Map(items.map((one) => [one.id, one]))).toEqual(new Map(all.map((one) => [one.id, one])));
        const ofOrder = await store.discrepancies.ofOrder(tradeNo(1));
        expect(ofOrder.map((one) => one.subject.kind).sort()).toEqual(['payment', 'refund']);
        expect(await store.discrepancies.countOpenByClass(now())).toMatchObject({ [of]: 3 });
        expect(await store.discrepancies.countOpen(now())).toBe(3);
      })();
    });

    it(
      'are opened once by statements too: seen again only when they were last seen and in which bill moves',
      withHarness(open, async ({ store, now }) => {
        const [first, ended] = [discrepancy(1, now(), { opensAt: NEXT_DAY }), discrepancy(2, now())];
        await store.discrepancies.see([]);
        await store.discrepancies.see([first, ended]);
        const resolution = { by: 'operator', who: 'ops:lin', reason: 'x', at: now() } as const;
        await store.discrepancies.resolve([ended.id], resolution);
        const again = later(now(), 60_000);
        const over = {
          ours: null,
          theirs: 'other',
          path: 'statement',
          statementRun: statementRunId(MERCHANT, day()),
          opensAt: now(),
        } as const;
        await store.discrepancies.see([discrepancy(1, again, over), discrepancy(2, again, over)]);
        // An older sighting that comes late takes nothing back.
        await store.discrepancies.see([discrepancy(1, later(now(), 1))]);
        const { statementRun } = over;
        const shown = { lastSeenAt: again, statementRun };
        expect(await store.discrepancies.ofOrder(tradeNo(1))).toEqual([{ ...first, ...shown }]);
        expect(await store.discrepancies.ofOrder(tradeNo(2))).toEqual([{ ...ended, ...shown, resolution }]);
      }),
    );

    it(
      'that are carried over open by time alone, are unresolved before, and can be resolved before',
      withHarness(open, async ({ store, now }) => {
        const opensAt = later(now(), 3_600_000);
        const carried = { class: 'missing_payment', opensAt } as const;
        const all = [
          discrepancy(1, now(), carried),
          discrepancy(2, later(now(), 2), carried),
          discrepancy(3, later(now(), 1)),
        ] as const;
        await store.discrepancies.see(all);
        const listed = async (at: Instant) =>
          (await store.discrepancies.listOpen({ now: at, after: null, limit: 10 })).items;
        const before = later(opensAt, -1);
        expect(await listed(before)).toEqual([all[2]]);
        expect(await store.discrepancies.countOpen(before)).toBe(1);
        const counted = await store.discrepancies.countOpenByClass(before);
        expect([counted.amount_mismatch, counted.missing_payment ?? 0]).toEqual([1, 0]);
        expect(await store.discrepancies.listUnresolved({ after: null, limit: 10 })).toEqual({
          items: [all[1], all[2], all[0]],
          next: null,
          unreadable: [],
        });

        expect(await listed(opensAt)).toEqual([all[1], all[2], all[0]]);
        expect(await store.discrepancies.countOpen(opensAt)).toBe(3);
        expect(await store.discrepancies.countOpenByClass(opensAt)).toMatchObject({
          amount_mismatch: 1,
          missing_payment: 2,
        });

        const resolution = { by: 'auto', who: 'payment:x', reason: 'found', at: now() } as const;
        expect(await store.discrepancies.resolve([all[0].id, all[1].id], resolution)).toBe(2);
        expect(await store.discrepancies.listUnresolved({ after: null, limit: 10 })).toEqual({
          items: [all[2]],
          next: null,
          unreadable: [],
        });
        expect(await store.discrepancies.countOpen(opensAt)).toBe(1);
      }),
    );

    it(
      'are paged past those that are carried over',
      withHarness(open, async ({ store, now }) => {
        const all = Array.from({ length: 30 }, (_, n) =>
          discrepancy(n, later(now(), Math.floor(n / 4)), { opensAt: n % 3 === 0 ? now() : NEXT_DAY }),
        );
        await store.discrepancies.see(all);
        for (const [list, wanted] of [
          ['listOpen', all.filter((one) => one.opensAt === now())],
          ['listUnresolved', all],
        ] as const) {
          const seen: Discrepancy[] = [];
          let after: string | null = null;
          for (let page = 0; page < 12; page += 1) {
            const read: Awaited<ReturnType<Store['discrepancies']['listOpen']>> = await store.discrepancies[
              list
            ]({
              now: now(),
              after,
              limit: 4,
            });
            seen.push(...read.items);
            after = read.next;
            if (after === null) break;
          }
          expect(after).toBeNull();
          expect(seen).toEqual([...wanted].reverse());
        }
      }),
    );

    it(
      'that are carried over are listed by when they open, of all classes or one, until they do or are resolved',
      withHarness(open, async ({ store: { discrepancies }, now }) => {
        const opening = (n: number) => later(now(), 1_000 * Math.ceil(n / 3));
        const all = Array.from({ length: 9 }, (_, n) =>
          discrepancy(n, now(), {
            class: n % 2 === 0 ? 'missing_payment' : 'refund_missing_there',
            opensAt: n === 0 ? now() : opening(n),
          }),
        );
        await discrepancies.see(all);
        const ids = async (
          query: Omit<Parameters<typeof discrepancies.listCarriedOver>[0], 'after' | 'limit'>,
        ) => {
          const seen: string[] = [];
          let after: string | null = null;
          for (let page = 0; page < 12; page += 1) {
            const read: Awaited<ReturnType<typeof discrepancies.listCarriedOver>> =
              await discrepancies.listCarriedOver({ ...query, after, limit: 2 });
            seen.push(...read.items.map(({ id }) => id));
            after = read.next;
            if (after === null) return seen;
          }
          throw new Error('the list does not end');
        };
        const waiting = all.slice(1).map(({ id }) => id);
        const inOrder = (from: number, to: number) =>
          all
            .slice(from, to)
            .map(({ id }) => id)
            .sort();
        expect(await ids({ now: now() })).toEqual([...inOrder(1, 4), ...inOrder(4, 7), ...inOrder(7, 9)]);
        expect(new Set(await ids({ now: now() }))).toEqual(new Set(waiting));
        expect(await ids({ now: opening(4) })).toEqual(inOrder(7, 9));
        expect((await ids({ now: now(), class: 'missing_payment' })).sort()).toEqual(
          [all[2], all[4], all[6], all[8]].map((one) => one?.id).sort(),
        );
        const resolution = { by: 'operator', who: 'li', reason: 'explained', at: now() } as const;
        await discrepancies.resolve(
          all.slice(1, 8).map(({ id }) => id),
          resolution,
        );
        expect(await ids({ now: now() })).toEqual([all[8]?.id]);
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
