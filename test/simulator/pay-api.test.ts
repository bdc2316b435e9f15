import { fen } from '../../lib/values/fen';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { BILL, ORDER, PREPAY, REFUND, REFUND_QUESTION, SETTINGS } from '../wechat/samples';
import { ASKED, named, stage } from './stage';

const MINUTE = 60_000;

describe('unifiedOrder', () => {
  test('gives what wx.requestPayment needs', async () => {
    const { call } = stage();
    const answer = await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1' });
    expect(answer).toMatchObject({
      return_code: 'SUCCESS',
      return_msg: 'OK',
      result_code: 'SUCCESS',
      sub_mch_id: '1606704502',
      trade_type: 'JSAPI',
      payment: { package: `prepay_id=${String(answer.prepay_id)}`, signType: 'MD5' },
    });
  });

  test('again with the same values gives the same prepay order', async () => {
    const { call } = stage();
    const first = await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1' });
    const second = await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1', nonce_str: 'other' });
    expect(second.result_code).toBe('SUCCESS');
    expect(second.prepay_id).toBe(first.prepay_id);
  });

  test.each([
    { total_fee: 101 },
    { body: '两杯茶' },
    { attach: 'x' },
    { sub_openid: 'oSomebodyElse' },
    { time_expire: '20260301130000' },
  ])('again with %p is refused', async (change) => {
    const { call } = stage();
    await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1' });
    expect(await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1', ...change })).toMatchObject({
      result_code: 'FAIL',
      err_code: 'OUT_TRADE_NO_USED',
      err_code_des: '201 商户订单号重复',
    });
  });

  test('two merchants may use the same number', async () => {
    const { call } = stage();
    await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1' });
    const other = { ...ASKED, out_trade_no: 'T1', sub_mch_id: '1600000002', total_fee: 5 };
    expect(await call('unifiedOrder', other)).toMatchObject({ result_code: 'SUCCESS' });
  });

  test.each([
    ['function_name', undefined, 'LACK_PARAMS'],
    ['env_id', undefined, 'LACK_PARAMS'],
    ['nonce_str', undefined, 'LACK_PARAMS'],
    ['total_fee', undefined, 'LACK_PARAMS'],
    ['sub_openid', undefined, 'LACK_PARAMS'],
    ['total_fee', '100', 'PARAM_ERROR'],
    ['total_fee', 0, 'PARAM_ERROR'],
    ['total_fee', 1.5, 'PARAM_ERROR'],
    ['out_trade_no', 'a b', 'PARAM_ERROR'],
    ['out_trade_no', 'x'.repeat(33), 'PARAM_ERROR'],
    ['time_expire', '20260230000000', 'PARAM_ERROR'],
  ])('%s = %p is refused and makes no order', async (name, value, err_code) => {
    const { call, simulator } = stage();
    const answer = await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1', [name]: value });
    expect(answer).toMatchObject({ result_code: 'FAIL', err_code });
    expect(answer.err_code_des).toContain(name);
    expect(simulator.orders()).toEqual([]);
  });
});

describe('the life of an order', () => {
  test('unpaid, paid, and no longer payable or closable', async () => {
    const { call, simulator, order } = stage();
    expect(await call('queryOrder', named('T1'))).toMatchObject({
      result_code: 'FAIL',
      err_code: 'ORDERNOTEXIST',
      err_code_des: 'order not exist',
    });
    await order('T1', { attach: 'a' });
    const unpaid = await call('queryOrder', named('T1'));
    expect(unpaid).toMatchObject({
      result_code: 'SUCCESS',
      trade_state: 'NOTPAY',
      out_trade_no: 'T1',
      attach: 'a',
    });
    expect(unpaid).not.toHaveProperty('total_fee');

    const { transactionId } = simulator.pay('T1');
    const paid = {
      result_code: 'SUCCESS',
      trade_state: 'SUCCESS',
      out_trade_no: 'T1',
      transaction_id: transactionId,
      total_fee: 100,
      cash_fee: 100,
      time_end: '20260301120000',
      sub_openid: ASKED.sub_openid,
    };
    expect(await call('queryOrder', named('T1'))).toMatchObject(paid);
    const byTransaction = { sub_mch_id: ASKED.sub_mch_id, nonce_str: 'n', transaction_id: transactionId };
    expect(await call('queryOrder', byTransaction)).toMatchObject(paid);
    expect(await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1', attach: 'a' })).toMatchObject({
      err_code: 'ORDERPAID',
    });
    expect(await call('closeOrder', named('T1'))).toMatchObject({ err_code: 'ORDERPAID' });
    expect(() => simulator.pay('T1')).toThrow('already paid');
    expect(() => simulator.abandon('T1')).toThrow('already paid');
  });

  test('another merchant cannot see it', async () => {
    const { call, simulator, order } = stage();
    await order('T1');
    const { transactionId } = simulator.pay('T1');
    const other = { sub_mch_id: '1600000002', nonce_str: 'n' };
    expect(await call('queryOrder', { ...other, out_trade_no: 'T1' })).toMatchObject({
      err_code: 'ORDERNOTEXIST',
    });
    expect(await call('queryOrder', { ...other, transaction_id: transactionId })).toMatchObject({
      err_code: 'ORDERNOTEXIST',
    });
    expect(await call('closeOrder', { ...other, out_trade_no: 'T1' })).toMatchObject({
      err_code: 'ORDERNOTEXIST',
    });
  });

  test.each([1, 60])('closes from 5 minutes on, at speed %d', async (speed) => {
    const { call, simulator, time, order } = stage({ speed });
    await order('T1');
    await time.pass((5 * MINUTE) / speed - 1);
    expect(await call('closeOrder', named('T1'))).toMatchObject({
      result_code: 'FAIL',
      err_code: 'INVALID_REQUEST',
    });
    await time.pass(1);
    expect(await call('closeOrder', named('T1'))).toMatchObject({ result_code: 'SUCCESS' });
    expect(await call('queryOrder', named('T1'))).toMatchObject({ trade_state: 'CLOSED' });
    expect(await call('closeOrder', named('T1'))).toMatchObject({ err_code: 'ORDERCLOSED' });
    expect(await call('unifiedOrder', { ...ASKED, out_trade_no: 'T1' })).toMatchObject({
      err_code: 'ORDERCLOSED',
    });
    expect(() => simulator.pay('T1')).toThrow('payAfterClose');
  });

  test('money that was under way when the order was closed still arrives, and is notified', async () => {
    const { call, simulator, time, received, order } = stage();
    await order('T1');
    await time.pass(5 * MINUTE);
    await call('closeOrder', named('T1'));
    simulator.pay('T1', { faults: { payAfterClose: true } });
    await time.pass(0);
    expect(await call('queryOrder', named('T1'))).toMatchObject({ trade_state: 'SUCCESS', total_fee: 100 });
    expect(received).toHaveLength(1);
  });

  test('who has left does not pay, and nothing is notified', async () => {
    const { call, simulator, time, received, order } = stage();
    await order('T1');
    simulator.abandon('T1');
    expect(() => simulator.pay('T1')).toThrow('has left');
    await time.pass(MINUTE);
    expect(await call('queryOrder', named('T1'))).toMatchObject({ trade_state: 'NOTPAY' });
    expect(received).toEqual([]);
    await simulator.whenQuiet();
  });

  test('after its time an order cannot be paid', async () => {
    const { simulator, time, order } = stage();
    await order('T1', { time_expire: '20260301120100' });
    await time.pass(MINUTE + 1);
    expect(() => simulator.pay('T1')).toThrow('expired');
  });

  test('an order nobody asked for cannot be paid', () => {
    expect(() => stage().simulator.pay('T1')).toThrow('unifiedOrder first');
  });
});

test('an API that does not exist is answered by the platform', async () => {
  expect(await stage().call('payOrder', {})).toMatchObject({ errcode: -604100 });
});

test('the adapter and the simulator agree on the protocol', async () => {
  const { simulator, time } = stage();
  const pay = createCloudPay(async (apiName, request) => {
    const { body } = await simulator.payApi(apiName, request);
    return { kind: 'body', bytes: Buffer.from(body) };
  }, SETTINGS);
  const prepay = { ...PREPAY, expiresAt: time.clock.now() };

  expect(await pay.queryOrder(ORDER)).toEqual({ kind: 'no_such_order' });
  expect(await pay.unifiedOrder(prepay)).toMatchObject({ kind: 'prepaid' });
  expect(await pay.unifiedOrder(prepay)).toMatchObject({ kind: 'prepaid' });
  expect(await pay.unifiedOrder({ ...prepay, total: fen(7) })).toMatchObject({
    kind: 'refused',
    code: 'number_used',
  });
  expect(await pay.queryOrder(ORDER)).toEqual({ kind: 'not_paid' });
  expect(await pay.closeOrder(ORDER)).toMatchObject({ kind: 'refused', code: 'too_early' });

  const { transactionId } = simulator.pay(ORDER.outTradeNo, { coupon: { type: 'NO_CASH', fee: fen(30) } });
  expect(await pay.queryOrder(ORDER)).toEqual({
    kind: 'paid',
    payment: {
      outTradeNo: ORDER.outTradeNo,
      transactionId,
      subMchId: ORDER.subMchId,
      total: 100,
      currency: 'CNY',
      paidAt: time.clock.now(),
      payer: PREPAY.payer,
      cash: 70,
      coupon: 30,
      settlementTotal: 70,
      promotions: [
        {
          ...{ id: '10000', amount: 30, type: 'NOCASH', name: null, scope: null },
          borneBy: { wechat: null, merchant: null, other: null },
        },
      ],
      bankType: 'OTHERS',
      attach: null,
    },
  });
  expect(await pay.closeOrder(ORDER)).toEqual({ kind: 'already_paid' });
  expect(await pay.unifiedOrder(prepay)).toMatchObject({ kind: 'refused', code: 'already_paid' });
  expect(await pay.queryRefund(REFUND_QUESTION)).toEqual({ kind: 'no_such_refund' });
  const { outRefundNo, refund } = REFUND;
  expect(await pay.refund(REFUND)).toMatchObject({ kind: 'accepted', outRefundNo, refund });
  expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'paid_then_refunded' });
  // As cloud development answers: totals, and empty lists where the refund's state should be.
  expect(await pay.queryRefund(REFUND_QUESTION)).toMatchObject({ kind: 'unknown', reason: 'unreadable' });
  simulator.answerRefundQueries('whole');
  await time.pass(10_000);
  expect(await pay.queryRefund(REFUND_QUESTION)).toMatchObject({
    kind: 'refund',
    state: 'succeeded',
    refund,
  });
  expect(await pay.downloadBill(BILL)).toMatchObject({ kind: 'not_available' });
});
