import { processInbox } from '../../lib/inbox/process';
import type { FulfilDeps } from '../../lib/orders/fulfil';
import { fulfillOrders } from '../../lib/orders/fulfil';
import { REFUNDED_IN_FULL } from '../../lib/rules/not-owed';
import { reconcileOrders } from '../../lib/orders/reconcile';
import { keyOf } from '../../lib/model/message';
import { fen } from '../../lib/values/fen';
import { PLENTY } from '../inbox/stage';
import {
  claimAt,
  message,
  order as pending,
  paymentOf,
  refundNo,
  settlement,
  statementRun,
  tradeNo,
  transactionId,
} from '../store/builders';
import { inShop, refund } from './shop';

describe('money that is known to have gone back buys nothing', () => {
  it.each([0, 1_000, 10_000, 40_000])('when the full refund is reported %d ms before the payment', (gap) =>
    inShop(async ({ hear, inbox, deliver, minutes, delivered, order }, stage) => {
      await hear(refund(1));
      await inbox();
      stage.advance(gap);
      await hear(message(1));
      await inbox();
      await deliver();
      await minutes(2);
      expect(delivered).toEqual([]);
      expect(await order()).toMatchObject({
        payment: { state: 'paid' },
        fulfilment: { state: 'dead', reason: REFUNDED_IN_FULL },
      });
    })(),
  );

  it(
    'when both wait in one claim, whichever came first',
    inShop(async ({ hear, inbox, minutes, delivered }) => {
      await hear(refund(1));
      await hear(message(1));
      await inbox();
      await minutes(1);
      expect(delivered).toEqual([]);
    }),
  );

  it(
    'when the refund message had died before a statement showed the payment, and a query had said REFUND',
    inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
      await hear(refund(1));
      await minutes(15);
      expect(await stage.store.inbox.find(refund(1).key)).toMatchObject({ state: 'dead' });
      stage.answer = { kind: 'paid_then_refunded', transactionId: transactionId(1), payment: null };
      const { deps } = stage;
      const settings = { askAfterMs: [60_000] as const, concurrency: 1, perSecond: 20, batch: 10 };
      const timers = { after: (_: number, then: () => void) => (setImmediate(then), () => undefined) };
      const asking = { ...deps, store: stage.store, timers, reconcileSettings: settings };
      expect(await reconcileOrders(asking, PLENTY)).toMatchObject({ asked: 1, later: 1 });
      expect(await order()).toMatchObject({ refundSaidAt: deps.clock.now() });
      await hear(message(1, { path: 'statement' }));
      await inbox();
      expect(await order()).toMatchObject({ payment: { state: 'paid' }, fulfilment: { state: 'held' } });
      await minutes(60);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'dead', reason: REFUNDED_IN_FULL });
    }),
  );

  it(
    'when WeChat Pay said REFUND and nobody says how much, until the sum is known',
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
      await hear(message(1));
      await inbox();
      await minutes(30);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_sum_unknown' });
      expect(await open()).toEqual(['fulfilment_held']);
      await hear(refund(1, { refund: fen(1) }));
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).not.toContain('fulfilment_held');
    }),
  );

  it(
    'when the statement that shows the payment shows its refund further on',
    inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
      const run = statementRun(0);
      await stage.store.statementRuns.open(run);
      await hear(message(1, { path: 'statement' }));
      await inbox();
      await minutes(40);
      expect((await order()).fulfilment).toMatchObject({
        state: 'held',
        reason: 'statement_refunds_pending',
      });
      await hear({ ...refund(1), path: 'statement' });
      await minutes(40);
      expect(delivered).toEqual([]);
    }),
  );

  it(
    'when a part came back first by a message, and the statement shows the rest further on',
    inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
      await stage.store.statementRuns.open(statementRun(0));
      await hear(refund(1, { refund: fen(1) }));
      await minutes(15);
      await hear(message(1, { path: 'statement' }));
      await inbox();
      await minutes(40);
      expect(await order()).toMatchObject({
        refunds: [{ amount: 1 }],
        fulfilment: { state: 'held', reason: 'statement_refunds_pending' },
      });
      expect(delivered).toEqual([]);
    }),
  );

  it(
    'when a refund is set aside between the claim and the hand-over',
    inShop(async (seen, stage) => {
      const { hear, inbox, deps, delivered, order } = seen;
      await hear(message(1));
      await inbox();
      const claimFulfilments: FulfilDeps['store']['orders']['claimFulfilments'] = async (claim) => {
        const claimed = await stage.store.orders.claimFulfilments(claim);
        for (const { outTradeNo, version: expectedVersion } of claimed) {
          const refunds = [{ outRefundNo: refundNo(1), amount: fen(101) }];
          await stage.store.orders.note({ outTradeNo, expectedVersion, refunds });
        }
        return claimed;
      };
      const orders = { ...stage.store.orders, claimFulfilments };
      expect(await fulfillOrders({ ...deps, store: { ...stage.store, orders } }, PLENTY)).toMatchObject({
        done: 0,
      });
      await fulfillOrders(deps, PLENTY);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
    }),
  );

  it(
    'while a refund message that could not be applied is dead, until an operator releases the order',
    inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
      await hear(message(1));
      await hear(refund(1, { total: fen(77) }));
      await inbox();
      await minutes(2);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
      const now = stage.deps.clock.now();
      await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'of another shop', now);
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );
});

describe('a refund message that names no order', () => {
  it.each([
    ['waiting', 0],
    ['dead', 15],
  ] as const)(
    'is decided together with the payment that it names while it is %s, and not only by a later review',
    (_, waited) =>
      inShop(async ({ hear, inbox, minutes, order }, stage) => {
        const nameless = refund(1, { outTradeNo: null });
        await hear(nameless);
        await inbox();
        await minutes(waited);
        const state = waited === 0 ? 'pending' : 'dead';
        expect(await stage.store.inbox.find(nameless.key)).toMatchObject({ state });
        await hear(message(1));
        await inbox();
        expect(await stage.store.inbox.find(nameless.key)).toMatchObject({ state: 'done' });
        expect(await order()).toMatchObject({ refunds: [{ outRefundNo: refundNo(1) }] });
      })(),
  );

  it.each(['before', 'after'] as const)(
    'is of the second payment of an order, and takes nothing from the first, when it comes %s it',
    (when) =>
      inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
        await hear(message(1));
        await inbox();
        const second = { ...paymentOf(1), transactionId: transactionId(2) };
        const content = { kind: 'payment', payment: second } as const;
        const again = message(1, { content, key: keyOf(content, 'platform') });
        const nameless = refund(1, { outTradeNo: null, transactionId: transactionId(2) });
        if (when === 'before') {
          await hear(nameless);
          await inbox();
        }
        await hear(again);
        await inbox();
        if (when === 'after') {
          await hear(nameless);
          await inbox();
        }
        expect(await stage.store.inbox.find(nameless.key)).toMatchObject({ state: 'done' });
        const [taken] = await stage.store.refunds.find([refundNo(1)]);
        expect(taken).toMatchObject({ transactionId: transactionId(2), progress: { state: 'succeeded' } });
        await minutes(2);
        expect(delivered).toEqual([tradeNo(1)]);
        expect(await order()).toMatchObject({
          refunds: [{ outRefundNo: refundNo(1), transactionId: transactionId(2) }],
        });
      })(),
  );

  it(
    'is of the order that has the payment, although a payment of another order at hand names it too',
    inShop(async ({ hear, inbox, order }, stage) => {
      await hear(message(1));
      await inbox();
      await stage.store.orders.create(pending(2));
      const content = {
        kind: 'payment',
        payment: paymentOf(2, { transactionId: transactionId(1) }),
      } as const;
      await hear(message(2, { content, key: keyOf(content, 'platform') }));
      const nameless = refund(1, { outTradeNo: null });
      await hear(nameless);
      await inbox();
      expect(await stage.store.inbox.find(nameless.key)).toMatchObject({ state: 'done' });
      expect(await order()).toMatchObject({ refunds: [{ outRefundNo: refundNo(1) }] });
    }),
  );

  it(
    'is decided again when another run, which had claimed it before the payment, ends it after',
    inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
      const nameless = refund(1, { outTradeNo: null });
      await hear(nameless);
      const { inbox: messages } = stage.store;
      const claim = claimAt(stage.deps.clock.now());
      expect(await messages.claim(claim)).toHaveLength(1);
      await hear(message(1));
      await inbox();
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
      stage.advance(2_000);
      const error = 'it names no order, and no refund that is known here';
      const finish = { kind: 'dead', reason: 'order_never_appeared', error } as const;
      await messages.settle(claim.token, stage.deps.clock.now(), [settlement(nameless, finish)]);
      await minutes(2);
      expect(delivered).toEqual([]);
      expect(await order()).toMatchObject({
        refunds: [{ outRefundNo: refundNo(1) }],
        fulfilment: { state: 'dead', reason: REFUNDED_IN_FULL },
      });
    }),
  );

  it.each(['before', 'after'] as const)(
    'is of the order whose payment it names, when it comes %s the payment',
    (when) =>
      inShop(async ({ hear, inbox, minutes, delivered, order }) => {
        const nameless = refund(1, { outTradeNo: null });
        if (when === 'before') {
          await hear(nameless);
          await inbox();
        }
        await hear(message(1));
        await inbox();
        if (when === 'after') await hear(nameless);
        await minutes(2);
        expect(delivered).toEqual([]);
        expect(await order()).toMatchObject({
          refunds: [{ outRefundNo: refundNo(1) }],
          fulfilment: { state: 'dead', reason: REFUNDED_IN_FULL },
        });
      })(),
  );

  it(
    'holds no order when it names another payment',
    inShop(async ({ hear, inbox, minutes, delivered }) => {
      await hear(refund(1, { outTradeNo: null, transactionId: transactionId(9) }));
      await hear(message(1));
      await inbox();
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );
});

describe('what is not believed, or explained, holds nothing', () => {
  it(
    'an unverified refund message',
    inShop(async ({ hear, inbox, deliver, delivered }) => {
      await hear(message(1));
      await hear(refund(1, {}, 'unverified'));
      await inbox();
      await deliver();
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );

  it(
    'a payment of a statement whose refunds were all compared',
    inShop(async ({ hear, inbox, minutes, delivered, open }, stage) => {
      await hear(message(1, { path: 'statement' }));
      await inbox();
      stage.advance(2_000_000);
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).toEqual([]);
    }),
  );
});

describe('many facts of one order', () => {
  it(
    'fifty refund messages at once take one run',
    inShop(async ({ hear, inbox }, stage) => {
      await hear(message(1));
      await inbox();
      for (let n = 1; n <= 50; n += 1) await hear(refund(n, { refund: fen(2) }));
      expect(await inbox()).toMatchObject({ claimed: 50, applied: 50, retried: 0, dead: 0 });
      const [paid] = await stage.store.orders.find([tradeNo(1)]);
      expect(paid?.refunds).toHaveLength(50);
    }),
  );

  it(
    'a payment wakes all that waited for it, and brings back what died of waiting',
    inShop(async ({ hear, inbox, minutes, order }) => {
      await hear(refund(1, { refund: fen(1) }));
      await minutes(15);
      await hear(refund(2, { refund: fen(2) }));
      await inbox();
      await hear(message(1));
      await inbox();
      expect((await order()).refunds.map(({ amount }) => amount).sort()).toEqual([1, 2]);
    }),
  );
});

describe('above orders.verifyAbove', () => {
  it(
    'an order with a part refunded waits for the confirmation too, then for what the refund message holds',
    inShop(async ({ hear, minutes, delivered, order }, stage) => {
      await hear(refund(1, { total: fen(77) }));
      await hear(message(1));
      const deps = stage.with({ settings: { ...stage.deps.settings, verifyAbove: fen(100) } });
      await processInbox(deps, PLENTY);
      stage.answer = { kind: 'not_paid' };
      await minutes(3);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'verify_above' });
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      await minutes(3);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
      expect(delivered).toEqual([]);
    }),
  );

  it(
    'an order a callback reported paid waits until WeChat Pay confirms it',
    inShop(async ({ hear, minutes, delivered, order, deliver }, stage) => {
      await hear(message(1));
      const deps = stage.with({ settings: { ...stage.deps.settings, verifyAbove: fen(100) } });
      await processInbox(deps, PLENTY);
      await minutes(3);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'verify_above' });
      stage.answer = { kind: 'paid', payment: paymentOf(1, { transactionId: transactionId(8) }) };
      await minutes(3);
      expect(delivered).toEqual([]);
      stage.answer = { kind: 'paid', payment: paymentOf(1) };
      stage.advance(61_000);
      await deliver();
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );
});
