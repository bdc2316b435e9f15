import type { NewMessage } from '../../../lib/model/message';
import type { Order, OrderSettlement } from '../../../lib/model/order';
import type { Refund, RefundSettlement } from '../../../lib/model/refund';
import type { Settlement, Store } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import {
  claimAt,
  discrepancy,
  LEASE_MS,
  NEXT_DAY,
  order,
  paidAt,
  refund,
  refundedBy,
  refundMessage,
  refundNo,
  settlement,
  START,
  tradeNo,
} from '../builders';
import type { OpenHarness, SettleStep, StoreHarness } from '../harness';
import { withHarness } from '../harness';

const STEPS: readonly SettleStep[] = ['order', 'refund', 'discrepancy', 'message'];
const CASES = STEPS.flatMap((step) => [
  { step, kind: 'create' as const },
  { step, kind: 'change' as const },
]);
const TOLD = refundMessage(1);
const PAID = order(1, { payment: paidAt(1, START) });

/** The books as a worker reads them before it decides. */
interface Books {
  readonly order: Order;
  readonly refund: Refund | null;
}

async function readBooks(store: Store): Promise<Books> {
  const [[standing], [known]] = await Promise.all([
    store.orders.find([tradeNo(1)]),
    store.refunds.find([refundNo(1)]),
  ]);
  if (standing === undefined) throw new Error('the order of the case is gone');
  return { order: standing, refund: known ?? null };
}

/**
 * The message's meaning: the money is reserved, and the refund succeeded. Parts already written are
 * not changed again.
 */
function decided(books: Books, now: Instant): Settlement {
  return settlement(TOLD, undefined, {
    change: changeOf(books.order, now),
    refund: refundChangeOf(books.refund, now),
    discrepancies: [discrepancy(1, now)],
  });
}

function changeOf(of: Order, now: Instant): OrderSettlement | null {
  if (of.refunds.some((one) => one.outRefundNo === refundNo(1))) return null;
  const { outTradeNo, version, payment, fulfilment, otherPayments } = of;
  return {
    outTradeNo,
    expectedVersion: version,
    payment,
    fulfilment,
    otherPayments,
    refunds: [{ outRefundNo: refundNo(1), amount: refund(1).amount }],
    entry: { at: now, event: 'refunded_in_merchant_platform', path: 'callback', evidence: TOLD.key },
  };
}

function refundChangeOf(known: Refund | null, now: Instant): RefundSettlement | null {
  const change = refundedBy(known ?? refund(1), TOLD, now);
  if (known === null) return { kind: 'create', refund: refund(1, { progress: change.progress }) };
  return known.progress.state === 'succeeded' ? null : change;
}

async function begin(
  { store }: StoreHarness,
  kind: RefundSettlement['kind'],
  told: NewMessage,
): Promise<void> {
  await store.orders.create(PAID);
  if (kind === 'change') await store.refunds.create(refund(1));
  await store.inbox.record(told);
}

async function expectTheEnd(store: Store, kind: RefundSettlement['kind']): Promise<void> {
  const books = await readBooks(store);
  expect(books.order).toMatchObject({
    version: 2,
    refunds: [{ outRefundNo: refundNo(1), amount: refund(1).amount }],
  });
  expect(books.order.history.map((entry) => entry.event)).toEqual([
    'created',
    'refunded_in_merchant_platform',
  ]);
  expect(books.refund).toMatchObject({
    version: kind === 'create' ? 1 : 2,
    progress: { state: 'succeeded', evidence: TOLD.key },
  });
  expect(books.refund?.history.map((entry) => entry.event)).toEqual(
    kind === 'create' ? ['requested'] : ['requested', 'refund_succeeded'],
  );
  expect(await store.discrepancies.countOpen(NEXT_DAY)).toBe(1);
  expect(await store.inbox.find(TOLD.key)).toMatchObject({ state: 'done', outcome: 'applied' });
}

/** A crash between two steps of settling a refund is repaired by settling again. */
export function refundInterruptionCases(open: OpenHarness): void {
  describe('settling a refund, broken off', () => {
    it.each(CASES)(
      'after the write of the $step, a $kind run again by a new claim comes to the same end',
      async ({ step, kind }) => {
        await withHarness(open, async (harness) => {
          const { store, now, advance } = harness;
          await begin(harness, kind, TOLD);
          const turn = async () => {
            const request = claimAt(now());
            const claimed = await store.inbox.claim(request);
            if (claimed.length === 0) return [];
            return store.inbox.settle(request.token, now(), [decided(await readBooks(store), now())]);
          };
          harness.interruptSettleAfter?.(step);
          expect(await turn().catch(() => ['failed'])).toEqual(['failed']);
          advance(LEASE_MS);
          const again = await turn();
          // Where the message’s own write was the last that happened, nothing is left to do.
          expect([[], ['settled']]).toContainEqual(again);
          await expectTheEnd(store, kind);
        })();
      },
    );

    it.each(CASES)(
      'after the write of the $step, a $kind sent again under the same token is settled and written once',
      async ({ step, kind }) => {
        await withHarness(open, async (harness) => {
          const { store, now } = harness;
          await begin(harness, kind, TOLD);
          const request = claimAt(now());
          await store.inbox.claim(request);
          const batch = [decided(await readBooks(store), now())];
          harness.interruptSettleAfter?.(step);
          expect(await store.inbox.settle(request.token, now(), batch).catch(() => ['failed'])).toEqual([
            'failed',
          ]);
          expect(await store.inbox.settle(request.token, now(), batch)).toEqual(['settled']);
          await expectTheEnd(store, kind);
        })();
      },
    );
  });
}
