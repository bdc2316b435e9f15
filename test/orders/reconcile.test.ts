import { processInbox } from '../../lib/inbox/process';
import { fen } from '../../lib/values/fen';
import type { OutTradeNo } from '../../lib/values/ids';
import { later } from '../../lib/values/instant';
import type { CloseAnswer, OrderAnswer } from '../../lib/wechat/port';
import { PLENTY } from '../inbox/stage';
import { message, order, OTHER_MERCHANT, paymentOf, START, tradeNo } from '../store/builders';
import { MINUTE, onAsking, paid, sayOf, SCHEDULE } from './asking';

const EXPIRED = later(START, 15 * MINUTE + 1);
const UNKNOWN: OrderAnswer & CloseAnswer = { kind: 'unknown', reason: 'transport', detail: 'no answer' };
const LIMITED = { kind: 'unknown', reason: 'rate_limited', detail: '' } as const;
const NO_TOKEN = {
  kind: 'unknown',
  reason: 'missing_api_token',
  detail: 'missing wxCloudApiToken',
} as const;

describe('an order that heard nothing', () => {
  test('and is paid becomes paid and due for delivery, through the inbox, all of a batch at once', () =>
    onAsking(async (asking) => {
      await asking.make(30);
      asking.says.query = sayOf(
        Object.fromEntries(Array.from({ length: 30 }, (_, i) => [i + 1, paid(i + 1)])),
        UNKNOWN,
      );
      expect(await asking.run()).toMatchObject({ claimed: 0 });
      asking.advance(MINUTE);
      expect(await asking.run()).toMatchObject({ claimed: 30, asked: 30, paid: 30, stopped: null });
      for (const n of [1, 30]) {
        expect(await asking.find(n)).toMatchObject({
          payment: { state: 'paid', knownBy: 'query', evidence: message(n).key },
          fulfilment: { state: 'due' },
        });
      }
      expect(asking.logged('inbox_run')).toMatchObject([{ claimed: 30, applied: 30 }]);
      expect(asking.logged('ask_run')).toMatchObject([{ claimed: 30, paid: 30 }]);
      // The callback that comes after all is a repeat of the same message.
      expect(await asking.store.inbox.record(message(1))).toBe('repeat');
    }));

  test('is asked about at the ages of the schedule, then again and again after its last gap', () =>
    onAsking(async (asking) => {
      await asking.make(1, { expiresAt: later(START, 10_000 * MINUTE) });
      for (let turn = 0; turn < SCHEDULE.length + 2; turn += 1) {
        const { nextAskAt } = await asking.find(1);
        asking.waitUntil(later(nextAskAt, -1));
        expect(await asking.run()).toMatchObject({ claimed: 0 });
        asking.advance(1);
        expect(await asking.run()).toMatchObject({ claimed: 1, asked: 1, later: 1 });
      }
      const ages = asking.calls.map(({ at }) => at - START);
      const wanted = [...SCHEDULE, 3600 * MINUTE, 5040 * MINUTE];
      for (const [turn, age] of ages.entries()) {
        expect(age).toBeGreaterThanOrEqual(wanted[turn] ?? Infinity);
        expect(age).toBeLessThanOrEqual(1.1 * (wanted[turn] ?? 0));
      }
    }));

  test('and is no longer pending is not asked about', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      await asking.store.inbox.record(message(1));
      await processInbox(asking.deps, PLENTY);
      asking.advance(60 * MINUTE);
      expect(await asking.run()).toMatchObject({ claimed: 0 });
    }));

  test('and is paid with another amount is named, stays pending, and is asked about by the schedule, not at once', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      const payment = paymentOf(1, { total: fen(1) });
      asking.says.query = () => ({ kind: 'paid', payment });
      asking.waitUntil(EXPIRED);
      expect(await asking.run()).toMatchObject({ paid: 0, unchanged: 1 });
      expect(await asking.run()).toMatchObject({ claimed: 0 });
      asking.advance(30 * MINUTE);
      expect(await asking.run()).toMatchObject({ paid: 0, unchanged: 1 });
      expect((await asking.find(1)).payment).toEqual({ state: 'pending' });
      const found = await asking.store.discrepancies.ofOrder(tradeNo(1));
      expect(found.map((each) => each.class)).toEqual(['amount_mismatch']);
    }));
});

describe('an order past its end', () => {
  test('is closed on WeChat Pay’s word, and only what is unpaid is asked to be closed', () =>
    onAsking(async (asking) => {
      await asking.make(4);
      asking.says.query = sayOf<OrderAnswer>(
        { 1: paid(1), 2: { kind: 'closed' }, 3: { kind: 'failed', detail: '' } },
        { kind: 'not_paid' },
      );
      asking.waitUntil(EXPIRED);
      expect(await asking.run()).toMatchObject({ claimed: 4, asked: 4, paid: 1, closed: 2, failed: 1 });
      const states = await Promise.all([1, 2, 3, 4].map(async (n) => (await asking.find(n)).payment.state));
      expect(states).toEqual(['paid', 'closed', 'failed', 'closed']);
      const closed = asking.calls.filter(({ name }) => name === 'closeOrder');
      // An order WeChat Pay calls failed can be paid until it is closed; claims return in any
      // order.
      expect(closed.map(({ outTradeNo }) => outTradeNo).sort()).toEqual([tradeNo(3), tradeNo(4)].sort());
      expect((await asking.find(4)).history.at(-1)).toMatchObject({ event: 'closed', path: 'close' });
      expect((await asking.find(2)).history.at(-1)).toMatchObject({ event: 'closed', path: 'query' });
    }));

  test('whose last try failed ends only once WeChat Pay has closed it, and a try that succeeds before pays it', () =>
    onAsking(async (asking) => {
      await asking.make(2);
      asking.says.query = () => ({ kind: 'failed', detail: 'PAYERROR' });
      asking.waitUntil(later(EXPIRED, -MINUTE));
      expect(await asking.run()).toMatchObject({ claimed: 2, later: 2 });
      expect(asking.calls.filter(({ name }) => name === 'closeOrder')).toEqual([]);
      asking.says.close = sayOf<CloseAnswer>({ 1: UNKNOWN }, { kind: 'closed' });
      asking.advance(30 * MINUTE);
      expect(await asking.run()).toMatchObject({ unknown: 1, failed: 1 });
      expect((await asking.find(2)).payment).toMatchObject({ state: 'failed' });
      expect((await asking.find(2)).history.at(-1)).toMatchObject({ event: 'failed', path: 'close' });
      await asking.store.inbox.record(message(1));
      await processInbox(asking.deps, PLENTY);
      expect((await asking.find(1)).payment).toMatchObject({ state: 'paid' });
      expect(await asking.store.discrepancies.ofOrder(tradeNo(1))).toEqual([]);
    }));

  test('is not closed before its end', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.waitUntil(later(EXPIRED, -1));
      expect(await asking.run()).toMatchObject({ later: 1 });
      expect(asking.calls.map(({ name }) => name)).toEqual(['queryOrder']);
    }));

  test('that turns out to be paid when it is closed is asked about within seconds, and is paid', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.close = () => ({ kind: 'already_paid' });
      asking.waitUntil(EXPIRED);
      expect(await asking.run()).toMatchObject({ later: 1, closed: 0 });
      expect((await asking.find(1)).payment.state).toBe('pending');
      asking.says.query = () => paid(1);
      asking.advance(5_000);
      expect(await asking.run()).toMatchObject({ paid: 1 });
      expect((await asking.find(1)).payment).toMatchObject({ state: 'paid', knownBy: 'query' });
    }));

  test.each<[string, CloseAnswer]>([
    ['too early', { kind: 'refused', code: 'too_early', detail: '' }],
    ['nothing', UNKNOWN],
  ])('is asked to be closed again after the shortest gap when WeChat Pay says %s', (_, answer) =>
    onAsking(async (asking) => {
      await asking.make(1, { asks: 3 });
      asking.says.close = () => answer;
      asking.waitUntil(EXPIRED);
      await asking.run();
      expect(await asking.find(1)).toMatchObject({ payment: { state: 'pending' } });
      asking.says.close = () => ({ kind: 'closed' });
      asking.advance(1.1 * 2 * MINUTE);
      expect(await asking.run()).toMatchObject({ closed: 1 });
    }),
  );

  test('of which WeChat Pay knows nothing is closed only an hour later', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.query = () => ({ kind: 'no_such_order' });
      asking.waitUntil(later(EXPIRED, 60 * MINUTE - 1));
      expect(await asking.run()).toMatchObject({ later: 1 });
      asking.advance(3 * MINUTE);
      expect(await asking.run()).toMatchObject({ closed: 1 });
      expect((await asking.find(1)).payment.state).toBe('closed');
      expect(asking.calls.every(({ name }) => name === 'queryOrder')).toBe(true);
    }));

  test('that was refunded without us knowing it was paid is neither paid nor closed, and somebody is told', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.query = () => ({ kind: 'paid_then_refunded', transactionId: null, payment: null });
      asking.waitUntil(later(START, 2_000 * MINUTE));
      expect(await asking.run()).toMatchObject({ later: 1 });
      expect(await asking.store.inbox.ofOrder(tradeNo(1))).toEqual([]);
      expect((await asking.find(1)).payment).toEqual({ state: 'pending' });
      expect(asking.logged('payment_unproven')).toMatchObject([{ outTradeNo: tradeNo(1) }]);
    }));

  test('that was refunded, with the amount of the payment, is paid and held until the sum of the refund is known', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      const payment = paymentOf(1);
      asking.says.query = () => ({
        kind: 'paid_then_refunded',
        transactionId: payment.transactionId,
        payment,
      });
      asking.waitUntil(later(START, 2 * MINUTE));
      expect(await asking.run()).toMatchObject({ paid: 1 });
      expect(await asking.find(1)).toMatchObject({
        payment: { state: 'paid', knownBy: 'query' },
        fulfilment: { state: 'held', reason: 'refund_sum_unknown' },
        refundSaidAt: asking.deps.clock.now(),
      });
      expect(asking.logged('payment_unproven')).toEqual([]);
    }));
});

describe('a better answer', () => {
  test.each<[string, CloseAnswer, string]>([
    ['refuses to close', { kind: 'already_paid' }, 'later'],
    ['closes all the same', { kind: 'closed' }, 'paid'],
  ])('that came while WeChat Pay said unpaid stays, also when it %s', (_, closing, as) =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.query = async () => {
        await asking.store.inbox.record(message(1, { receivedAt: asking.deps.clock.now() }));
        await processInbox(asking.deps, PLENTY);
        return { kind: 'not_paid' };
      };
      asking.says.close = () => closing;
      asking.waitUntil(EXPIRED);
      expect(await asking.run()).toMatchObject({ claimed: 1, [as]: 1 });
      expect(await asking.find(1)).toMatchObject({
        payment: { state: 'paid', knownBy: 'callback' },
        fulfilment: { state: 'due' },
      });
      asking.advance(60 * MINUTE);
      expect(await asking.run()).toMatchObject({ claimed: 0 });
    }),
  );
});

describe('when WeChat Pay says nothing', () => {
  test('the order is asked about again after the shortest gap, and never ends by it', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.query = () => UNKNOWN;
      asking.advance(MINUTE);
      for (let turn = 0; turn < 30; turn += 1) {
        expect(await asking.run()).toMatchObject({ claimed: 1, unknown: 1 });
        asking.waitUntil((await asking.find(1)).nextAskAt);
      }
      const gaps = asking.calls.slice(1).map(({ at }, n) => at - (asking.calls[n]?.at ?? 0));
      for (const gap of gaps) expect(gap).toBeLessThanOrEqual(1.1 * 2 * MINUTE);
      expect((await asking.find(1)).payment).toEqual({ state: 'pending' });
      expect(asking.logged('wechat_pay_unknown')).toHaveLength(30);
      // It is more than an hour old and was queried 30 times; its next query still follows from its
      // age.
      asking.says.query = () => ({ kind: 'paying' });
      await asking.run();
      const { nextAskAt } = await asking.find(1);
      expect(nextAskAt - asking.deps.clock.now()).toBeLessThanOrEqual(1.1 * 90 * MINUTE);
    }));

  test('for a day, the schedule holds', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.says.query = () => UNKNOWN;
      asking.waitUntil(later(START, 25 * 60 * MINUTE));
      for (let turn = 0; turn < 12; turn += 1) {
        await asking.run();
        asking.waitUntil((await asking.find(1)).nextAskAt);
      }
      const [beforeLast, last] = asking.calls.slice(-2);
      expect((last?.at ?? 0) - (beforeLast?.at ?? 0)).toBeGreaterThanOrEqual(1440 * MINUTE);
    }));
});

describe('a run that is stopped', () => {
  test('by too many requests gives the rest back, and the next run asks', () =>
    onAsking(async (asking) => {
      await asking.make(20);
      asking.says.query = sayOf({ 1: paid(1), 5: LIMITED }, { kind: 'not_paid' });
      asking.advance(MINUTE);
      const report = await asking.run();
      expect(report).toMatchObject({ claimed: 20, paid: 1, stopped: 'rate_limited' });
      expect(report.asked).toBeLessThanOrEqual(8);
      expect(report.returned).toBe(20 - report.paid - report.later);
      expect((await asking.find(1)).payment.state).toBe('paid');
      asking.says.query = () => ({ kind: 'not_paid' });
      asking.advance(5_000);
      expect(await asking.run()).toMatchObject({ claimed: report.returned, later: report.returned });
      expect(new Set(asking.calls.map(({ outTradeNo }) => outTradeNo)).size).toBe(20);
    }));

  test.each([LIMITED, NO_TOKEN])('for one merchant still asks about the others: $reason', (refused) =>
    onAsking(async (asking) => {
      const subMchId = OTHER_MERCHANT;
      await asking.make(60, { subMchId });
      for (let n = 61; n <= 63; n += 1) await asking.store.orders.create(order(n));
      const isOthers = (outTradeNo: OutTradeNo) => Number(outTradeNo.slice(-6)) <= 60;
      asking.says.query = (outTradeNo) => (isOthers(outTradeNo) ? refused : { kind: 'not_paid' });
      asking.advance(MINUTE);
      const report = await asking.run();
      expect(report).toMatchObject({ later: 3, returned: report.claimed - 3, stopped: refused.reason });
      expect(asking.calls.filter(({ outTradeNo }) => isOthers(outTradeNo)).length).toBeLessThanOrEqual(4);
      expect(asking.logged('api_token_missing')).toHaveLength(refused === NO_TOKEN ? 1 : 0);
    }),
  );

  test('by a missing token says so once, with the fix, and gives everything back', () =>
    onAsking(async (asking) => {
      await asking.make(20);
      asking.says.query = () => NO_TOKEN;
      asking.advance(MINUTE);
      const report = await asking.run();
      expect(report).toMatchObject({ claimed: 20, returned: 20, unknown: 0, stopped: 'missing_api_token' });
      expect(report.asked).toBeLessThanOrEqual(4);
      const told = asking.log.lines.filter(({ event }) => event !== 'ask_run');
      expect(told).toMatchObject([{ event: 'api_token_missing', fields: { outTradeNo: null } }]);
      expect(told[0]?.fields['fix']).toMatch(/developer tools/);
      // A day without it, every half minute: nothing is used up, and once it is fixed all are
      // queried at once.
      for (let run = 0; run < 50; run += 1) {
        asking.advance(30 * MINUTE);
        expect(await asking.run()).toMatchObject({ claimed: 20, returned: 20 });
      }
      asking.says.query = sayOf({ 7: paid(7) }, { kind: 'paying' });
      asking.advance(30_000);
      expect(await asking.run()).toMatchObject({ claimed: 20, asked: 20, paid: 1, stopped: null });
    }));

  test('by its time gives back what it has not asked about, and claims nothing more', () =>
    onAsking(async (asking) => {
      await asking.make(20);
      asking.advance(MINUTE);
      const budget = { remaining: () => (asking.calls.length < 6 ? 15_000 : 14_999), stopping: false };
      const report = await asking.run(budget, {
        reconcileSettings: { ...asking.reconcile.reconcileSettings, batch: 10 },
      });
      expect(report).toMatchObject({ claimed: 10, asked: 6, later: 6, returned: 4, stopped: 'time' });
      expect(await asking.run({ remaining: () => 14_999, stopping: false })).toMatchObject({ claimed: 0 });
      expect(await asking.run({ remaining: () => 60_000, stopping: true })).toMatchObject({ claimed: 0 });
      asking.advance(5_000);
      expect(await asking.run()).toMatchObject({ claimed: 14, asked: 14 });
    }));

  test('between the question and the closing does not close, and asks again', () =>
    onAsking(async (asking) => {
      await asking.make(1);
      asking.waitUntil(EXPIRED);
      const budget = { remaining: () => (asking.calls.length === 0 ? 60_000 : 0), stopping: false };
      expect(await asking.run(budget)).toMatchObject({ asked: 1, returned: 1, closed: 0 });
      asking.advance(5_000);
      expect(await asking.run()).toMatchObject({ closed: 1 });
    }));
});

describe('the load on WeChat Pay', () => {
  test('keeps to its rate, closings included, and to its concurrency', () =>
    onAsking(async (asking) => {
      await asking.make(40);
      let under = 0;
      let most = 0;
      const held = async <Answer>(answer: Answer): Promise<Answer> => {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
        return answer;
      };
      asking.says.query = () => held({ kind: 'not_paid' });
      asking.says.close = () => held({ kind: 'closed' });
      asking.waitUntil(EXPIRED);
      expect(await asking.run()).toMatchObject({ claimed: 40, asked: 40, closed: 40 });
      expect(asking.calls).toHaveLength(80);
      const times = asking.calls.map(({ at }) => at);
      for (const from of times) {
        expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(20);
      }
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(79 * 50);
      expect(most).toBeLessThanOrEqual(4);
    }));

  test('two runs at once ask about every order and close none twice over', () =>
    onAsking(async (asking) => {
      await asking.make(30);
      asking.waitUntil(EXPIRED);
      const [one, two] = await Promise.all([asking.run(), asking.run()]);
      expect(one.claimed + two.claimed).toBe(30);
      expect(await asking.store.orders.counts()).toMatchObject({ payment: { closed: 30 } });
    }));

  test('more than a batch is asked about in one run', () =>
    onAsking(async (asking) => {
      await asking.make(25);
      await asking.store.orders.create(order(26, { nextAskAt: later(START, 100 * MINUTE) }));
      asking.advance(MINUTE);
      const reconcileSettings = { ...asking.reconcile.reconcileSettings, batch: 10 };
      expect(await asking.run(PLENTY, { reconcileSettings })).toMatchObject({ claimed: 25, later: 25 });
    }));
});
