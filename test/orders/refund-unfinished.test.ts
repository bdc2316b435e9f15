import { orderActions } from '../../lib/ops/allowed-actions';
import { fulfillOrders } from '../../lib/orders/fulfil';
import { REFUNDED_IN_FULL } from '../../lib/rules/not-owed';
import { requestRefund } from '../../lib/refunds/request';
import type { OutRefundNo } from '../../lib/values/ids';
import { fen } from '../../lib/values/fen';
import type { Stage } from '../inbox/stage';
import { PLENTY } from '../inbox/stage';
import { message, tradeNo } from '../store/builders';
import { inShop, refund, refunding } from './shop';

const ALL = {
  outTradeNo: tradeNo(1),
  transactionId: null,
  amount: null,
  reason: null,
  name: { kind: 'rest' },
} as const;
const BY = { origin: 'operator', who: 'li' } as const;

/** Asks for everything back; the store fails just before the refund is created. */
async function breakOff(stage: Stage): Promise<void> {
  const create = async () => Promise.reject(new Error('the store is away'));
  const store = { ...stage.store, refunds: { ...stage.store.refunds, create } };
  await expect(requestRefund({ ...refunding(stage), store }, ALL, BY)).rejects.toThrow('the store is away');
}

/** Asks for everything back, and WeChat Pay accepts it. */
async function accepted(stage: Stage): Promise<OutRefundNo> {
  const reply = await requestRefund(refunding(stage), ALL, BY);
  if (!reply.ok) throw new Error(reply.message);
  expect(reply.refund).toMatchObject({ state: 'processing' });
  return reply.refund.outRefundNo;
}

describe('a refund of all the money', () => {
  it(
    'that broke off before it existed holds the delivery, visibly, and goes on when it is asked for again',
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      await hear(message(1));
      await inbox();
      await breakOff(stage);
      await minutes(1);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
      expect(await open()).toEqual(['fulfilment_held']);
      const outRefundNo = await accepted(stage);
      await minutes(1);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
      await hear(refund(1, { outRefundNo }));
      await minutes(1);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'dead', reason: REFUNDED_IN_FULL });
      expect(await open()).toEqual([]);
    }),
  );

  it(
    'that WeChat Pay closes lets the order be fulfilled',
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      await hear(message(1));
      await inbox();
      const outRefundNo = await accepted(stage);
      await minutes(1);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
      await hear(refund(1, { outRefundNo, state: 'closed' }));
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
      expect(await open()).toEqual([]);
    }),
  );

  it(
    'that WeChat Pay closes after it said REFUND leaves the order held under the reason that is left',
    inShop(async ({ hear, inbox, minutes, delivered, order, open }, stage) => {
      await hear(message(1));
      await inbox();
      const outRefundNo = await accepted(stage);
      await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
      await minutes(1);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
      await hear(refund(1, { outRefundNo, state: 'closed' }));
      await minutes(1);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_sum_unknown' });
      expect(await open()).toEqual(['fulfilment_held']);
    }),
  );

  it(
    'that broke off does not keep an operator from releasing the order, and one after that holds it again',
    inShop(async ({ hear, inbox, minutes, delivered, deps, order }, stage) => {
      await hear(message(1));
      await inbox();
      await breakOff(stage);
      await minutes(1);
      stage.advance(1_000);
      await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'no refund', stage.deps.clock.now());
      stage.advance(1_000);
      await accepted(stage);
      await fulfillOrders(deps, PLENTY);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
      stage.advance(1_000);
      await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'sent by hand', stage.deps.clock.now());
      await minutes(1);
      expect(delivered).toEqual([tradeNo(1)]);
    }),
  );

  it(
    'that breaks off after a release holds the order again, too',
    inShop(async ({ hear, inbox, deliver, delivered, order }, stage) => {
      await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
      await hear(message(1));
      await inbox();
      await stage.store.orders.releaseHold(tradeNo(1), 'ops:lin', 'not so', stage.deps.clock.now());
      stage.advance(1_000);
      await breakOff(stage);
      await deliver();
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
    }),
  );

  it(
    'that was never made does not keep a failed delivery from being retried',
    inShop(async ({ hear, inbox, order, minutes, deps, delivered }, stage) => {
      await hear(message(1));
      await inbox();
      const failing = { ...deps, settings: { ...deps.settings, attempts: 1 } };
      await fulfillOrders({ ...failing, fulfil: async () => Promise.reject(new Error('no stock')) }, PLENTY);
      expect((await order()).fulfilment).toMatchObject({ state: 'dead' });
      await breakOff(stage);
      const li = { name: 'li', role: 'act' } as const;
      expect(orderActions(await order(), li, [])).toContain('retry_fulfilment');
      await stage.store.orders.retryFulfilment(tradeNo(1), 'li', stage.deps.clock.now());
      await minutes(1);
      expect(delivered).toEqual([]);
      expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_unfinished' });
    }),
  );
});

it(
  'a refund that broke off does not explain that WeChat Pay said REFUND',
  inShop(async ({ hear, inbox, minutes, delivered, order }, stage) => {
    await hear(message(1));
    await inbox();
    const create = async () => Promise.reject(new Error('the store is away'));
    const store = { ...stage.store, refunds: { ...stage.store.refunds, create } };
    const part = { ...ALL, amount: fen(1), name: { kind: 'request', requestId: 'request-1' } } as const;
    await expect(requestRefund({ ...refunding(stage), store }, part, BY)).rejects.toThrow();
    await stage.store.orders.noteRefundSaid([tradeNo(1)], stage.deps.clock.now());
    await minutes(1);
    expect(delivered).toEqual([]);
    expect((await order()).fulfilment).toMatchObject({ state: 'held', reason: 'refund_sum_unknown' });
  }),
);
