import { payCallback } from '../../functions/payCallback/function';
import { refundCallback } from '../../functions/refundCallback/function';
import type { NewMessage } from '../../lib/model/message';
import type { FunctionHandler } from '../../lib/hosting/ports';
import { systemTimers } from '../../lib/runtime/timers';
import { inShop, type Shop } from './shop';

const DAY = 86_400_000;
const MINUTE = 60_000;

/** Delivers a notification again, as it came the first time. */
async function again({ ports }: Shop, kind: 'payment' | 'refund', raw: string): Promise<object> {
  const { store } = ports;
  const parts = {
    ...ports,
    timers: systemTimers,
    record: (message: NewMessage) => store.inbox.record(message),
    ackBudgetMs: 2_500,
  };
  const handler: FunctionHandler = kind === 'refund' ? refundCallback(parts) : payCallback(parts);
  const event: unknown = JSON.parse(raw);
  return handler(event, { payer: null, source: 'wx_paycallback', ip: '127.0.0.1', by: { kind: 'nobody' } });
}

test('a notification that comes again after its message was removed changes nothing', () =>
  inShop(async (shop) => {
    const { ports, simulator } = shop;
    const { store } = ports;
    const outTradeNo = await shop.order(1);
    simulator.pay(outTradeNo, { faults: { concurrent: 2 } });
    await shop.live(2 * MINUTE, MINUTE / 2, ['processInbox', 'fulfillOrders']);
    const [before] = await store.orders.find([outTradeNo]);
    expect(before).toMatchObject({ payment: { state: 'paid' }, fulfilment: { state: 'done' } });
    const messages = await store.inbox.ofOrder(outTradeNo);
    expect(messages.map(({ state, deliveries }) => [state, deliveries])).toEqual([['done', 2]]);

    await shop.time.pass(29 * DAY);
    expect(await shop.run('retain')).toMatchObject({ done: 0, finished: true });
    await shop.time.pass(2 * DAY);
    expect(await shop.run('retain')).toMatchObject({ done: 1, finished: true });
    expect(await store.inbox.ofOrder(outTradeNo)).toEqual([]);
    expect(await store.orders.find([outTradeNo])).toEqual([before]);

    expect(await again(shop, 'payment', messages[0]?.raw ?? '')).toMatchObject({ errcode: 0 });
    expect(await shop.run('processInbox')).toMatchObject({ claimed: 1, applied: 0, finished: 1 });
    await shop.run('fulfillOrders');
    expect(await store.orders.find([outTradeNo])).toEqual([before]);
    expect(shop.delivered).toEqual([outTradeNo]);
    expect(await store.inbox.ofOrder(outTradeNo)).toMatchObject([{ state: 'done', outcome: 'repeat' }]);
    expect(await store.discrepancies.ofOrder(outTradeNo)).toEqual([]);
  }));
