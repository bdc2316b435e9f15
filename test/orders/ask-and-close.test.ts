import { queryOrder } from '../../lib/orders/ask';
import { closeOrder } from '../../lib/orders/close';
import type { Caller } from '../../lib/model/caller';
import { isPayerId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { CloseAnswer, OrderAnswer } from '../../lib/wechat/port';
import { message, order, PAYER, paymentOf, START, tradeNo } from '../store/builders';
import { onStage } from '../inbox/stage';

const CALLER: Caller = { payer: PAYER, source: 'wx_client', ip: '203.0.113.7', by: { kind: 'nobody' } };
const EVENT = { outTradeNo: tradeNo(1) };
const PAID: OrderAnswer = { kind: 'paid', payment: paymentOf(1) };

describe('a payer who asks', () => {
  test('learns that a lost callback’s order is paid, and it is paid from then on; the late callback is a repeat', () =>
    onStage(async (stage) => {
      stage.answer = PAID;
      await stage.store.orders.create(order(1));
      expect(await queryOrder(stage.deps, EVENT, CALLER)).toMatchObject({
        ok: true,
        order: { payment: 'paid', fulfilment: 'due' },
      });
      expect(await stage.store.inbox.record(message(1))).toBe('repeat');
      expect((await stage.store.inbox.find(message(1).key))?.confirmedBy).toEqual(['query', 'callback']);
    }));

  test('makes us ask WeChat Pay once, however many ask at the same time, and again only after a while', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'not_paid' };
      await stage.store.orders.create(order(1));
      await Promise.all(Array.from({ length: 20 }, () => queryOrder(stage.deps, EVENT, CALLER)));
      expect(stage.asked).toBe(1);
      stage.advance(4_999);
      await queryOrder(stage.deps, EVENT, CALLER);
      expect(stage.asked).toBe(1);
      stage.advance(1);
      await queryOrder(stage.deps, EVENT, CALLER);
      expect(stage.asked).toBe(2);
    }));

  test.each<OrderAnswer>([
    { kind: 'not_paid' },
    { kind: 'failed', detail: 'PAYERROR' },
    { kind: 'paying' },
    { kind: 'no_such_order' },
    { kind: 'paid_then_refunded', transactionId: null, payment: null },
    { kind: 'unknown', reason: 'system', detail: '' },
    { kind: 'refused', code: 'not_authorised', detail: '' },
  ])('changes nothing when WeChat Pay says $kind', (answer) =>
    onStage(async (stage) => {
      stage.answer = answer;
      await stage.store.orders.create(order(1));
      expect(await queryOrder(stage.deps, EVENT, CALLER)).toMatchObject({
        ok: true,
        order: { payment: 'pending' },
      });
      expect(await stage.store.inbox.ofOrder(tradeNo(1))).toEqual([]);
    }),
  );

  test('finds the order closed when WeChat Pay says so', () =>
    onStage(async (stage) => {
      stage.answer = { kind: 'closed' };
      await stage.store.orders.create(order(1));
      expect(await queryOrder(stage.deps, EVENT, CALLER)).toMatchObject({
        ok: true,
        order: { payment: 'closed' },
      });
    }));

  test('about another payer’s order, or none, learns nothing', () =>
    onStage(async (stage) => {
      const other = 'oSomebodyElse000000000000001';
      if (!isPayerId(other)) throw new Error('the example is wrong');
      await stage.store.orders.create(order(1, { payer: other }));
      for (const event of [EVENT, { outTradeNo: tradeNo(2) }]) {
        expect(await queryOrder(stage.deps, event, CALLER)).toMatchObject({
          ok: false,
          code: 'ORDER_NOT_FOUND',
        });
        expect(await closeOrder(stage.deps, event, CALLER)).toMatchObject({
          ok: false,
          code: 'ORDER_NOT_FOUND',
        });
      }
      expect(await queryOrder(stage.deps, { outTradeNo: { $ne: '' } }, CALLER)).toMatchObject({
        code: 'BAD_INPUT',
      });
      expect(await queryOrder(stage.deps, EVENT, { ...CALLER, payer: null })).toMatchObject({
        code: 'NO_PAYER',
      });
    }));
});

test('a turn that was taken by a clock far ahead of this one is not waited for', () =>
  onStage(async (stage) => {
    stage.answer = PAID;
    await stage.store.orders.create(order(1, { lastAskedAt: later(START, 4_000) }));
    await stage.store.orders.create(order(2, { lastAskedAt: later(START, 3_600_000) }));
    await queryOrder(stage.deps, EVENT, CALLER);
    expect(stage.asked).toBe(0);
    await queryOrder(stage.deps, { outTradeNo: tradeNo(2) }, CALLER);
    expect(stage.asked).toBe(1);
  }));

describe('a payer who closes', () => {
  test('gets a closed order on WeChat Pay’s word', () =>
    onStage(async (stage) => {
      stage.closing = { kind: 'closed' };
      await stage.store.orders.create(order(1));
      expect(await closeOrder(stage.deps, EVENT, CALLER)).toMatchObject({
        ok: true,
        order: { payment: 'closed' },
      });
    }));

  test('gets a paid order when it was paid meanwhile', () =>
    onStage(async (stage) => {
      stage.closing = { kind: 'already_paid' };
      stage.answer = PAID;
      await stage.store.orders.create(order(1));
      expect(await closeOrder(stage.deps, EVENT, CALLER)).toMatchObject({
        ok: true,
        order: { payment: 'paid' },
      });
    }));

  test.each<[CloseAnswer, string, boolean]>([
    [{ kind: 'no_such_order' }, 'TOO_EARLY_TO_CLOSE', true],
    [{ kind: 'refused', code: 'too_early', detail: '' }, 'TOO_EARLY_TO_CLOSE', true],
    [{ kind: 'refused', code: 'not_authorised', detail: '' }, 'WECHAT_PAY_REFUSED', false],
    [{ kind: 'unknown', reason: 'transport', detail: '' }, 'WECHAT_PAY_UNKNOWN', true],
  ])('keeps a pending order when WeChat Pay says %j', (closing, code, retry) =>
    onStage(async (stage) => {
      stage.closing = closing;
      await stage.store.orders.create(order(1));
      expect(await closeOrder(stage.deps, EVENT, CALLER)).toMatchObject({ ok: false, code, retry });
      // Of its turn to ask, nothing changed but that it was taken.
      const turn = { version: 2, lastAskedAt: START };
      expect(await stage.store.orders.find([tradeNo(1)])).toEqual([order(1, turn)]);
    }),
  );

  test('asks WeChat Pay once in a while, however often they try, and whether they asked or closed before', () =>
    onStage(async (stage) => {
      await stage.store.orders.create(order(1));
      let closings = 0;
      const wechat = {
        ...stage.deps.wechat,
        closeOrder: async () => {
          closings += 1;
          return stage.closing;
        },
      };
      const deps = { ...stage.deps, wechat };
      const all = await Promise.all(Array.from({ length: 10 }, () => closeOrder(deps, EVENT, CALLER)));
      expect(all.filter((reply) => !reply.ok && reply.code === 'ORDER_BUSY')).toHaveLength(9);
      expect(closings).toBe(1);
      stage.advance(4_999);
      expect(await closeOrder(deps, EVENT, CALLER)).toMatchObject({ code: 'ORDER_BUSY', retry: true });
      stage.advance(1);
      await queryOrder(deps, EVENT, CALLER);
      expect(await closeOrder(deps, EVENT, CALLER)).toMatchObject({ code: 'ORDER_BUSY' });
      stage.advance(5_000);
      stage.closing = { kind: 'closed' };
      expect(await closeOrder(deps, EVENT, CALLER)).toMatchObject({ ok: true, order: { payment: 'closed' } });
    }));
});
