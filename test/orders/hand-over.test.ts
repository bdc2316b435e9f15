import { CLOCKS_APART_MS } from '../../lib/rules/hold';
import type { FulfilDeps } from '../../lib/orders/fulfil';
import { fulfillOrders, fulfilmentLeaseMs } from '../../lib/orders/fulfil';
import { requestRefund } from '../../lib/refunds/request';
import { StoreError } from '../../lib/store/errors';
import { fen } from '../../lib/values/fen';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { message, order, tradeNo } from '../store/builders';
import { inShop, refund, refunding, shop } from './shop';

it(
  'a second hold is a discrepancy of its own, open although the first one was resolved',
  inShop(async ({ hear, inbox, minutes, delivered, open }, stage) => {
    await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
    await hear(message(1));
    await inbox();
    const [first] = (await stage.store.discrepancies.ofOrder(tradeNo(1))).map(({ id }) => id);
    if (first === undefined) throw new Error('the first hold opened nothing');
    const resolution = {
      by: 'operator',
      who: 'ops:lin',
      reason: 'seen',
      at: stage.deps.clock.now(),
    } as const;
    await stage.store.discrepancies.resolve([first], resolution);
    stage.advance(1_000);
    await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'seen', stage.deps.clock.now());
    stage.advance(1_000);
    await hear(refund(1, { total: fen(77) }));
    await inbox();
    await minutes(1);
    expect(delivered).toEqual([]);
    expect(await open()).toContain('fulfilment_held');
    stage.advance(1_000);
    await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'seen again', stage.deps.clock.now());
    await minutes(1);
    expect(delivered).toEqual([tradeNo(1)]);
    expect(await open()).not.toContain('fulfilment_held');
  }),
);

it(
  'a refund that is applied just as the hand-over starts is seen: waiting before, or on the order after',
  inShop(async ({ hear, inbox, deps, delivered }, stage) => {
    await hear(message(1));
    await inbox();
    await hear(refund(1));
    const applied: Promise<unknown>[] = [];
    const orders: FulfilDeps['store']['orders'] = {
      ...stage.store.orders,
      beginFulfilment: (...begin) => {
        const begun = stage.store.orders.beginFulfilment(...begin);
        applied.push(begun.then(inbox));
        return begun;
      },
    };
    // A look that starts after the hand-over is answered once the refund is applied.
    const openRefunds: FulfilDeps['store']['inbox']['openRefunds'] = async (numbers) => {
      await Promise.all(applied);
      return stage.store.inbox.openRefunds(numbers);
    };
    const store = { ...stage.store, orders, inbox: { ...stage.store.inbox, openRefunds } };
    await fulfillOrders({ ...deps, store }, PLENTY);
    await Promise.all(applied);
    expect(delivered).toEqual([]);
  }),
);

it(
  'no hook is called when the host stood still until the lease was over, after the hand-over began',
  inShop(async ({ hear, inbox, deps, delivered }, stage) => {
    await hear(message(1));
    await inbox();
    const orders: FulfilDeps['store']['orders'] = {
      ...stage.store.orders,
      beginFulfilment: async (...begin) => {
        const begun = await stage.store.orders.beginFulfilment(...begin);
        stage.advance(200_000);
        return begun;
      },
    };
    await fulfillOrders({ ...deps, store: { ...stage.store, orders } }, PLENTY);
    expect(delivered).toEqual([]);
    await fulfillOrders(deps, PLENTY);
    expect(delivered).toEqual([tradeNo(1)]);
  }),
);

it(
  'no quick retry is made when the host stood still until the lease was over',
  inShop(async ({ hear, inbox, deps, delivered }, stage) => {
    await hear(message(1));
    await inbox();
    const fulfil: FulfilDeps['fulfil'] = async (...call) => {
      await deps.fulfil(...call);
      stage.advance(200_000);
      throw new Error('the warehouse does not answer');
    };
    await fulfillOrders({ ...deps, fulfil, settings: { ...deps.settings, quickRetries: 1 } }, PLENTY);
    expect(delivered).toEqual([tradeNo(1)]);
  }),
);

describe('the discrepancy of a hold', () => {
  it(
    'that cannot be resolved does not make an order that was fulfilled count as failed',
    inShop(async ({ hear, inbox, deps, delivered, open }, stage) => {
      await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
      await hear(message(1));
      await inbox();
      stage.advance(1_000);
      await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'seen', stage.deps.clock.now());
      const discrepancies: FulfilDeps['store']['discrepancies'] = {
        ...stage.store.discrepancies,
        ofOrder: () => Promise.reject(new StoreError('unavailable', 'no answer')),
      };
      const report = await fulfillOrders({ ...deps, store: { ...stage.store, discrepancies } }, PLENTY);
      expect(report).toMatchObject({ done: 1, failed: 0 });
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).toContain('fulfilment_held');
    }),
  );

  it(
    'ends with its hold, although another hold follows before the order is fulfilled',
    inShop(async ({ hear, inbox, deps, delivered, order }, stage) => {
      const holds = async () =>
        (await stage.store.discrepancies.ofOrder(tradeNo(1))).filter(
          (one) => one.class === 'fulfilment_held',
        );
      await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
      await hear(message(1));
      await inbox();
      stage.advance(1_000);
      await hear(refund(1, { refund: fen(1) }));
      await inbox();
      stage.advance(1_000);
      // The run lifts the first hold, and before it claims the order the next evidence comes.
      const claimFulfilments: FulfilDeps['store']['orders']['claimFulfilments'] = async (claim) => {
        await hear(refund(2, { total: fen(77) }));
        return stage.store.orders.claimFulfilments(claim);
      };
      const orders = { ...stage.store.orders, claimFulfilments };
      await fulfillOrders({ ...deps, store: { ...stage.store, orders } }, PLENTY);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_message_open' });
      const named = await holds();
      expect(named).toHaveLength(2);
      expect(named.filter(({ resolution }) => resolution === null)).toHaveLength(1);
      expect(named.find(({ resolution }) => resolution === null)?.ours).toMatchObject({
        reason: 'refund_message_open',
      });
    }),
  );

  it(
    'ends also when its worker named the hold and did not live to write it',
    inShop(async ({ hear, inbox, minutes, deps, delivered, open }, stage) => {
      await hear(message(1));
      await inbox();
      await hear(refund(1, { total: fen(77) }));
      const finishFulfilment = async () => Promise.reject(new Error('the worker died'));
      const orders = { ...stage.store.orders, finishFulfilment };
      await fulfillOrders({ ...deps, store: { ...stage.store, orders } }, PLENTY);
      expect(await open()).toContain('fulfilment_held');
      await stage.store.inbox.dismiss([refund(1).key], 'lin', 'not ours', stage.deps.clock.now());
      await minutes(2);
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).not.toContain('fulfilment_held');
    }),
  );
});

describe('a refund that is asked for', () => {
  const request = { outTradeNo: tradeNo(1), transactionId: null, amount: null, reason: null } as const;
  const by = { origin: 'operator', who: 'li' } as const;
  const ask = (stage: Stage) => requestRefund(refunding(stage), { ...request, name: { kind: 'rest' } }, by);

  it('waits while the order is handed over, and is made once that has ended', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      const replies: unknown[] = [];
      const { hear, inbox, deliver } = shop(stage, async () => {
        replies.push(await ask(stage));
        return undefined;
      });
      await hear(message(1));
      await inbox();
      expect(await deliver()).toMatchObject({ done: 1 });
      expect(replies).toMatchObject([{ ok: false, code: 'ORDER_BUSY', retry: true }]);
      expect((await stage.store.orders.find([tradeNo(1)]))[0]?.refunds).toEqual([]);
      expect(await ask(stage)).toMatchObject({ ok: true });
    }));

  it('waits for an order that was begun too late only until it is returned, which spends no attempt', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      const { hear, inbox, deliver, deps, delivered, order: current } = shop(stage);
      await hear(message(1));
      await inbox();
      const { timeoutMs } = deps.settings;
      const replies: unknown[] = [];
      const beginFulfilment: FulfilDeps['store']['orders']['beginFulfilment'] = async (...begin) => {
        const begun = await stage.store.orders.beginFulfilment(...begin);
        stage.advance(fulfilmentLeaseMs({ timeoutMs }) - timeoutMs + 1);
        replies.push(await ask(stage));
        return begun;
      };
      const orders = { ...stage.store.orders, beginFulfilment };
      const late = { ...deps, store: { ...stage.store, orders } };
      expect(await fulfillOrders(late, PLENTY)).toMatchObject({ returned: 1, leaseLost: 0 });
      expect(replies).toMatchObject([{ ok: false, code: 'ORDER_BUSY', retry: true }]);
      expect((await current()).fulfilment).toMatchObject({ state: 'due', attempts: 0, lease: null });
      expect(await ask(stage)).toMatchObject({ ok: true });
      await deliver();
      expect(delivered).toEqual([]);
    }));

  it('between the claim and the hand-over is respected by the hand-over', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      const { hear, inbox, deliver, deps, delivered } = shop(stage);
      await hear(message(1));
      await inbox();
      const replies: unknown[] = [];
      const beginFulfilment: FulfilDeps['store']['orders']['beginFulfilment'] = async (...begin) => {
        replies.push(await ask(stage));
        return stage.store.orders.beginFulfilment(...begin);
      };
      const orders = { ...stage.store.orders, beginFulfilment };
      await fulfillOrders({ ...deps, store: { ...stage.store, orders } }, PLENTY);
      await deliver();
      expect(replies).toMatchObject([{ ok: true }]);
      expect(delivered).toEqual([]);
    }));

  it('does not wait for a worker that died while it handed over, beyond its lease', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      const { hear, inbox, deps } = shop(stage);
      await hear(message(1));
      await inbox();
      const finishFulfilment = async () => Promise.reject(new Error('the worker died'));
      const orders = { ...stage.store.orders, finishFulfilment };
      await fulfillOrders({ ...deps, store: { ...stage.store, orders } }, PLENTY);
      expect(await ask(stage)).toMatchObject({ code: 'ORDER_BUSY' });
      stage.advance(fulfilmentLeaseMs(deps.settings) + CLOCKS_APART_MS);
      expect(await ask(stage)).toMatchObject({ ok: true });
    }));
});
