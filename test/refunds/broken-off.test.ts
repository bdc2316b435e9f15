import { refundOrder } from '../../lib/refunds/request';
import { refundNoOfRequest, refundNoOfRest } from '../../lib/rules/refunds/reservation';
import { StoreError } from '../../lib/store/errors';
import type { RefundAnswer } from '../../lib/wechat/port';
import { tradeNo } from '../store/builders';
import type { RefundStage } from './stage';
import { onRefundStage, OPERATOR } from './stage';

const outTradeNo = tradeNo(1);
const ALL = { outTradeNo };
const part = (amount: number, requestId = 'request-0001') => ({ outTradeNo, amount, requestId });

const sum = async (stage: RefundStage): Promise<number> =>
  (await stage.order()).refunds.reduce((total, one) => total + one.amount, 0);
const paidBack = ({ desk }: RefundStage): number =>
  [...desk.refunds.values()].reduce((total, one) => total + one.amount, 0);
/** A text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

describe('a call that breaks off', () => {
  /**
   * The stage's parts, with the `at`th call to the store failing: before its effect, or after it (a
   * lost answer).
   */
  function breakingAt({ deps, store }: RefundStage, at: number, when: 'before' | 'after') {
    let calls = 0;
    const guarded = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get(target, name, receiver) {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          return async (...args: readonly unknown[]) => {
            calls += 1;
            const broken = calls === at;
            if (broken && when === 'before') throw new StoreError('unavailable', 'broken off');
            const result: unknown = await Reflect.apply(value, target, args);
            if (broken) throw new StoreError('unavailable', 'broken off');
            return result;
          };
        },
      });
    const parts = {
      ...store,
      inbox: guarded(store.inbox),
      orders: guarded(store.orders),
      refunds: guarded(store.refunds),
    };
    return { deps: { ...deps, store: parts }, calls: () => calls };
  }

  const answers: readonly (readonly [string, (RefundAnswer | 'answer_lost')[], number])[] = [
    ['accepted', [], 1],
    ['lost', ['answer_lost'], 1],
    ['declined', [{ kind: 'refused', code: 'payer_account', detail: 'no' }], 0],
  ];
  for (const [answer, mishaps, expected] of answers) {
    for (const when of ['before', 'after'] as const) {
      test(`${when} any step, its answer ${answer}, is finished by the same call: ${expected} refund at WeChat Pay`, async () => {
        let steps = 0;
        for (let at = 1; at < 40; at += 1) {
          const calls = await brokenOffAt(at, when, mishaps, expected);
          steps = Math.max(steps, calls);
          if (calls < at) break;
        }
        expect(steps).toBeGreaterThan(4);
        expect(steps).toBeLessThan(39);
      });
    }
  }

  /**
   * One call that breaks off at its `at`th step, and a repeat. Returns how many steps the first
   * made.
   */
  async function brokenOffAt(
    at: number,
    when: 'before' | 'after',
    mishaps: readonly (RefundAnswer | 'answer_lost')[],
    expected: number,
  ): Promise<number> {
    let calls = 0;
    await onRefundStage(async (stage) => {
      stage.desk.mishaps.push(...mishaps);
      const broken = breakingAt(stage, at, when);
      await refundOrder(broken.deps, part(40), OPERATOR).catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
      });
      calls = broken.calls();
      // A worker comes in between, or does not.
      stage.advance(600_000);
      if (at % 2 === 0) await stage.work();
      stage.advance(600_000);
      await refundOrder(stage.deps, part(40), OPERATOR);
      stage.advance(600_000);
      await stage.work();

      const { progress } = await stage.refund(refundNoOfRequest(outTradeNo, 'request-0001'));
      // The refusal may have met a call that broke off; then the next one is accepted.
      const came = stage.desk.refunds.size;
      if (expected === 1) expect(came).toBe(1);
      expect(progress.state).toBe(came === 1 ? 'processing' : 'closed');
      expect(await sum(stage)).toBe(came === 1 ? 40 : 0);
      expect(paidBack(stage)).toBe(came * 40);
    });
    return calls;
  }

  test('between setting aside and writing down leaves money that the next call names, and finishes', () =>
    onRefundStage(async (stage) => {
      const { refunds } = stage.store;
      const create = () => Promise.reject(new StoreError('unavailable', 'broken off'));
      const broken = { ...stage.deps, store: { ...stage.store, refunds: { ...refunds, create } } };
      await expect(refundOrder(broken, part(40), OPERATOR)).rejects.toThrow(StoreError);
      const outRefundNo = refundNoOfRequest(outTradeNo, 'request-0001');
      const tooMuch = await refundOrder(stage.deps, part(62, 'request-0002'), OPERATOR);
      expect(tooMuch).toMatchObject({
        code: 'REFUND_TOO_LARGE',
        message: containing(outRefundNo),
      });
      expect(stage.desk.calls).toEqual([]);
      const otherwise = { outTradeNo, outRefundNo, amount: 39 };
      expect(await refundOrder(stage.deps, otherwise, OPERATOR)).toMatchObject({
        code: 'REFUND_NUMBER_USED',
      });
      expect(await refundOrder(stage.deps, { outTradeNo, outRefundNo }, OPERATOR)).toMatchObject({
        ok: true,
        refund: { outRefundNo, amount: 40, state: 'processing' },
      });
      expect(await sum(stage)).toBe(40);
    }));

  test('between setting aside all that is left and writing it down is finished by the same call', () =>
    onRefundStage(async (stage) => {
      const { refunds } = stage.store;
      const create = () => Promise.reject(new StoreError('unavailable', 'broken off'));
      const broken = { ...stage.deps, store: { ...stage.store, refunds: { ...refunds, create } } };
      await expect(refundOrder(broken, ALL, OPERATOR)).rejects.toThrow(StoreError);
      expect(await refundOrder(stage.deps, ALL, OPERATOR)).toMatchObject({
        refund: { outRefundNo: refundNoOfRest(outTradeNo, 1), amount: 101 },
      });
      expect(paidBack(stage)).toBe(101);
    }));
});
