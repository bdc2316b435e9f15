import { attentionOf, goodsOut, inKnownOrder, routeOf } from '../../console/reading/attention';
import { ordersRoute, readRoute } from '../../console/route';
import { ALARM_CAUSES } from '../../lib/model/alarm';
import { moneyToday } from '../../lib/ops/today/today';
import { placeIn } from '../../lib/ops/watch/places';
import { alarm } from '../store/operations-builders';
import type { OpsOperations } from '../../lib/ops/api';
import { heldDiscrepancy } from '../../lib/rules/hold';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import { onStage } from '../inbox/stage';
import { operateOn } from '../ops/operating';
import { order, paidAt, refundNo, START, tradeNo, transactionId } from '../store/builders';

type Overview = OpsOperations['overview']['answer'];

test('an order on hold is shown apart, and what needs attention leads to it, where it can be released', () =>
  onStage(async ({ store }) => {
    const held = order(1, {
      payment: paidAt(1, START),
      fulfilment: { state: 'held', attempts: 0, heldAt: START, reason: 'refund_message_open' },
    });
    const due = order(2, {
      payment: paidAt(2, START),
      fulfilment: { state: 'due', attempts: 0, dueAt: START, lease: null, lastError: null },
    });
    for (const one of [held, due]) await store.orders.create(one);
    const named = heldDiscrepancy(held, { reason: 'refund_message_open', heldAt: START }, START);
    if (named === null) throw new Error('a paid order that is held is named');
    await store.discrepancies.see([named]);

    const { deps, ask } = operateOn(store, () => later(START, 60_000));
    const [orders, refunds, openDiscrepancies] = await Promise.all([
      store.orders.counts(),
      store.refunds.counts(),
      store.discrepancies.countOpenByClass(deps.clock.now()),
    ]);
    const now = deps.clock.now();
    const quiet = { heard: 0, withoutCallback: 0, pending: 0, dead: 0, oldestDueMs: 0, delays: {} };
    const figures = { at: now, spanMs: 60_000, ...quiet, orders, refunds, openDiscrepancies };
    const late = { unknown: 0, unfulfilled: 0 };
    const overview: Overview = {
      now,
      you: { name: 'li', role: 'act' },
      may: [],
      figures,
      today: await moneyToday(deps),
      late,
      failed: { open: 0, refunded: 0 },
      alarms: [],
      issues: [],
      waitingApprovals: 0,
      pauses: [],
      runs: [],
    };

    expect(goodsOut(overview)).toEqual({
      paid: 2,
      delivered: 0,
      underWay: 1,
      held: 1,
      failed: 0,
      refunded: 0,
      other: 0,
    });
    const route = ordersRoute({ fulfilment: 'held' });
    expect(attentionOf(overview)).toMatchObject([
      { class: 'fulfilment_held', weight: 'bad', value: 1, route },
    ]);
    const shown = await ask('show_order', { outTradeNo: tradeNo(1) });
    expect('payments' in shown ? shown.order.actions : []).toContain('release_hold');
  }));

test.each(ALARM_CAUSES)('the notice of %s links to the list that the console shows for it', (cause) => {
  const address = new URL(placeIn('https://ops.example.com/console', cause));
  expect(readRoute(address.hash)).toEqual(routeOf(cause));
});

test('an alarm about paid orders that are overdue is shown although none has failed for good', () =>
  onStage(async ({ store }) => {
    const { ask } = operateOn(store, () => START);
    await store.alarms.save(alarm('failing_fulfilment', { level: 100, value: 2, threshold: 2 }));
    const overview = await ask('overview');
    if (!('late' in overview)) throw new Error('no overview');
    const shown = (unfulfilled: number) =>
      attentionOf({ ...overview, late: { unknown: 0, unfulfilled } }).map(({ route }) => route);
    expect(shown(2)).toEqual([ordersRoute({ late: 'unfulfilled' })]);
    expect(shown(0)).toEqual([]);
  }));

test('a failed order that is refunded in full calls for nobody, and its part of the paid ones is named', () =>
  onStage(async ({ store }) => {
    const dead = { state: 'dead', attempts: 5, deadAt: START, reason: 'no stock' } as const;
    const back = (n: number, amount: number) => [
      { outRefundNo: refundNo(n), amount: fen(amount), transactionId: transactionId(n) },
    ];
    for (const [n, refunds] of [[1, back(1, 100)] as const, [2, back(2, 60)] as const, [3, []] as const]) {
      await store.orders.create(
        order(n, { total: fen(100), payment: paidAt(n, START), fulfilment: dead, refunds }),
      );
    }
    const overview = await operateOn(store, () => START).ask('overview');
    if (!('failed' in overview)) throw new Error('no overview');
    expect(overview.failed).toEqual({ open: 2, refunded: 1 });
    expect(goodsOut(overview)).toMatchObject({ paid: 3, failed: 2, refunded: 1, other: 0 });
    expect(attentionOf(overview)).toMatchObject([{ cause: 'failing_fulfilment', value: 2 }]);
    const alone = { ...overview.figures.orders.fulfilment, dead: 1 };
    const figures = { ...overview.figures, orders: { ...overview.figures.orders, fulfilment: alone } };
    expect(attentionOf({ ...overview, figures })).toEqual([]);
  }));

test('what is on the page keeps its place while new items come and others go', () => {
  const order = (items: string, known: string) =>
    inKnownOrder(items.split(''), (one) => one, known.split('')).join('');
  expect(order('abc', '')).toBe('abc');
  expect(order('xacb', 'abc')).toBe('abcx');
  expect(order('yxc', 'abc')).toBe('cyx');
});
