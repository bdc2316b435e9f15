import type { Store } from '../../../lib/store/port';
import type { SettleResult, Settlement } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import type { NewMessage } from '../../../lib/model/message';
import type { Order } from '../../../lib/model/order';
import { claimAt, discrepancy, LEASE_MS, message, order, paidBy, settlement, NEXT_DAY } from '../builders';
import type { OpenHarness, SettleStep } from '../harness';
import { withHarness } from '../harness';

const STEPS: readonly SettleStep[] = ['order', 'discrepancy', 'message'];

/**
 * A worker's decision for the order as it stands: pay it, unless this same message has paid it
 * already.
 */
function decided(standing: Order, by: NewMessage, now: Instant): Settlement {
  const applied = standing.payment.state === 'paid' && standing.payment.evidence === by.key;
  return settlement(
    by,
    { kind: 'done', outcome: 'applied' },
    {
      change: applied ? null : paidBy(standing, by, now),
      discrepancies: [discrepancy(1, now, { class: 'payer_mismatch' })],
    },
  );
}

async function settleOnce(
  store: Store,
  by: NewMessage,
  of: Order,
  now: Instant,
): Promise<readonly SettleResult[]> {
  const request = claimAt(now);
  const claimed = await store.inbox.claim(request);
  if (claimed.length === 0) return [];
  const [standing] = await store.orders.find([of.outTradeNo]);
  if (standing === undefined) throw new Error('the order of the case is gone');
  return store.inbox.settle(request.token, now, [decided(standing, by, now)]);
}

/** A crash between two steps of a settlement is repaired by settling again. */
export function interruptionCases(open: OpenHarness): void {
  describe('settle, broken off', () => {
    it.each(STEPS)(
      'after the write of the %s and run again by a new claim comes to the same end',
      async (step) => {
        await withHarness(open, async (harness) => {
          const { store, now, advance } = harness;
          if (harness.interruptSettleAfter === undefined) throw new Error('the harness cannot interrupt');
          const [first, before] = [message(1), order(1)];
          await store.orders.create(before);
          await store.inbox.record(first);

          harness.interruptSettleAfter(step);
          const broken = await settleOnce(store, first, before, now()).catch(() => ['failed']);
          expect(broken).toEqual(['failed']);
          advance(LEASE_MS);
          const again = await settleOnce(store, first, before, now());
          expect([[], ['settled']]).toContainEqual(again);

          expect(await store.inbox.find(first.key)).toMatchObject({ state: 'done', outcome: 'applied' });
          const [after] = await store.orders.find([before.outTradeNo]);
          expect(after).toMatchObject({
            version: 2,
            payment: { state: 'paid', evidence: first.key },
            fulfilment: { state: 'due', attempts: 0 },
          });
          expect(after?.history.map((entry) => entry.event)).toEqual(['created', 'paid']);
          expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(1);
        })();
      },
    );

    it.each(STEPS)(
      'after the write of the %s and run again under the same token changes the order once',
      async (step) => {
        await withHarness(open, async (harness) => {
          const { store, now } = harness;
          if (harness.interruptSettleAfter === undefined) throw new Error('the harness cannot interrupt');
          const [first, before] = [message(1), order(1)];
          await store.orders.create(before);
          await store.inbox.record(first);
          const request = claimAt(now());
          await store.inbox.claim(request);

          harness.interruptSettleAfter(step);
          const batch = [decided(before, first, now())];
          await store.inbox.settle(request.token, now(), batch).catch(() => ['failed']);
          const [answer] = await store.inbox.settle(request.token, now(), batch);
          if (answer === 'stale') {
            const [standing] = await store.orders.find([before.outTradeNo]);
            if (standing === undefined) throw new Error('the order of the case is gone');
            expect(await store.inbox.settle(request.token, now(), [decided(standing, first, now())])).toEqual(
              ['settled'],
            );
          } else {
            expect(answer).toBe('settled');
          }

          const [after] = await store.orders.find([before.outTradeNo]);
          expect(after).toMatchObject({ version: 2, payment: { state: 'paid', evidence: first.key } });
          expect(await store.inbox.find(first.key)).toMatchObject({ state: 'done' });
          expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(1);
        })();
      },
    );

    it(
      'leaves the other messages of the batch to be settled',
      withHarness(open, async (harness) => {
        const { store, now, advance } = harness;
        if (harness.interruptSettleAfter === undefined) throw new Error('the harness cannot interrupt');
        for (let n = 1; n <= 5; n += 1) {
          await store.orders.create(order(n));
          await store.inbox.record(message(n));
        }
        harness.interruptSettleAfter('order');
        const settleAll = async (): Promise<void> => {
          const request = claimAt(now());
          const claimed = await store.inbox.claim(request);
          const standing = await store.orders.find(claimed.flatMap((one) => one.outTradeNo ?? []));
          await store.inbox
            .settle(
              request.token,
              now(),
              claimed.map((one) => {
                const of = standing.find((candidate) => candidate.outTradeNo === one.outTradeNo);
                const change = of?.payment.state === 'pending' ? paidBy(of, one, now()) : null;
                return settlement(one, undefined, { change });
              }),
            )
            .catch(() => []);
        };
        await settleAll();
        advance(LEASE_MS);
        await settleAll();
        for (let n = 1; n <= 5; n += 1) {
          expect(await store.inbox.find(message(n).key)).toMatchObject({ state: 'done' });
        }
        const after = await store.orders.find([1, 2, 3, 4, 5].map((n) => order(n).outTradeNo));
        expect(after).toHaveLength(5);
        expect(after.every((one) => one.version === 2 && one.payment.state === 'paid')).toBe(true);
      }),
    );
  });
}
