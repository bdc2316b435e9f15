import { processInbox } from '../../lib/inbox/process';
import type { WholeOrder } from '../../lib/model/order';
import { decide } from '../../lib/rules/payment';
import type { LateMoneyPolicy } from '../../lib/model/order';
import { followRefunds } from '../../lib/refunds/follow';
import { refundNoOfLateMoney } from '../../lib/rules/refunds/reservation';
import { PLENTY } from '../inbox/stage';
import type { RefundStage } from '../refunds/stage';
import { onRefundStage } from '../refunds/stage';
import { message, order, paymentOf, refund, START, tradeNo, transactionId } from '../store/builders';

const EVIDENCE = message(2).key;
const closed = (over: Partial<WholeOrder> = {}): WholeOrder =>
  order(2, { payment: { state: 'closed', at: START, evidence: EVIDENCE }, ...over });
const LATE = refundNoOfLateMoney(tradeNo(2), transactionId(2));
const ID = `paid_after_close:${tradeNo(2)}:${transactionId(2)}`;

/** The second order was closed; its money comes, under this policy. */
async function late(stage: RefundStage, lateMoney: LateMoneyPolicy): Promise<RefundStage['deps']> {
  const deps = { ...stage.deps, settings: { ...stage.deps.settings, lateMoney } };
  await stage.store.orders.create(closed());
  await stage.store.inbox.record(message(2));
  expect(await processInbox(deps, PLENTY)).toMatchObject({ applied: 1 });
  return deps;
}
const named = async ({ store }: RefundStage) => {
  const [one, ...others] = await store.discrepancies.ofOrder(tradeNo(2));
  expect(others).toEqual([]);
  expect(one?.id).toBe(ID);
  return one;
};

describe('money that comes for a closed order', () => {
  test('is held and waits for an operator by default', () =>
    onRefundStage(async (stage) => {
      await late(stage, 'hold');
      expect(await stage.order(tradeNo(2))).toMatchObject({
        payment: { state: 'closed' },
        fulfilment: { state: 'none' },
        otherPayments: [{ as: 'paid_after_close', transactionId: transactionId(2) }],
        refunds: [],
      });
      expect(await named(stage)).toMatchObject({ resolution: null });
    }));

  test('pays the order after all under “fulfil”: it is due for delivery, and the discrepancy is explained', () =>
    onRefundStage(async (stage) => {
      const deps = await late(stage, 'fulfil');
      const paid = await stage.order(tradeNo(2));
      expect(paid).toMatchObject({
        payment: { state: 'paid', transactionId: transactionId(2) },
        fulfilment: { state: 'due' },
        otherPayments: [],
      });
      expect(await named(stage)).toMatchObject({ resolution: { by: 'auto', who: EVIDENCE } });
      await stage.store.inbox.record(message(2));
      expect(await processInbox(deps, PLENTY)).toMatchObject({ claimed: 0 });
    }));

  test('goes back under “refund”: in one settlement set aside and requested, then asked for, and explained once it went through', () =>
    onRefundStage(async (stage) => {
      const deps = await late(stage, 'refund');
      expect(await stage.order(tradeNo(2))).toMatchObject({
        payment: { state: 'closed' },
        otherPayments: [{ transactionId: transactionId(2) }],
        refunds: [{ outRefundNo: LATE, amount: 102 }],
      });
      expect(await stage.refund(LATE)).toMatchObject({
        origin: 'policy',
        amount: 102,
        progress: { state: 'requested' },
      });
      expect(await named(stage)).toMatchObject({ resolution: null });
      stage.desk.mishaps.push({
        kind: 'accepted',
        refundId: '50',
        outRefundNo: LATE,
        refund: order(2).total,
        settled: null,
      });
      expect(await followRefunds(deps, PLENTY)).toMatchObject({ accepted: 1 });
      stage.desk.standing = {
        kind: 'refund',
        state: 'succeeded',
        refundId: '50',
        refund: order(2).total,
        settled: null,
        succeededAt: START,
      };
      stage.advance(60_000);
      expect(await followRefunds(deps, PLENTY)).toMatchObject({ changed: 1 });
      expect(await named(stage)).toMatchObject({ resolution: { by: 'auto' } });
    }));

  test('that was held goes the policy’s way when its message is replayed under another', () =>
    onRefundStage(async (stage) => {
      await stage.store.orders.create(closed());
      const received = { content: { kind: 'payment', payment: paymentOf(2) }, evidence: EVIDENCE } as const;
      const fact = { ...received, path: 'callback', heardAt: START } as const;
      const held = decide(closed(), fact, START);
      if (held.kind !== 'done' || held.change === null) throw new Error('not held');
      const waiting = closed({ otherPayments: held.change.otherPayments });
      const paid = decide(waiting, fact, START, { policy: 'fulfil', refund: null });
      expect(paid).toMatchObject({
        outcome: 'applied',
        change: { payment: { state: 'paid' }, otherPayments: [] },
      });
      const returned = decide(waiting, fact, START, { policy: 'refund', refund: null });
      expect(returned).toMatchObject({ change: { otherPayments: [{}], refunds: [{ outRefundNo: LATE }] } });
      // An operator has given it back by hand: it must not be delivered or given back once more.
      const byHand = {
        ...waiting,
        refunds: [{ outRefundNo: refund(1).outRefundNo, amount: order(2).total }],
      };
      for (const policy of ['fulfil', 'refund'] as const) {
        expect(decide(byHand, fact, START, { policy, refund: null })).toMatchObject({
          outcome: 'repeat',
          change: null,
          refund: null,
        });
      }
    }));

  test('beside a payment that counts is held under every policy', () => {
    const paid = order(2, { payment: { ...paidPayment(), transactionId: transactionId(9) } });
    const received = { content: { kind: 'payment', payment: paymentOf(2) }, evidence: EVIDENCE } as const;
    const fact = { ...received, path: 'callback', heardAt: START } as const;
    for (const policy of ['hold', 'fulfil', 'refund'] as const) {
      expect(decide(paid, fact, START, { policy, refund: null })).toMatchObject({
        change: { otherPayments: [{ as: 'duplicate_payment' }], refunds: [] },
        refund: null,
        discrepancies: [{ class: 'duplicate_payment' }],
      });
    }
  });
});

function paidPayment() {
  const received = { content: { kind: 'payment', payment: paymentOf(2) }, evidence: EVIDENCE } as const;
  const decision = decide(order(2), { ...received, path: 'callback', heardAt: START }, START);
  if (decision.kind !== 'done' || decision.change?.payment.state !== 'paid') throw new Error('not paid');
  return decision.change.payment;
}

test.each(['fulfil', 'refund'] as const)(
  'a crash between the order’s write and the rest of a settlement under “%s” is finished by deciding again',
  (policy) => {
    const received = { content: { kind: 'payment', payment: paymentOf(2) }, evidence: EVIDENCE } as const;
    const fact = { ...received, path: 'callback', heardAt: START } as const;
    const first = decide(closed(), fact, START, { policy, refund: null });
    if (first.kind !== 'done' || first.change === null) throw new Error('nothing was decided');
    const { payment, fulfilment, otherPayments, refunds, entry } = first.change;
    const written: WholeOrder = {
      ...closed(),
      payment,
      fulfilment,
      otherPayments,
      refunds,
      version: 2,
      history: [...closed().history, entry],
    };
    const again = decide(written, fact, START, { policy, refund: null });
    if (again.kind !== 'done') throw new Error('nothing was decided');
    expect(again.change).toBeNull();
    expect(again.refund).toEqual(first.refund);
    expect(again.discrepancies.map((one) => one.id)).toEqual([ID]);
    expect(again.explains?.ids).toEqual(first.explains?.ids);
    if (first.refund?.kind !== 'create') return;
    const made = decide(written, fact, START, { policy, refund: first.refund.refund });
    expect(made).toMatchObject({ outcome: 'repeat', change: null, refund: null });
  },
);
