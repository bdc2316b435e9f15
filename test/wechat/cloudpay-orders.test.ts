import { ask, body, COMMON, fail, SAID } from './asking';
import { ORDER, QUERY_PAID } from './samples';

const PAYMENT_PARAMETERS = {
  appId: 'wx8040a92bbd85ec46',
  timeStamp: '1614179548',
  nonceStr: 'n',
  package: 'prepay_id=wx24',
  signType: 'MD5',
  paySign: 'A1B2',
};
const PREPAID = {
  ...SAID,
  trade_type: 'JSAPI',
  prepay_id: 'wx24',
  payment: PAYMENT_PARAMETERS,
};

describe('unifiedOrder', () => {
  test.each<[string, unknown, object]>([
    ['prepaid', PREPAID, { kind: 'prepaid', prepayId: 'wx24', payment: PAYMENT_PARAMETERS }],
    [
      'prepaid, parameters in snake_case',
      {
        ...PREPAID,
        payment: {
          time_stamp: 1614179548,
          nonce_str: 'n',
          package: 'prepay_id=wx24',
          sign_type: 'MD5',
          pay_sign: 'A1B2',
        },
      },
      {
        kind: 'prepaid',
        prepayId: 'wx24',
        payment: {
          timeStamp: '1614179548',
          nonceStr: 'n',
          package: 'prepay_id=wx24',
          signType: 'MD5',
          paySign: 'A1B2',
        },
      },
    ],
    ['Cloud Run envelope', { errcode: 0, errmsg: 'ok', respdata: PREPAID }, { kind: 'prepaid' }],
    ['no payment parameters', { ...SAID, prepay_id: 'wx24' }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'half of the parameters',
      { ...PREPAID, payment: { timeStamp: '1', nonceStr: 'n' } },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['another merchant', { ...PREPAID, sub_mch_id: '1' }, { kind: 'unknown', reason: 'unreadable' }],
    ['ORDERPAID', fail('ORDERPAID', '该订单已支付'), { kind: 'refused', code: 'already_paid' }],
    ['paid, by its text alone', fail(undefined, '该订单已支付'), { kind: 'refused', code: 'already_paid' }],
    [
      'OUT_TRADE_NO_USED',
      fail('OUT_TRADE_NO_USED', '201 商户订单号重复'),
      { kind: 'refused', code: 'number_used' },
    ],
    [
      'INVALID_REQUEST that is a used number',
      fail('INVALID_REQUEST', '201 商户订单号重复'),
      { kind: 'refused', code: 'number_used' },
    ],
    ['INVALID_REQUEST', fail('INVALID_REQUEST', 'x'), { kind: 'refused', code: 'bad_request' }],
    ['ORDERCLOSED', fail('ORDERCLOSED', '订单已关闭'), { kind: 'refused', code: 'already_closed' }],
    ['NOTENOUGH', fail('NOTENOUGH', '余额不足'), { kind: 'refused', code: 'other' }],
    ['LACK_PARAMS', fail('LACK_PARAMS', '缺少参数'), { kind: 'refused', code: 'bad_request' }],
    ['SIGNERROR', fail('SIGNERROR', '签名错误'), { kind: 'refused', code: 'bad_request' }],
    ['XML_FORMAT_ERROR', fail('XML_FORMAT_ERROR', 'XML格式错误'), { kind: 'refused', code: 'bad_request' }],
    ['APPID_NOT_EXIST', fail('APPID_NOT_EXIST', 'APPID不存在'), { kind: 'refused', code: 'not_authorised' }],
    ['MCHID_NOT_EXIST', fail('MCHID_NOT_EXIST', 'x'), { kind: 'refused', code: 'not_authorised' }],
    [
      'APPID_MCHID_NOT_MATCH',
      fail('APPID_MCHID_NOT_MATCH', 'x'),
      { kind: 'refused', code: 'not_authorised' },
    ],
  ])('%s', async (_, answer, expected) => {
    expect(await ask('unifiedOrder', body(answer))).toMatchObject(expected);
  });
});

describe('queryOrder', () => {
  const state = (trade_state: unknown, more: object = {}) => ({
    ...SAID,
    out_trade_no: ORDER.outTradeNo,
    trade_state,
    ...more,
  });

  test('paid carries the proof', async () => {
    expect(await ask('queryOrder', body(QUERY_PAID))).toEqual({
      kind: 'paid',
      payment: {
        outTradeNo: ORDER.outTradeNo,
        transactionId: '4200000883202102244011431531',
        subMchId: ORDER.subMchId,
        total: 100,
        currency: 'CNY',
        paidAt: Date.parse('2021-02-24T23:12:28+08:00'),
        payer: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
        cash: 70,
        coupon: 30,
        settlementTotal: 70,
        bankType: 'OTHERS',
        attach: null,
      },
    });
  });

  test.each<[string, unknown, object]>([
    ['Cloud Run envelope', { errcode: 0, errmsg: 'ok', respdata: QUERY_PAID }, { kind: 'paid' }],
    [
      'REFUND',
      state('REFUND', { transaction_id: '42' }),
      { kind: 'paid_then_refunded', transactionId: '42', payment: null },
    ],
    [
      'REFUND with all of the payment',
      { ...QUERY_PAID, trade_state: 'REFUND' },
      {
        kind: 'paid_then_refunded',
        transactionId: '4200000883202102244011431531',
        payment: { total: 100, cash: 70, payer: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb' },
      },
    ],
    [
      'REFUND without a number',
      state('REFUND'),
      { kind: 'paid_then_refunded', transactionId: null, payment: null },
    ],
    ['NOTPAY', state('NOTPAY', { trade_state_desc: '订单未支付' }), { kind: 'not_paid' }],
    ['USERPAYING', state('USERPAYING'), { kind: 'paying' }],
    ['ACCEPT', state('ACCEPT'), { kind: 'paying' }],
    ['CLOSED', state('CLOSED'), { kind: 'closed' }],
    ['REVOKED', state('REVOKED'), { kind: 'closed' }],
    [
      'PAYERROR',
      state('PAYERROR', { trade_state_desc: '支付失败' }),
      { kind: 'failed', detail: 'PAYERROR 支付失败' },
    ],
    ['a state nobody knows', state('WONDERFUL'), { kind: 'unknown', reason: 'unreadable' }],
    ['no state', state(undefined), { kind: 'unknown', reason: 'unreadable' }],
    ['a state in the wrong type', state(['SUCCESS']), { kind: 'unknown', reason: 'unreadable' }],
    ['another order', { ...QUERY_PAID, out_trade_no: 'other' }, { kind: 'unknown', reason: 'unreadable' }],
    ['no order', { ...QUERY_PAID, out_trade_no: undefined }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'another order, closed',
      state('CLOSED', { out_trade_no: 'other' }),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'no order, closed',
      state('CLOSED', { out_trade_no: undefined }),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['another merchant', { ...QUERY_PAID, sub_mch_id: '1' }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'another merchant, closed',
      state('CLOSED', { sub_mch_id: '1' }),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['paid without an amount', { ...QUERY_PAID, total_fee: null }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'paid with a text for an amount',
      { ...QUERY_PAID, total_fee: '100' },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['paid at no time', { ...QUERY_PAID, time_end: '' }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'result_code FAIL beside a paid state',
      { ...QUERY_PAID, result_code: 'FAIL' },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'return_code FAIL beside a paid state',
      { ...QUERY_PAID, return_code: 'FAIL' },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['no result_code', { ...QUERY_PAID, result_code: undefined }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'an envelope with an error around a paid answer',
      { errcode: -1, errmsg: 'x', respdata: QUERY_PAID },
      { kind: 'unknown', reason: 'gateway' },
    ],
    ['ORDERNOTEXIST', fail('ORDERNOTEXIST', 'order not exist'), { kind: 'no_such_order' }],
    ['ORDERNOTEXIST in Chinese, by its text alone', fail(undefined, '订单不存在'), { kind: 'no_such_order' }],
    ['SYSTEMERROR', fail('SYSTEMERROR', '系统错误'), { kind: 'unknown', reason: 'system' }],
    [
      'a code that outranks its text',
      fail('SYSTEMERROR', 'order not exist'),
      { kind: 'unknown', reason: 'system' },
    ],
  ])('%s', async (_name, answer, expected) => {
    expect(await ask('queryOrder', body(answer))).toMatchObject(expected);
  });
});

describe('closeOrder', () => {
  test.each<[string, unknown, object]>([
    ['closed', SAID, { kind: 'closed' }],
    ['closed before', fail('ORDERCLOSED', '订单已关闭'), { kind: 'closed' }],
    ['paid', fail('ORDERPAID', 'order paid'), { kind: 'already_paid' }],
    ['paid, by its text alone', fail(undefined, 'order paid'), { kind: 'already_paid' }],
    ['unknown order', fail('ORDERNOTEXIST', '订单不存在'), { kind: 'no_such_order' }],
    [
      'something else that does not exist',
      fail('NEW_CODE', 'merchant order not exist'),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'something else that is closed',
      fail(undefined, '商户订单已关闭功能'),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['closed before, by its text alone', fail(undefined, '订单已关闭'), { kind: 'closed' }],
    [
      'too early',
      fail('INVALID_REQUEST', '订单生成后5分钟内不能关单'),
      { kind: 'refused', code: 'too_early' },
    ],
    ['SYSTEMERROR', fail('SYSTEMERROR', '系统错误'), { kind: 'unknown', reason: 'system' }],
    ['another merchant', { ...SAID, sub_mch_id: '1' }, { kind: 'unknown', reason: 'unreadable' }],
    ['another order', { ...SAID, out_trade_no: 'other' }, { kind: 'unknown', reason: 'unreadable' }],
    ['only the call succeeded', COMMON, { kind: 'unknown', reason: 'unreadable' }],
  ])('%s', async (_, answer, expected) => {
    expect(await ask('closeOrder', body(answer))).toMatchObject(expected);
  });
});
