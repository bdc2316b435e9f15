import { gzipSync } from 'node:zlib';
import { ask, body, fail, SAID } from './asking';
import { REFUND } from './samples';

describe('refund', () => {
  const ACCEPTED = {
    ...SAID,
    out_trade_no: REFUND.outTradeNo,
    out_refund_no: REFUND.outRefundNo,
    refund_id: '50000000382019052709732678859',
    refund_fee: 40,
    total_fee: 100,
    coupon_type_list: [],
  };
  test.each<[string, unknown, object]>([
    [
      'accepted',
      ACCEPTED,
      {
        kind: 'accepted',
        refundId: '50000000382019052709732678859',
        outRefundNo: 'R1',
        refund: 40,
        settled: null,
      },
    ],
    ['another refund', { ...ACCEPTED, out_refund_no: 'R2' }, { kind: 'unknown', reason: 'unreadable' }],
    ['another order', { ...ACCEPTED, out_trade_no: 'other' }, { kind: 'unknown', reason: 'unreadable' }],
    ['another amount', { ...ACCEPTED, refund_fee: 41 }, { kind: 'unknown', reason: 'unreadable' }],
    ['no number', { ...ACCEPTED, refund_id: undefined }, { kind: 'unknown', reason: 'unreadable' }],
    [
      'NOTENOUGH',
      fail('NOTENOUGH', '基本账户余额不足，请充值后重新发起'),
      { kind: 'refused', code: 'not_enough_funds' },
    ],
    [
      'not enough, by its text alone',
      fail(undefined, '基本账户余额不足，请充值后重新发起'),
      { kind: 'refused', code: 'not_enough_funds' },
    ],
    ['BIZERR_NEED_RETRY', fail('BIZERR_NEED_RETRY', 'x'), { kind: 'unknown', reason: 'system' }],
    ['FREQUENCY_LIMITED', fail('FREQUENCY_LIMITED', '频率限制'), { kind: 'unknown', reason: 'rate_limited' }],
    ['TRADE_OVERDUE', fail('TRADE_OVERDUE', '订单已经超过退款期限'), { kind: 'refused', code: 'too_old' }],
    ['USER_ACCOUNT_ABNORMAL', fail('USER_ACCOUNT_ABNORMAL', 'x'), { kind: 'refused', code: 'payer_account' }],
    [
      'REFUND_FEE_MISMATCH',
      fail('REFUND_FEE_MISMATCH', '订单金额或退款金额与之前请求不一致'),
      { kind: 'refused', code: 'amount_mismatch' },
    ],
    ['all refunded', fail('ERROR', '订单已全额退款'), { kind: 'refused', code: 'amount_mismatch' }],
    [
      'more than is left',
      fail('INVALID_REQUEST', 'refund_fee大于可退金额'),
      { kind: 'refused', code: 'amount_mismatch' },
    ],
    [
      'more than was paid',
      { return_code: 'FAIL', return_msg: 'invalid refund_fee' },
      { kind: 'refused', code: 'amount_mismatch' },
    ],
    ['ORDERNOTEXIST', fail('ORDERNOTEXIST', '订单号不存在'), { kind: 'refused', code: 'no_such_order' }],
    ['INVALID_TRANSACTIONID', fail('INVALID_TRANSACTIONID', 'x'), { kind: 'refused', code: 'bad_request' }],
    ['INVALID_REQ_TOO_MUCH', fail('INVALID_REQ_TOO_MUCH', 'x'), { kind: 'refused', code: 'other' }],
    ['PARAM_ERROR', fail('PARAM_ERROR', 'x'), { kind: 'refused', code: 'bad_request' }],
    ['NOAUTH', fail('NOAUTH', 'x'), { kind: 'refused', code: 'not_authorised' }],
    ['NO_AUTH', fail('NO_AUTH', 'x'), { kind: 'refused', code: 'not_authorised' }],
    ['ERROR', fail('ERROR', '业务错误'), { kind: 'refused', code: 'other' }],
    [
      'ERROR that says more',
      fail('ERROR', '基本账户余额不足'),
      { kind: 'refused', code: 'not_enough_funds' },
    ],
    [
      'permission not granted',
      { return_code: 'FAIL', return_msg: '特约子商户商户号未授权服务商的产品权限', coupon_type_list: [] },
      { kind: 'refused', code: 'not_authorised', detail: '特约子商户商户号未授权服务商的产品权限' },
    ],
  ])('%s', async (_, answer, expected) => {
    expect(await ask('refund', body(answer))).toMatchObject(expected);
  });
});

describe('queryRefund', () => {
  const listed = (status: string[], numbers = ['R0', 'R1']) => ({
    ...SAID,
    out_trade_no: 'T1',
    total_fee: 100,
    refund_count: 2,
    out_refund_no_list: numbers,
    refund_id_list: ['50', '51'],
    refund_fee_list: [60, 40],
    settlement_refund_fee_list: [60, 38],
    refund_status_list: status,
    refund_success_time_list: ['2021-03-01 10:00:00', '2021-03-02 10:00:00'],
  });
  const numbered = (refund_status_1: string) => ({
    ...SAID,
    out_refund_no_0: 'R0',
    refund_status_0: 'PROCESSING',
    out_refund_no_1: 'R1',
    refund_id_1: '51',
    refund_fee_1: 40,
    refund_status_1,
  });
  test.each<[string, unknown, object]>([
    [
      'in lists',
      listed(['PROCESSING', 'SUCCESS']),
      {
        kind: 'refund',
        state: 'succeeded',
        refundId: '51',
        refund: 40,
        settled: 38,
        succeededAt: Date.parse('2021-03-02T10:00:00+08:00'),
      },
    ],
    [
      'numbered',
      numbered('PROCESSING'),
      { kind: 'refund', state: 'processing', refundId: '51', refund: 40, settled: null, succeededAt: null },
    ],
    ['REFUNDCLOSE', numbered('REFUNDCLOSE'), { kind: 'refund', state: 'closed' }],
    ['CHANGE', numbered('CHANGE'), { kind: 'refund', state: 'abnormal' }],
    ['a status nobody knows', numbered('GREAT'), { kind: 'unknown', reason: 'unreadable' }],
    ['lists of different lengths', listed(['SUCCESS']), { kind: 'unknown', reason: 'unreadable' }],
    [
      'every list empty',
      { ...SAID, total_fee: 100, refund_count: 1, out_refund_no_list: [], refund_status_list: [] },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'only the other refund',
      listed(['SUCCESS', 'SUCCESS'], ['R0', 'R2']),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'another merchant',
      { ...listed(['SUCCESS', 'SUCCESS']), sub_mch_id: '1' },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['REFUNDNOTEXIST', fail('REFUNDNOTEXIST', 'not exist'), { kind: 'no_such_refund' }],
    ['not there, by its text alone', fail(undefined, 'not exist'), { kind: 'no_such_refund' }],
    ['not there, with a lost code', fail('0', '退款单不存在'), { kind: 'no_such_refund' }],
    ['no such appid', fail(undefined, 'appid not exist'), { kind: 'refused', code: 'not_authorised' }],
    ['no such merchant', fail(undefined, 'mchid not exist'), { kind: 'refused', code: 'not_authorised' }],
    [
      'no such merchant, in Chinese',
      fail(undefined, '商户号不存在'),
      { kind: 'refused', code: 'not_authorised' },
    ],
    [
      'an unknown code that says so',
      fail('NEW_CODE', 'not exist'),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['a vague code that says so', fail('PARAM_ERROR', 'not exist'), { kind: 'refused', code: 'bad_request' }],
    [
      'a part of a text that says so',
      fail(undefined, 'the certificate does not exist'),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['SYSTEMERROR', fail('SYSTEMERROR', 'x'), { kind: 'unknown', reason: 'system' }],
  ])('%s', async (_, answer, expected) => {
    expect(await ask('queryRefund', body(answer))).toMatchObject(expected);
  });
});

describe('downloadBill', () => {
  const csv = '\uFEFF交易时间,公众账号ID,商户号\r\n`2021-02-24 23:12:28,`wx,`1\r\n';

  test('text and gzip are handed on as the bytes that came', async () => {
    for (const bytes of [new TextEncoder().encode(csv), new Uint8Array(gzipSync(csv))]) {
      const answer = await ask('downloadBill', { kind: 'body', bytes });
      expect(answer).toEqual({ kind: 'bill', bytes });
    }
  });

  test('a bill in a Cloud Run envelope', async () => {
    const answer = await ask('downloadBill', body({ errcode: 0, errmsg: 'ok', respdata: csv }));
    expect(answer).toEqual({ kind: 'bill', bytes: new TextEncoder().encode(csv) });
  });

  test.each<[string, unknown, object]>([
    [
      'no bill',
      { return_code: 'FAIL', return_msg: 'No Bill Exist', error_code: '20002' },
      { kind: 'not_available', detail: '20002 No Bill Exist' },
    ],
    [
      'being made',
      { return_code: 'FAIL', return_msg: 'Bill Creating', error_code: '20002' },
      { kind: 'not_available' },
    ],
    [
      'a numeric code',
      { return_code: 'FAIL', return_msg: 'x', error_code: 20002 },
      { kind: 'not_available' },
    ],
    [
      'text alone, other case',
      { return_code: 'FAIL', return_msg: 'NO Bill Exist' },
      { kind: 'not_available' },
    ],
    [
      'in an envelope',
      {
        errcode: 0,
        errmsg: 'ok',
        respdata: { return_code: 'FAIL', error_code: '20002', return_msg: 'No Bill Exist' },
      },
      { kind: 'not_available' },
    ],
    [
      'XML',
      '<xml><return_code><![CDATA[FAIL]]></return_code>\n<return_msg><![CDATA[No Bill Exist]]></return_msg>\n<error_code><![CDATA[20002]]></error_code></xml>',
      { kind: 'not_available', detail: '20002 No Bill Exist' },
    ],
    [
      'XML without CDATA',
      '<xml><return_code>FAIL</return_code><return_msg>system error</return_msg></xml>',
      { kind: 'unknown', reason: 'system' },
    ],
    [
      'XML in an envelope',
      {
        errcode: 0,
        respdata: '<xml><return_code>FAIL</return_code><return_msg>Bill Creating</return_msg></xml>',
      },
      { kind: 'not_available' },
    ],
    [
      'XML that claims success',
      '<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>',
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'SYSTEMERROR',
      { return_code: 'FAIL', return_msg: 'system error', error_code: 'SYSTEMERROR' },
      { kind: 'unknown', reason: 'system' },
    ],
    [
      'wrong type',
      { return_code: 'FAIL', return_msg: 'invalid bill_type', error_code: '20001' },
      { kind: 'refused', code: 'bad_request' },
    ],
    [
      'wrong date',
      { return_code: 'FAIL', return_msg: 'data format error' },
      { kind: 'refused', code: 'bad_request' },
    ],
    [
      'permission closed',
      { return_code: 'FAIL', return_msg: '当前商户号账单API权限已经关闭' },
      { kind: 'refused', code: 'not_authorised' },
    ],
    ['a web page', '<!DOCTYPE html><html>, </html>', { kind: 'unknown', reason: 'unreadable' }],
    ['a word', 'OK', { kind: 'unknown', reason: 'unreadable' }],
    ['a success without a bill', SAID, { kind: 'unknown', reason: 'unreadable' }],
    ['nothing', '', { kind: 'unknown', reason: 'unreadable' }],
    ['blanks', '\uFEFF \n', { kind: 'unknown', reason: 'unreadable' }],
  ])('%s', async (_, answer, expected) => {
    expect(await ask('downloadBill', body(answer))).toMatchObject(expected);
  });
});
