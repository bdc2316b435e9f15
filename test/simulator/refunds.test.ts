import { memoryJournal } from '../../simulator/journal';
import type { Stage } from './stage';
import { stage } from './stage';

const MERCHANT = '1606704502';

async function onPaid(
  run: (on: Stage) => Promise<void>,
  options: Parameters<typeof stage>[0] = {},
): Promise<void> {
  const on = stage(options);
  await on.order('T1');
  on.simulator.pay('T1');
  await on.time.pass(1_000);
  await run(on);
  on.simulator.stop();
}

const refund = (on: Stage, outRefundNo: string, amount: number, more: object = {}) =>
  on.call('refund', {
    sub_mch_id: MERCHANT,
    nonce_str: 'n',
    out_trade_no: 'T1',
    out_refund_no: outRefundNo,
    total_fee: 100,
    refund_fee: amount,
    function_name: 'refundCallback',
    ...more,
  });
const query = (on: Stage, outRefundNo: string) =>
  on.call('queryRefund', { sub_mch_id: MERCHANT, nonce_str: 'n', out_refund_no: outRefundNo });
const stateOf = (on: Stage, outRefundNo: string) =>
  on.simulator.refunds().find(({ asked }) => asked.outRefundNo === outRefundNo)?.state;

describe('a refund', () => {
  test('is accepted, then succeeds, and its function is told once', () =>
    onPaid(async (on) => {
      expect(await refund(on, 'R1', 40)).toMatchObject({
        result_code: 'SUCCESS',
        out_refund_no: 'R1',
        refund_fee: 40,
        coupon_type_list: [],
      });
      expect(stateOf(on, 'R1')).toBe('PROCESSING');
      expect(on.simulator.describe('T1')).toMatchObject({ tradeState: 'REFUND' });
      await on.time.pass(10_000);
      expect(stateOf(on, 'R1')).toBe('SUCCESS');
      expect(on.refunds).toHaveLength(1);
      expect(on.refunds[0]).toMatchObject({
        functionName: 'refundCallback',
        source: 'wx_paycallback',
        event: {
          outRefundNo: 'R1',
          outTradeNo: 'T1',
          refundFee: 40,
          refundStatus: 'SUCCESS',
          returnCode: 'SUCCESS',
        },
      });
      expect(on.refunds[0]?.event).not.toHaveProperty('resultCode');
    }));

  test('asked for again is the same one; with other values it is declined', () =>
    onPaid(async (on) => {
      const first = await refund(on, 'R1', 40);
      expect(await refund(on, 'R1', 40)).toMatchObject({ refund_id: first.refund_id });
      expect(await refund(on, 'R1', 41)).toMatchObject({
        result_code: 'FAIL',
        err_code: 'REFUND_FEE_MISMATCH',
      });
      expect(on.simulator.refunds()).toHaveLength(1);
    }));

  test('never gives back more than was paid, nor in more than 50 parts', () =>
    onPaid(async (on) => {
      for (let n = 1; n <= 50; n += 1) await refund(on, `R${n}`, 1);
      expect(on.simulator.refunds()).toHaveLength(50);
      expect(await refund(on, 'R51', 1)).toMatchObject({ result_code: 'FAIL' });
      expect(await refund(on, 'R52', 51)).toMatchObject({ result_code: 'FAIL' });
      expect(on.simulator.refunds()).toHaveLength(50);
    }));

  test.each([
    ['closes', 'REFUNDCLOSE'],
    ['abnormal', 'CHANGE'],
  ] as const)('that %s ends so, and says so', (outcome, state) =>
    onPaid(async (on) => {
      on.simulator.scriptRefund('R1', { outcome });
      await refund(on, 'R1', 40);
      await on.time.pass(10_000);
      expect(stateOf(on, 'R1')).toBe(state);
      expect(on.refunds.map(({ event }) => event.refundStatus)).toEqual([state]);
    }),
  );

  test.each([
    ['never', 0],
    ['once', 1],
    ['twice', 2],
  ] as const)('is told %s when that is scripted', (notify, count) =>
    onPaid(async (on) => {
      on.simulator.scriptRefund(null, { notify });
      await refund(on, 'R1', 40);
      await on.time.pass(60_000);
      expect(on.refunds).toHaveLength(count);
    }),
  );

  test('may be notified before the call that requested it is answered', () =>
    onPaid(async (on) => {
      on.simulator.scriptRefund('R1', { notify: 'before_answer' });
      const answer = refund(on, 'R1', 40);
      await on.time.pass(1_000);
      expect(await answer).toMatchObject({ result_code: 'SUCCESS' });
      expect(on.refunds).toHaveLength(1);
    }));

  test('that is abnormal ends when somebody deals with it, its old notification overtaken', () =>
    onPaid(async (on) => {
      on.simulator.scriptRefund('R1', { outcome: 'abnormal', notify: 'overtaken' });
      await refund(on, 'R1', 40);
      await on.time.pass(10_000);
      on.simulator.resolveRefund('R1', 'SUCCESS');
      await on.time.pass(60_000);
      expect(on.refunds.map(({ event }) => event.refundStatus)).toEqual(['SUCCESS', 'CHANGE']);
      expect(() => on.simulator.resolveRefund('R1', 'SUCCESS')).toThrow('not abnormal');
    }));

  test('is repeated until it is acked, like a payment', () =>
    onPaid(
      async (on) => {
        await refund(on, 'R1', 40);
        await on.time.pass(120_000);
        expect(on.refunds.length).toBeGreaterThanOrEqual(3);
        expect(new Set(on.refunds.map(({ event }) => JSON.stringify(event))).size).toBe(1);
      },
      { refundCallee: (call) => (call < 3 ? { return_code: 'SUCCESS' } : { errcode: 0 }) },
    ));

  test('made in the merchant platform is known to WeChat Pay alone, unless a function is named', () =>
    onPaid(async (on) => {
      on.simulator.refundInBackOffice({ outTradeNo: 'T1' });
      await on.time.pass(60_000);
      expect(on.refunds).toEqual([]);
      expect(on.simulator.refunds()).toMatchObject([{ state: 'SUCCESS', asked: { refundFee: 100 } }]);
      expect(() => on.simulator.refundInBackOffice({ outTradeNo: 'T1' })).toThrow('fully refunded');
    }));

  test('goes on where a restart cut it off', async () => {
    const journal = memoryJournal();
    const before = stage({ journal });
    await before.order('T1');
    before.simulator.pay('T1');
    await before.time.pass(1_000);
    await refund(before, 'R1', 40);
    before.simulator.stop();
    const after = stage({ journal, time: before.time });
    await after.time.pass(60_000);
    expect(stateOf(after, 'R1')).toBe('SUCCESS');
    expect(after.refunds).toHaveLength(1);
  });
});

describe('queryRefund', () => {
  test('answers as cloud development does: totals, and empty lists where the states should be', () =>
    onPaid(async (on) => {
      await refund(on, 'R1', 40);
      await on.time.pass(10_000);
      expect(await query(on, 'R1')).toMatchObject({
        refund_count: 1,
        refund_status_list: [],
        refund_fee_list: [],
      });
      on.simulator.answerRefundQueries('whole');
      expect(await query(on, 'R1')).toMatchObject({ refund_status_0: 'SUCCESS', out_refund_no_0: 'R1' });
      expect(await query(on, 'R2')).toMatchObject({ err_code: 'REFUNDNOTEXIST' });
    }));
});

describe('a disturbed call', () => {
  test('takes effect though its answer is lost, and not when it never arrived', () =>
    onPaid(async (on) => {
      on.simulator.disturb({ api: 'refund', fault: { kind: 'lost_answer' }, about: 'R1' });
      on.simulator.disturb({ api: 'refund', fault: { kind: 'lost_request' }, about: 'R2' });
      await expect(refund(on, 'R1', 1)).rejects.toThrow('no answer');
      await expect(refund(on, 'R2', 1)).rejects.toThrow('no answer');
      expect(on.simulator.refunds().map(({ asked }) => asked.outRefundNo)).toEqual(['R1']);
      expect(await refund(on, 'R2', 1)).toMatchObject({ result_code: 'SUCCESS' });
    }));

  test('is declined with WeChat Pay’s own words', () =>
    onPaid(async (on) => {
      const fault = {
        kind: 'refused',
        code: 'NOTENOUGH',
        text: '基本账户余额不足，请充值后重新发起',
      } as const;
      on.simulator.disturb({ api: 'refund', fault });
      expect(await refund(on, 'R1', 1)).toMatchObject({ result_code: 'FAIL', err_code: 'NOTENOUGH' });
      on.simulator.disturb({ api: 'queryOrder', fault: { kind: 'missing_api_token' } });
      const asked = { sub_mch_id: MERCHANT, nonce_str: 'n', out_trade_no: 'T1' };
      expect(await on.call('queryOrder', asked)).toMatchObject({ message: 'missing wxCloudApiToken' });
      expect(await on.call('queryOrder', asked)).toMatchObject({ trade_state: 'SUCCESS' });
    }));
});
