import type { Order } from '../../../lib/model/order';
import { CLOCKS_APART_MS, isBeingHandedOver } from '../../../lib/rules/hold';
import type { Store } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import { fen } from '../../../lib/values/fen';
import { claimAt, LEASE_MS, message, order, paidBy, refundNo, settlement, tradeNo } from '../builders';
import type { OpenHarness } from '../harness';
import type { StoreHarness } from '../harness';
import { otherHost, withHarness } from '../harness';

const DELIVERY = ['claim', 'begin', 'finish'] as const;
const REFUND = ['look', 'reserve'] as const;

type Step = (typeof DELIVERY)[number] | (typeof REFUND)[number];

/** Every order in which the steps of a delivery and those of a refund request can come. */
function interleavings(one: readonly Step[], other: readonly Step[]): readonly (readonly Step[])[] {
  const [first, ...rest] = one;
  const [second, ...others] = other;
  if (first === undefined) return [other];
  if (second === undefined) return [one];
  return [
    ...interleavings(rest, other).map((steps) => [first, ...steps]),
    ...interleavings(one, others).map((steps) => [second, ...steps]),
  ];
}

async function found(store: Store): Promise<Order> {
  const [one] = await store.orders.find([tradeNo(1)]);
  if (one === undefined) throw new Error('the order of the case is gone');
  return one;
}

async function pay(store: Store, now: Instant): Promise<void> {
  await store.orders.create(order(1));
  await store.inbox.record(message(1));
  const { token } = claimAt(now);
  await store.inbox.claim({ ...claimAt(now), token, keys: [message(1).key] });
  const change = paidBy(order(1), message(1), now);
  await store.inbox.settle(token, now, [settlement(message(1), undefined, { change })]);
}

type Host = Pick<StoreHarness, 'store' | 'now'>;

/** A delivery and a refund request of one order, each by the steps it takes, on two hosts. */
function actors({ store: deliverer, now }: Host, { store: refunder, now: refundersNow }: Host) {
  const seen: { claimed: Order | null; looked: Order | null; begun: boolean; reserved: boolean } = {
    claimed: null,
    looked: null,
    begun: false,
    reserved: false,
  };
  const request = claimAt(now());
  const steps: Readonly<Record<Step, () => Promise<void>>> = {
    claim: async () => {
      seen.claimed = (await deliverer.orders.claimFulfilments(request))[0] ?? null;
    },
    begin: async () => {
      const { claimed } = seen;
      if (claimed === null || claimed.refunds.length > 0) return;
      seen.begun = await deliverer.orders.beginFulfilment(request.token, now(), tradeNo(1), claimed.version);
    },
    finish: async () => {
      const finish = seen.begun ? ({ kind: 'done', receipt: null } as const) : ({ kind: 'return' } as const);
      await deliverer.orders.finishFulfilment(request.token, now(), tradeNo(1), finish);
    },
    look: async () => {
      seen.looked = await found(refunder);
    },
    reserve: async () => {
      const { looked } = seen;
      if (looked === null || isBeingHandedOver(looked, refundersNow())) return;
      seen.reserved = await refunder.orders.note({
        outTradeNo: tradeNo(1),
        expectedVersion: looked.version,
        refunds: [{ outRefundNo: refundNo(1), amount: fen(101) }],
      });
    },
  };
  return { seen, steps };
}

/**
 * A fulfilment and a refund request of one order: whichever comes first, one of them sees the
 * other.
 */
export function handOverCases(open: OpenHarness): void {
  describe('a delivery and a refund request at the same time', () => {
    it.each(interleavings(DELIVERY, REFUND).map((steps) => [steps.join(', '), steps] as const))(
      '%s: never both unknown to each other',
      (_, steps) =>
        withHarness(open, async (harness) => {
          const { store, now } = harness;
          await pay(store, now());
          const actor = actors(harness, await otherHost(harness));
          for (const step of steps) await actor.steps[step]();
          const { begun, reserved, looked } = actor.seen;
          const after = await found(store);
          // Goods and money both leave only when the refund saw that the goods had left.
          if (begun && reserved) expect(looked?.fulfilment.state).toBe('done');
          expect(begun || reserved).toBe(true);
          expect(after.fulfilment.state).toBe(begun ? 'done' : 'due');
          expect(after.refunds).toHaveLength(reserved ? 1 : 0);
        })(),
    );

    it(
      'a refund waits for a delivery that began no longer than its lease, and than clocks may differ',
      withHarness(open, async ({ store, now, advance }) => {
        await pay(store, now());
        const { steps, seen } = actors({ store, now }, { store, now });
        for (const step of ['claim', 'begin', 'look', 'reserve'] as const) await steps[step]();
        expect(seen).toMatchObject({ begun: true, reserved: false });
        advance(LEASE_MS + CLOCKS_APART_MS - 1);
        for (const step of ['look', 'reserve'] as const) await steps[step]();
        expect(seen.reserved).toBe(false);
        advance(1);
        for (const step of ['look', 'reserve', 'finish'] as const) await steps[step]();
        expect(seen.reserved).toBe(true);
        expect((await found(store)).fulfilment).toMatchObject({ state: 'due' });
      }),
    );
  });
}
