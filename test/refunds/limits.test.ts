import { refundOrder } from '../../lib/refunds/request';
import type { RefundLimits } from '../../lib/model/operators/principal';
import { MOST_COUNTED, planCount } from '../../lib/rules/refunds/refund-limits';
import type { Caller } from '../../lib/model/caller';
import { dayOf, daysLater } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import { isPayerId } from '../../lib/values/ids';
import { StoreError } from '../../lib/store/errors';
import { guarded, order, paidAt, refundNo, START, tradeNo } from '../store/builders';
import type { RefundStage } from './stage';
import { onRefundStage, OPERATOR, OWN_FUNCTION } from './stage';

const outTradeNo = tradeNo(1);
const NONE: RefundLimits = { single: null, operatorDay: null, day: null };
const COLLEAGUE: Caller = {
  ...OPERATOR,
  payer: guarded(isPayerId, 'oZZZ_another_operator_000000'),
  by: { kind: 'person', name: 'oZZZ***000', role: 'act' },
};
const part = (amount: number, requestId: string) => ({ outTradeNo, amount, requestId });

/** The desk with limits; everything else as it is. */
function limited({ deps }: RefundStage, limits: Partial<RefundLimits>) {
  return { ...deps, refundSettings: { ...deps.refundSettings, limits: { ...NONE, ...limits } } };
}

const reserved = async (stage: RefundStage): Promise<number> =>
  (await stage.order()).refunds.reduce((total, one) => total + one.amount, 0);

describe('limits of operators’ refunds', () => {
  test('one refund above its limit is refused, and nothing is set aside', () =>
    onRefundStage(async (stage) => {
      const deps = limited(stage, { single: fen(40) });
      expect(await refundOrder(deps, part(41, 'request-0001'), OPERATOR)).toMatchObject({
        ok: false,
        code: 'REFUND_OVER_SINGLE',
        message: 'refunds.limits.single allows 0.40 yuan for one refund',
        retry: false,
      });
      expect(await reserved(stage)).toBe(0);
      expect(await refundOrder(deps, part(40, 'request-0001'), OPERATOR)).toMatchObject({ ok: true });
    }));

  test('an operator’s day ends with the day in Beijing, and is nobody else’s', () =>
    onRefundStage(async (stage) => {
      const deps = limited(stage, { operatorDay: fen(50) });
      expect(await refundOrder(deps, part(30, 'request-0001'), OPERATOR)).toMatchObject({ ok: true });
      const second = part(21, 'request-0002');
      expect(await refundOrder(deps, second, OPERATOR)).toMatchObject({
        code: 'REFUND_OVER_OPERATOR_DAY',
        message:
          'refunds.limits.operatorDay allows 0.50 yuan a day for one operator: 0.20 yuan are left until midnight in Beijing',
        retry: true,
      });
      expect(await refundOrder(deps, part(22, 'request-0003'), COLLEAGUE)).toMatchObject({ ok: true });
      expect(await reserved(stage)).toBe(52);
      stage.advance(86_400_000);
      expect(await refundOrder(deps, second, OPERATOR)).toMatchObject({ ok: true });
    }));

  test('the day of all operators holds for them together; merchant code has no limits', () =>
    onRefundStage(async (stage) => {
      const deps = limited(stage, { day: fen(50), single: fen(45) });
      expect(await refundOrder(deps, part(46, 'request-0001'), OWN_FUNCTION)).toMatchObject({ ok: true });
      expect(await refundOrder(deps, part(30, 'request-0002'), OPERATOR)).toMatchObject({ ok: true });
      expect(await refundOrder(deps, part(21, 'request-0003'), COLLEAGUE)).toMatchObject({
        code: 'REFUND_OVER_DAY',
      });
      expect(await refundOrder(deps, part(20, 'request-0004'), COLLEAGUE)).toMatchObject({ ok: true });
    }));

  test('asking again counts once, also after a call that broke off when it had counted', () =>
    onRefundStage(async (stage) => {
      const deps = limited(stage, { operatorDay: fen(40) });
      const note = async () => {
        throw new StoreError('unavailable', 'the answer is lost');
      };
      const broken = { ...deps, store: { ...deps.store, orders: { ...deps.store.orders, note } } };
      await expect(refundOrder(broken, part(40, 'request-0001'), OPERATOR)).rejects.toThrow('lost');
      const first = await refundOrder(deps, part(40, 'request-0001'), OPERATOR);
      expect(first).toMatchObject({ ok: true });
      expect(await refundOrder(deps, part(40, 'request-0001'), OPERATOR)).toEqual(first);
      expect((await stage.store.refundCounts.find()).refunds).toHaveLength(1);
    }));

  test('many at once never pass the limit together', () =>
    onRefundStage(async (stage) => {
      const deps = limited(stage, { day: fen(50) });
      for (const n of [2, 3, 4, 5, 6]) {
        await stage.store.orders.create(order(n, { payment: paidAt(n, START) }));
      }
      const replies = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((n) =>
          refundOrder(deps, { outTradeNo: tradeNo(n), amount: 20, requestId: 'request-0001' }, OPERATOR),
        ),
      );
      expect(replies.filter((one) => one.ok)).toHaveLength(2);
      for (const reply of replies) if (!reply.ok) expect(reply.code).toBe('REFUND_OVER_DAY');
    }));

  test('a count that cannot be written refunds nothing', () =>
    onRefundStage(async (stage) => {
      const deps = limited(stage, { day: fen(500) });
      const save = async () => {
        throw new StoreError('unavailable', 'the store is away');
      };
      const refundCounts = { ...deps.store.refundCounts, save };
      const away = { ...deps, store: { ...deps.store, refundCounts } };
      await expect(refundOrder(away, part(40, 'request-0001'), OPERATOR)).rejects.toThrow('away');
      expect(await reserved(stage)).toBe(0);
      expect(stage.desk.calls).toEqual([]);
    }));

  test('counts a number again for another amount or another person, in place of the first', () => {
    const one = { outRefundNo: refundNo(1), day: dayOf(START), who: 'li', amount: fen(40) };
    const plan = (next: typeof one) =>
      planCount({ ...NONE, day: fen(60) }, { version: 1, refunds: [one] }, next);
    expect(plan(one)).toEqual({ kind: 'within' });
    for (const next of [
      { ...one, amount: fen(60) },
      { ...one, who: 'zhao' },
    ])
      expect(plan(next)).toEqual({ kind: 'count', counted: { version: 2, refunds: [next] } });
    expect(plan({ ...one, amount: fen(61) })).toMatchObject({ kind: 'over', limit: 'day' });
  });

  test('counts days that are over no longer, and refuses more than it can count', () => {
    const day = dayOf(START);
    const limits = { ...NONE, day: fen(10 * MOST_COUNTED) };
    const counted = (n: number, on = day) => ({
      outRefundNo: refundNo(n),
      day: on,
      who: 'li',
      amount: fen(1),
    });
    const days = [-2, -1, 0, 1, 2].map((n) => counted(10 + n, daysLater(day, n)));
    const plan = planCount(limits, { version: 7, refunds: days }, counted(1));
    expect(plan).toEqual({
      kind: 'count',
      counted: { version: 8, refunds: [...days.slice(1, 4), counted(1)] },
    });
    const many = Array.from({ length: MOST_COUNTED }, (_, n) => counted(n + 2));
    expect(planCount(limits, { version: 7, refunds: many }, counted(1))).toEqual({ kind: 'full' });
  });
});
