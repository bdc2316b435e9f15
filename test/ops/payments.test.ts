import { processInbox } from '../../lib/inbox/process';
import type { Person } from '../../lib/model/operators/principal';
import type { PaymentDetails } from '../../lib/model/facts';
import type { Order } from '../../lib/model/order';
import { fen } from '../../lib/values/fen';
import { isSubMchId } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { RefundRequest } from '../../lib/wechat/port';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { heldDiscrepancy } from '../../lib/rules/hold';
import {
  guarded,
  message,
  order,
  paidAt,
  paymentOf,
  refundOf,
  START,
  tradeNo,
  transactionId,
} from '../store/builders';
import type { Operating } from './operating';
import { LI, operateOn, SILENT } from './operating';

const WANG: Person = { name: 'wang', role: 'act' };
const NAME = `payment:${tradeNo(1)}:${transactionId(1)}`;
const NOW = later(START, 60_000);

interface Shop {
  readonly stage: Stage;
  readonly operating: Operating;
  readonly asked: RefundRequest[];
  readonly order: () => Promise<Order>;
  readonly hear: (n: number, over?: Partial<PaymentDetails>) => Promise<void>;
  readonly act: (action: string, by?: Person, reason?: string) => Promise<object | undefined>;
}

/** An order of 101 fen, and a payment that does not agree with it. */
function onShop(
  run: (shop: Shop) => Promise<void>,
  over: Partial<PaymentDetails> = { total: fen(61) },
  secondPersonAbove: number | null = null,
): Promise<void> {
  return onStage(async (stage) => {
    const asked: RefundRequest[] = [];
    const operating = operateOn(stage.store, () => NOW, {
      wechat: {
        ...SILENT,
        refund: async (request) => {
          asked.push(request);
          return {
            kind: 'accepted',
            refundId: '50',
            outRefundNo: request.outRefundNo,
            refund: request.refund,
            settled: null,
          };
        },
      },
      secondPersonAbove: secondPersonAbove === null ? null : fen(secondPersonAbove),
    });
    const hear = async (n: number, what: Partial<PaymentDetails> = {}) => {
      const payment = paymentOf(n, { outTradeNo: tradeNo(1), ...what });
      await stage.store.inbox.record(
        message(n, { content: { kind: 'payment', payment }, outTradeNo: tradeNo(1) }),
      );
      await processInbox(operating.deps, PLENTY);
    };
    await stage.store.orders.create(order(1));
    await hear(1, over);
    await run({
      stage,
      operating,
      asked,
      hear,
      order: async () => {
        const [found] = await stage.store.orders.find([tradeNo(1)]);
        if (found === undefined) throw new Error('the order is gone');
        return found;
      },
      act: async (action, by = LI, reason = 'the customer agreed by telephone') => {
        const reply = await operating.ask('act', { action, names: [NAME], reason }, by);
        return 'results' in reply ? reply.results[0] : reply;
      },
    });
  });
}

/** What still calls for somebody about the order. */
async function pendingIn({ stage }: Shop) {
  const [open, backlog] = await Promise.all([
    stage.store.discrepancies.countOpen(NOW),
    stage.store.inbox.backlog(NOW),
  ]);
  return { open, dead: backlog.dead, pending: backlog.pending };
}

async function offered({ operating }: Shop, by: Person = LI) {
  const reply = await operating.ask('show_order', { outTradeNo: tradeNo(1) }, by);
  return 'payments' in reply
    ? reply.payments.map(({ as, refundable, actions }) => ({ as, refundable, actions }))
    : [];
}

describe('a payment of another amount', () => {
  test('is offered to be accepted or returned, to those who may act only', () =>
    onShop(async (shop) => {
      const both = ['accept_payment', 'return_payment'];
      expect(await offered(shop)).toEqual([{ as: 'mismatch', refundable: 61, actions: both }]);
      expect(await offered(shop, { name: 'zhao', role: 'read' })).toMatchObject([{ actions: [] }]);
      const id = `amount_mismatch:${tradeNo(1)}:${transactionId(1)}`;
      expect(await shop.operating.ask('show_discrepancy', { id })).toMatchObject({
        payment: { name: NAME, actions: both },
      });
    }));

  test('accepted by a person with a reason pays the order with what came, and nothing is left pending', () =>
    onShop(async (shop) => {
      expect(await shop.operating.ask('act', { action: 'accept_payment', names: [NAME] })).toMatchObject({
        code: 'BAD_INPUT',
      });
      expect(await shop.act('accept_payment')).toMatchObject({
        ok: true,
        changed: {
          acceptance: 'accepted',
          order: {
            payment: { before: 'pending', after: 'paid' },
            fulfilment: { before: 'none', after: 'due' },
          },
        },
      });
      const acceptance = { who: 'li', approver: null, reason: 'the customer agreed by telephone', total: 61 };
      expect(await shop.order()).toMatchObject({
        payment: { state: 'paid', transactionId: transactionId(1), acceptance },
        fulfilment: { state: 'due' },
        otherPayments: [],
      });
      expect(await pendingIn(shop)).toEqual({ open: 0, dead: 0, pending: 0 });
      // Only what came may go back.
      const line = { as: 'payment', refundable: 61, actions: [] };
      expect(await offered(shop)).toEqual([line]);
      const { items } = await shop.stage.store.audit.list({ subject: tradeNo(1), after: null, limit: 9 });
      expect(items[0]).toMatchObject({
        action: 'accept_payment',
        who: 'li',
        reason: acceptance.reason,
        before: { payment: 'pending' },
        after: { payment: 'paid' },
      });
      // Heard again, by whatever path, it is the same payment.
      await shop.stage.store.inbox.replay([message(1).key], 'li', NOW);
      await processInbox(shop.operating.deps, PLENTY);
      expect(await pendingIn(shop)).toEqual({ open: 0, dead: 0, pending: 0 });
      expect(await shop.act('accept_payment')).toMatchObject({ code: 'ORDER_PAID' });
    }));

  test('needs a second person above the configured amount, of the order too', () =>
    onShop(
      async (shop) => {
        expect(await shop.act('accept_payment')).toMatchObject({
          ok: true,
          changed: { action: 'ask_approval', of: 'accept_payment' },
        });
        const { ask } = shop.operating;
        const waiting = await ask('list_approvals');
        const [first] = 'items' in waiting ? waiting.items : [];
        const id = first !== undefined && 'id' in first ? first.id : '';
        expect(await ask('approve', { id })).toMatchObject({ code: 'SAME_PERSON' });
        expect((await shop.order()).payment.state).toBe('pending');
        await shop.stage.store.inbox.replay([message(1).key], 'li', NOW);
        await processInbox(shop.operating.deps, PLENTY);
        expect((await shop.order()).payment.state).toBe('pending');
        expect(await ask('approve', { id }, WANG)).toMatchObject({ results: [{ ok: true }] });
        expect(await shop.order()).toMatchObject({
          payment: { state: 'paid', acceptance: { who: 'li', approver: 'wang' } },
        });
        expect(await pendingIn(shop)).toEqual({ open: 0, dead: 0, pending: 0 });
      },
      { total: fen(1) },
      100,
    ));

  test('returned goes back by its own number; when it is gone the order is closed and nothing is left pending', () =>
    onShop(async (shop) => {
      expect(await shop.act('return_payment')).toMatchObject({
        ok: true,
        changed: { refund: { amount: 61, state: 'processing' } },
      });
      expect(shop.asked).toMatchObject([{ transactionId: transactionId(1), total: 61, refund: 61 }]);
      expect((await shop.order()).payment.state).toBe('pending');
      expect(await shop.act('accept_payment')).toMatchObject({ code: 'GOING_BACK' });
      expect(await shop.act('return_payment')).toMatchObject({ code: 'GOING_BACK' });
      expect(shop.asked).toHaveLength(1);
      const [outRefundNo] = shop.asked.map((one) => one.outRefundNo);
      const refund = refundOf(1, { total: fen(61), refund: fen(61), settled: fen(61) });
      await shop.stage.store.inbox.record(
        message(1, {
          content: { kind: 'refund', refund: { ...refund, outRefundNo: outRefundNo ?? refund.outRefundNo } },
        }),
      );
      await processInbox(shop.operating.deps, PLENTY);
      expect((await shop.order()).payment.state).toBe('closed');
      expect(await pendingIn(shop)).toEqual({ open: 0, dead: 0, pending: 0 });
    }));

  test('is returned within the limits of operators’ refunds only', () =>
    onShop(async (shop) => {
      const { wechat, refundSettings } = shop.operating.deps;
      const limited = (limits: Partial<typeof refundSettings.limits>) =>
        operateOn(shop.stage.store, () => NOW, {
          wechat,
          refundSettings: { ...refundSettings, limits: { ...refundSettings.limits, ...limits } },
        });
      const give = async (limits: Partial<typeof refundSettings.limits>) => {
        const request = { action: 'return_payment', names: [NAME], reason: 'the customer asked' };
        const reply = await limited(limits).ask('act', request);
        return 'results' in reply ? reply.results[0] : reply;
      };
      expect(await give({ single: fen(60) })).toMatchObject({ ok: false, code: 'REFUND_OVER_SINGLE' });
      expect(await give({ operatorDay: fen(60) })).toMatchObject({ code: 'REFUND_OVER_OPERATOR_DAY' });
      expect(await give({ day: fen(60) })).toMatchObject({ code: 'REFUND_OVER_DAY' });
      expect(shop.asked).toEqual([]);
      expect((await shop.order()).refunds).toEqual([]);
      expect(await give({ day: fen(61) })).toMatchObject({ ok: true });
      expect(shop.asked).toMatchObject([{ refund: 61 }]);
    }));

  test('accepted and returned at the same moment ends in one of the two', () =>
    onShop(async (shop) => {
      const results = await Promise.all([shop.act('accept_payment'), shop.act('return_payment')]);
      expect(
        results.filter((one) => one !== undefined && 'ok' in one && one.ok === true).length,
      ).toBeGreaterThan(0);
      const { payment, fulfilment, refunds } = await shop.order();
      if (payment.state === 'paid' && fulfilment.state === 'due') expect(refunds).toEqual([]);
      else expect(refunds).toMatchObject([{ amount: 61 }]);
    }));
});

test('a payment of another payer may count; one of another merchant or currency may not', async () => {
  await onShop(
    async (shop) => {
      expect(await shop.act('accept_payment')).toMatchObject({ ok: true });
      expect((await shop.order()).payment.state).toBe('paid');
    },
    { payer: null, total: fen(102) },
  );
  await onShop(
    async (shop) => {
      expect(await offered(shop)).toMatchObject([{ actions: [] }]);
      expect(await shop.act('accept_payment')).toMatchObject({ code: 'OTHER_MERCHANT' });
      expect(await shop.act('return_payment')).toMatchObject({ code: 'OTHER_MERCHANT' });
    },
    { subMchId: guarded(isSubMchId, '1900000999') },
  );
  await onShop(
    async (shop) => {
      expect(await offered(shop)).toMatchObject([{ actions: [] }]);
      expect(await shop.act('return_payment')).toMatchObject({ code: 'OTHER_CURRENCY' });
    },
    { currency: 'HKD' },
  );
});

test('a transaction that paid another order neither counts nor goes back', () =>
  onShop(async (shop) => {
    const payment = { ...paymentOf(1), outTradeNo: tradeNo(2), total: fen(102) };
    await shop.stage.store.orders.create(order(2));
    await shop.stage.store.inbox.record(message(2, { content: { kind: 'payment', payment } }));
    await processInbox(shop.operating.deps, PLENTY);
    expect(await shop.act('accept_payment')).toMatchObject({ code: 'TRANSACTION_OF_OTHER_ORDER' });
    expect(await shop.act('return_payment')).toMatchObject({ code: 'TRANSACTION_OF_OTHER_ORDER' });
    expect(shop.asked).toEqual([]);
  }));

test('of two payments the one that is returned goes back, and the order’s own stays', () =>
  onShop(
    async (shop) => {
      await shop.hear(2, { total: fen(101) });
      const second = `payment:${tradeNo(1)}:${transactionId(2)}`;
      expect(await offered(shop)).toEqual([
        { as: 'payment', refundable: 101, actions: [] },
        { as: 'duplicate_payment', refundable: 101, actions: ['return_payment'] },
      ]);
      const reply = await shop.operating.ask('act', {
        action: 'return_payment',
        names: [second],
        reason: 'paid twice',
      });
      expect(reply).toMatchObject({ results: [{ ok: true }] });
      expect(shop.asked).toMatchObject([{ transactionId: transactionId(2), refund: 101 }]);
      expect(await offered(shop)).toMatchObject([{ refundable: 101 }, { refundable: 0, actions: [] }]);
      const reservations = (await shop.order()).refunds;
      expect(reservations).toMatchObject([{ amount: 101, transactionId: transactionId(2) }]);
    },
    { total: fen(101) },
  ));

test('late money is accepted or returned by its name', () =>
  onShop(
    async (shop) => {
      const closed = await shop.order();
      const closure = {
        kind: 'closure',
        outTradeNo: tradeNo(1),
        subMchId: closed.subMchId,
        as: 'closed',
      } as const;
      expect(closed.payment.state).toBe('pending');
      await shop.stage.store.inbox.record(message(7, { content: closure, outTradeNo: tradeNo(1) }));
      await processInbox(shop.operating.deps, PLENTY);
      await shop.stage.store.inbox.dismiss([message(1).key], 'li', 'test', NOW);
      await shop.hear(3, { total: fen(101) });
      const name = `payment:${tradeNo(1)}:${transactionId(3)}`;
      const reply = await shop.operating.ask('act', {
        action: 'accept_payment',
        names: [name],
        reason: 'the goods are there',
      });
      expect(reply).toMatchObject({ results: [{ ok: true }] });
      expect(await shop.order()).toMatchObject({
        payment: { state: 'paid', transactionId: transactionId(3) },
        fulfilment: { state: 'due' },
      });
      const late = `paid_after_close:${tradeNo(1)}:${transactionId(3)}`;
      expect(await shop.operating.ask('show_discrepancy', { id: late })).toMatchObject({
        discrepancy: { resolution: { reason: 'accepted by li: the goods are there' } },
      });
    },
    { total: fen(61) },
  ));

test('an order on hold is released by a person with a reason, and what named the hold ends', () =>
  onStage(async ({ store }) => {
    const held = order(4, {
      payment: paidAt(4, START),
      fulfilment: { state: 'held', attempts: 0, heldAt: START, reason: 'verify_above' },
    });
    await store.orders.create(held);
    const named = heldDiscrepancy(held, { reason: 'verify_above', heldAt: START }, START);
    if (named === null) throw new Error('a paid order that is held is named');
    await store.discrepancies.see([named]);
    const { ask } = operateOn(store, () => NOW);
    const names = [tradeNo(4)];
    expect(await ask('act', { action: 'release_hold', names })).toMatchObject({ code: 'BAD_INPUT' });
    expect(await ask('show_order', { outTradeNo: tradeNo(4) })).toMatchObject({
      order: { actions: ['release_hold', 'refund_order'] },
    });
    const release = { action: 'release_hold', names, reason: 'seen in the merchant platform' };
    expect(await ask('act', release)).toMatchObject({ results: [{ ok: true }] });
    const [released] = await store.orders.find([tradeNo(4)]);
    expect(released?.fulfilment.state).toBe('due');
    expect(await store.discrepancies.find(named.id)).toMatchObject({
      resolution: { by: 'operator', who: 'li', reason: 'seen in the merchant platform' },
    });
    expect(await ask('act', release)).toMatchObject({ results: [{ ok: false, code: 'NOT_NOW' }] });
  }));
