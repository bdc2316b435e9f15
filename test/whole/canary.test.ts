import { readConfig } from '../../lib/config/config';
import { merchantFulfil } from '../../lib/hosting/merchant/fulfil';
import type { Caller } from '../../lib/model/caller';
import type { Principal } from '../../lib/model/operators/principal';
import { budgetOf } from '../../lib/runtime/budget';
import { balanceOf } from '../../lib/statement/report/balance';
import { daySheet } from '../../lib/statement/report/day-sheet';
import { REPORT_WORDS } from '../../lib/statement/report/words';
import { isCanary } from '../../lib/values/canary';
import { dayOf, daysLater } from '../../lib/values/day';
import { isOutTradeNo, type OutTradeNo } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { createOrder } from '../../functions/createOrder/function';
import { queryOrder } from '../../functions/queryOrder/function';
import { refundOrder } from '../../functions/refundOrder/function';
import { fulfillOrders } from '../../workers/fulfillOrders/worker';
import { PAYER } from '../store/builders';
import { inShop, type Shop } from './shop';

const MINUTE = 60_000;
const LI: Principal = { kind: 'person', name: 'li', role: 'act' };
const by = (principal: Principal): Caller => ({
  payer: PAYER,
  source: 'wx_client',
  ip: '203.0.113.7',
  by: principal,
});
const EVENT = { requestId: 'canary-of-today', canary: true };

async function newCanary({ ports }: Shop): Promise<OutTradeNo> {
  const reply: unknown = await createOrder(ports)(EVENT, by(LI));
  const outTradeNo = isRecord(reply) ? reply['outTradeNo'] : undefined;
  if (!isOutTradeNo(outTradeNo)) throw new Error(`the canary was refused: ${JSON.stringify(reply)}`);
  return outTradeNo;
}

test('a canary is paid, known, given back and found in the bill, and is no sale in any report', () =>
  inShop(async (shop) => {
    const { ports, simulator } = shop;
    const called: OutTradeNo[] = [];
    const merchant = merchantFulfil(ports, {
      webhook: null,
      ownFunction: async ({ outTradeNo }) => {
        called.push(outTradeNo);
        return undefined;
      },
    });
    const fulfil = fulfillOrders({ ...ports, timers: { after: () => () => undefined } }, merchant);
    const live = async (): Promise<void> => {
      await shop.live(2 * MINUTE, MINUTE, ['processInbox', 'followRefunds']);
      await fulfil(budgetOf(ports.clock, 60_000));
    };
    const canary = await newCanary(shop);
    const [made] = await ports.store.orders.find([canary]);
    expect(made !== undefined && isCanary(made)).toBe(true);
    const report = (): Promise<object> => queryOrder(ports)({ outTradeNo: canary, canary: true }, by(LI));
    const isAt = async (next: string, more: object = {}): Promise<void> =>
      expect(await report()).toMatchObject({ ok: true, canary: { next, discrepancies: [], ...more } });
    await isAt('wait for the payment to be known', { paidAt: null, notifications: [] });

    simulator.pay(canary);
    const sold = await shop.order(1);
    simulator.pay(sold);
    await live();
    const payment = { kind: 'payment', trust: 'platform' };
    await isAt('refund it with refundOrder', { notifications: [payment] });
    expect(called).toEqual([sold]);

    await refundOrder(ports)({ outTradeNo: canary, requestId: 'canary-refund' }, by(LI));
    await isAt('wait for the refund');
    await live();
    await isAt('wait for the bill, the next day until 10:30', {
      refund: 'succeeded',
      notifications: [payment, { kind: 'refund', trust: 'platform' }],
    });

    const today = dayOf(ports.clock.now());
    await shop.until(daysLater(today, 1), 10.1);
    await shop.run('reconcileStatement');
    await isAt('nothing: all is well', { billed: { payment: today, refund: today } });
    const runs = await ports.store.statementRuns.list({ after: null, limit: 10 });
    const [run] = runs.items.filter(({ day }) => day === today);
    if (run?.work.state !== 'done') throw new Error('the run of the day is not done');
    const { tally } = run.work.report;
    const one = { count: 1, sum: 1 };
    expect(tally.canary).toEqual({ payments: one, refunds: one });
    // It is part of both sides of the day, which agree.
    expect(balanceOf(tally)[0]).toMatchObject({ theirs: { count: 2 }, ours: { count: 2 } });
    const rows = daySheet(REPORT_WORDS.en, run).filter(
      ([label]) => typeof label === 'string' && label.startsWith('Of these canaries'),
    );
    expect(rows).toEqual([
      ['Of these canaries: Payments', 1, { fen: 1 }],
      ['Of these canaries: Refunds', 1, { fen: 1 }],
    ]);
  }));

test.each<[string, Principal]>([
  ['a payer', { kind: 'nobody' }],
  ['somebody who may only look', { kind: 'person', name: 'wang', role: 'read' }],
])('%s may make no canary', (_, principal) =>
  inShop(async (shop) => {
    const { ports } = shop;
    const refused = { ok: false, code: 'NOT_ALLOWED' };
    expect(await createOrder(ports)(EVENT, by(principal))).toMatchObject(refused);
    const canary = await newCanary(shop);
    const event = { outTradeNo: canary, canary: true };
    expect(await queryOrder(ports)(event, by(principal))).toMatchObject(refused);
    const sold = await shop.order(1);
    expect(await queryOrder(ports)({ outTradeNo: sold, canary: true }, by(LI))).toMatchObject({
      ok: false,
      code: 'BAD_INPUT',
    });
  }),
);

test('no order of the shop can be taken for a canary', () => {
  const merchants = [{ subMchId: '1900000109' }];
  expect(() => readConfig({ merchants, orders: { numberPrefix: 'canary-' } })).toThrow(
    'not begin with canary-',
  );
  expect(() => readConfig({ merchants, orders: { numberPrefix: 'canary' } })).not.toThrow();
});
