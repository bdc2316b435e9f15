import { verify } from 'node:crypto';
import { isOutTradeNo, isPayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import { checked, ORDER, PREPAY, plain, NOT_PAID, error, written } from './samples';
import { merchant, OURS, PARTNER, signedBy, stage, START, type Play, type Said } from './stage';
import vectors from './vectors.json';

describe('an order is made payable', () => {
  const prepaid: Play = () => ({ status: 200, body: { prepay_id: 'wx26112900000000000000' } });

  it('with a signed request and parameters that the merchant’s key has signed', async () => {
    const { pay, received } = stage(prepaid);
    const made = await pay.unifiedOrder(PREPAY);
    const [request] = received;
    if (request === undefined || made.kind !== 'prepaid') throw new Error('not prepaid');
    expect(signedBy(request)).toMatchObject({ mchid: '1900000001', timestamp: String(START / 1000) });
    expect(request.url).toBe('https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi');
    expect(request.headers).toMatchObject({
      ...{ 'Content-Type': 'application/json', 'Content-Length': String(request.body?.length) },
      ...{
        'Wechatpay-Serial': 'PUB_KEY_ID_0119000000012026112900000000000001',
        'Accept-Encoding': 'identity',
      },
    });
    expect(request.headers['User-Agent']).not.toBe('');
    expect(request.json).toEqual({
      ...{
        appid: 'wx0000000000000001',
        mchid: '1900000001',
        description: '一杯茶',
        out_trade_no: 'OWN-0001',
      },
      ...{ time_expire: '2026-11-29T10:30:00+08:00', attach: 'table 7' },
      notify_url: 'https://shop.example/callback/v3/pay',
      amount: { total: 1000, currency: 'CNY' },
      payer: { openid: 'oOWN_direct_openid' },
      scene_info: { payer_client_ip: '203.0.113.7' },
    });
    const { appId = '', timeStamp, nonceStr, package: wanted, signType, paySign } = made.payment;
    expect({ appId, wanted, signType }).toEqual({
      ...{ appId: 'wx0000000000000001', wanted: 'prepay_id=wx26112900000000000000', signType: 'RSA' },
    });
    const text = Buffer.from(`${appId}\n${timeStamp}\n${nonceStr}\n${wanted}\n`);
    expect(verify('sha256', text, OURS.publicKey, Buffer.from(paySign, 'base64'))).toBe(true);
  });

  it('under a service provider, which signs, for the sub-merchant’s mini program', async () => {
    const { pay, received } = stage(prepaid, { party: PARTNER });
    const made = await pay.unifiedOrder(PREPAY);
    const [request] = received;
    if (request === undefined) throw new Error('no request');
    expect(signedBy(request)).toMatchObject({ mchid: '1900000009' });
    expect(request.target).toBe('/v3/pay/partner/transactions/jsapi');
    expect(request.json).toMatchObject({
      ...{ sp_appid: 'wx0000000000000009', sp_mchid: '1900000009' },
      ...{ sub_appid: 'wx0000000000000001', sub_mchid: '1900000001' },
      payer: { sub_openid: 'oOWN_direct_openid' },
    });
    expect(made).toMatchObject({ kind: 'prepaid', payment: { appId: 'wx0000000000000001' } });
  });

  it('again with the bytes that were kept, whatever is asked for now', async () => {
    const { pay, received } = stage(prepaid);
    const keptBody = pay.prepayBody(PREPAY);
    await pay.unifiedOrder({ ...PREPAY, keptBody, body: 'another', expiresAt: later(START, 60_000) });
    expect(received[0]?.body?.toString('utf8')).toBe(keptBody);
  });

  it.each([
    ['another order', { out_trade_no: 'OWN-0002' }],
    ['another merchant', { mchid: '1900000002' }],
    ['another amount', { amount: { total: 1 } }],
    ['no appid', { appid: '' }],
  ])('never with a kept body of %s', async (_name, change) => {
    const { pay, received } = stage(prepaid);
    const keptBody = JSON.stringify({ ...written(pay.prepayBody(PREPAY)), ...change });
    expect(await pay.unifiedOrder({ ...PREPAY, keptBody })).toMatchObject({ kind: 'refused', code: 'other' });
    expect(received).toHaveLength(0);
  });

  it('with a description cut at 127 bytes, between characters', async () => {
    const { pay } = stage(prepaid);
    const of = (body: string): unknown => written(pay.prepayBody({ ...PREPAY, body }))['description'];
    expect(of('茶'.repeat(43))).toBe('茶'.repeat(42));
    expect(of(`a${'茶'.repeat(42)}`)).toBe(`a${'茶'.repeat(42)}`);
    expect(of('🍵')).toBe('OWN-0001');
  });

  it.each<[string, Said, object]>([
    ['paid before', error(400, 'INVALID_REQUEST', '该订单已支付'), { code: 'already_paid' }],
    [
      'paid before, by its number',
      { ...error(400, 'INVALID_REQUEST', '?'), requestId: '08F5-268498689' },
      { code: 'already_paid' },
    ],
    ['ORDER_PAID', error(400, 'ORDER_PAID'), { code: 'already_paid' }],
    ['closed before', error(400, 'ORDER_CLOSED'), { code: 'already_closed' }],
    ['other values', error(403, 'OUT_TRADE_NO_USED', '商户订单号重复'), { code: 'number_used' }],
    ['other values, vaguely', error(400, 'INVALID_REQUEST', '201 商户订单号重复'), { code: 'number_used' }],
    [
      'other values, by its number',
      { ...error(400, 'INVALID_REQUEST', '?'), requestId: 'A-268498688' },
      { code: 'number_used' },
    ],
    ['another re-entry', error(400, 'PARAM_ERROR', '订单重入参数校验失败'), { code: 'number_used' }],
    ['a bad parameter', error(400, 'PARAM_ERROR', 'openid is invalid'), { code: 'bad_request' }],
    ['a bad parameter, unsigned', error(400, 'PARAM_ERROR', '…', 'unsigned'), { code: 'bad_request' }],
    ['paid, unsigned', error(400, 'ORDER_PAID', '', 'unsigned'), { kind: 'unknown', reason: 'unverified' }],
    ['closed, unsigned', error(400, 'ORDER_CLOSED', '', 'unsigned'), { reason: 'unverified' }],
    ['appid of another', error(400, 'APPID_MCHID_NOT_MATCH'), { code: 'not_authorised' }],
    ['no right', error(403, 'NO_AUTH'), { code: 'not_authorised' }],
    ['a rule', error(403, 'RULE_LIMIT'), { code: 'other' }],
    [
      'our signature',
      error(401, 'SIGN_ERROR', '签名信息错误，验签失败', 'unsigned'),
      { code: 'not_authorised' },
    ],
    [
      'our clock',
      error(401, 'SIGN_ERROR', '时间戳与服务器时间相差不得超过5分钟', 'unsigned'),
      { reason: 'clock' },
    ],
    ['too many', error(429, 'FREQUENCY_LIMITED'), { reason: 'rate_limited' }],
    ['too many, unsigned', error(429, 'RATELIMIT_EXCEEDED', '', 'unsigned'), { reason: 'rate_limited' }],
    ['too many, in HTML', { status: 429, body: '<html>', as: 'unsigned' }, { reason: 'rate_limited' }],
    ['a page', { status: 403, body: '<html>nginx</html>', as: 'unsigned' }, { reason: 'unreadable' }],
    ['a wrong address', { status: 404, as: 'unsigned' }, { reason: 'unreadable' }],
    ['a redirect', { status: 302, as: 'unsigned' }, { reason: 'unreadable' }],
    ['an unknown code', error(400, 'NEW_CODE'), { reason: 'unreadable' }],
    ['in progress', error(202, 'USER_PAYING'), { reason: 'system' }],
    ['no prepay_id', { status: 200, body: {} }, { reason: 'unreadable' }],
    [
      'a prepay_id twice',
      { status: 200, body: '{"prepay_id":"a","prepay_id":"b"}' },
      { reason: 'unreadable' },
    ],
    ['a body of nothing', { status: 200 }, { reason: 'unreadable' }],
  ])('%s', async (_name, said, expected) => {
    const { pay, received } = stage(() => said);
    expect(await pay.unifiedOrder(PREPAY)).toMatchObject(expected);
    expect(received).toHaveLength(1);
  });
});

describe('an answer', () => {
  it.each<[NonNullable<Said['as']>, string]>([
    ['unsigned', 'unverified'],
    ['forged', 'unverified'],
    ['stranger', 'unverified'],
    ['half', 'unverified'],
    ['late', 'clock'],
  ])('that is %s proves nothing: %s', async (as, reason) => {
    const { pay, lines } = stage(() => ({ status: 200, body: plain, as }));
    expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason });
    expect(
      lines.filter(({ event }) => event === (as === 'late' ? 'v3_clock_differs' : 'v3_unverified')),
    ).toHaveLength(1);
  });

  it.each<NonNullable<Said['as']>>(['unsigned', 'forged', 'stranger', 'half'])(
    'that says "no such order" and is %s ends nothing',
    async (as) => {
      const { pay } = stage(() => error(404, 'ORDER_NOT_EXIST', '订单不存在', as));
      expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'unverified' });
    },
  );

  it('that is a probe is asked for once more, without an alarm', async () => {
    const { pay, received, lines } = stage(() => ({
      ...{ status: 200, body: plain },
      ...(received.length === 1 ? { as: 'signtest' as const } : {}),
    }));
    expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'paid' });
    expect(received).toHaveLength(2);
    expect(lines.map(({ event }) => event)).not.toContain('v3_unverified');
  });

  it('is logged with its Request-ID, and without payer, key or signature', async () => {
    const { pay, lines } = stage(() => ({
      ...error(400, 'PARAM_ERROR', `openid ${'o'.repeat(28)}`),
      requestId: 'X-268435461',
    }));
    await pay.unifiedOrder({ ...PREPAY, payer: checked(isPayerId, 'o'.repeat(28)) });
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'v3_answered',
        outTradeNo: 'OWN-0001',
        status: 400,
        requestId: 'X-268435461',
      }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/o{28}|signature=|BEGIN/);
  });
});

describe('an order is queried', () => {
  it('by its number, which is encoded, with the merchant in the signed query string', async () => {
    const outTradeNo = checked(isOutTradeNo, 'A|B*C-1');
    const { pay, received } = stage(() => ({ status: 200, body: { ...NOT_PAID, out_trade_no: outTradeNo } }));
    expect(await pay.queryOrder({ ...ORDER, outTradeNo })).toEqual({ kind: 'not_paid' });
    expect(received[0]?.target).toBe('/v3/pay/transactions/out-trade-no/A%7CB*C-1?mchid=1900000001');
    received.map(signedBy);
    const partner = stage(() => ({ status: 404 }), { party: PARTNER });
    await partner.pay.queryOrder(ORDER);
    expect(partner.received[0]?.target).toBe(
      '/v3/pay/partner/transactions/out-trade-no/OWN-0001?sp_mchid=1900000009&sub_mchid=1900000001',
    );
    partner.received.map(signedBy);
  });

  it.each<[string, Said, object]>([
    [
      'paid',
      { status: 200, body: plain },
      { kind: 'paid', payment: { total: 1000, cash: 900, coupon: 100 } },
    ],
    [
      'refunded, with its payment',
      { status: 200, body: { ...plain, trade_state: 'REFUND' } },
      { kind: 'paid_then_refunded', transactionId: plain.transaction_id, payment: { total: 1000 } },
    ],
    [
      'refunded, without',
      { status: 200, body: { ...NOT_PAID, trade_state: 'REFUND' } },
      { kind: 'paid_then_refunded', transactionId: null, payment: null },
    ],
    ['unpaid', { status: 200, body: NOT_PAID }, { kind: 'not_paid' }],
    ['closed', { status: 200, body: { ...NOT_PAID, trade_state: 'CLOSED' } }, { kind: 'closed' }],
    ['paying', { status: 200, body: { ...NOT_PAID, trade_state: 'USERPAYING' } }, { kind: 'paying' }],
    ['failed', { status: 200, body: { ...NOT_PAID, trade_state: 'PAYERROR' } }, { kind: 'failed' }],
    [
      'an unknown state',
      { status: 200, body: { ...NOT_PAID, trade_state: 'ACCEPT' } },
      { reason: 'unreadable' },
    ],
    [
      'of another order',
      { status: 200, body: { ...plain, out_trade_no: 'OWN-0002' } },
      { reason: 'unreadable' },
    ],
    [
      'of another merchant',
      { status: 200, body: { ...plain, mchid: '1900000002' } },
      { reason: 'unreadable' },
    ],
    ['of a sub-merchant', { status: 200, body: vectors.own.partnerPayment.plain }, { reason: 'unreadable' }],
    [
      'closed, of nobody',
      { status: 200, body: { out_trade_no: 'OWN-0001', trade_state: 'CLOSED' } },
      { reason: 'unreadable' },
    ],
    [
      'paid with an amount as text',
      { status: 200, body: { ...plain, amount: { total: '1000' } } },
      { reason: 'unreadable' },
    ],
    ['unknown to WeChat Pay', error(404, 'ORDER_NOT_EXIST'), { kind: 'no_such_order' }],
    ['unknown, with another status', error(400, 'ORDER_NOT_EXIST'), { reason: 'unreadable' }],
    ['gzip', { status: 200, body: '\u001f\u008b' }, { reason: 'unreadable' }],
  ])('that is %s', async (_name, said, expected) => {
    const { pay } = stage(() => said);
    expect(await pay.queryOrder(ORDER)).toMatchObject(expected);
  });

  it('never in the name of another merchant', async () => {
    const { pay, received } = stage(() => ({ status: 200, body: plain }));
    const other = { ...ORDER, subMchId: merchant('1900000002') };
    expect(await pay.queryOrder(other)).toMatchObject({ kind: 'unknown' });
    expect(received).toHaveLength(0);
  });
});

describe('an order is closed', () => {
  const closing =
    (close: Said | 'reset', query: Said): Play =>
    ({ method }) =>
      method === 'POST' ? close : query;
  const state = (word: string): Said => ({ status: 200, body: { ...NOT_PAID, trade_state: word } });
  const DONE: Said = { status: 204 };

  it.each<[string, Said | 'reset', Said, object]>([
    ['only when a query says CLOSED', DONE, state('CLOSED'), { kind: 'closed' }],
    [
      'not when it is unknown, though the close was answered 204',
      DONE,
      error(404, 'ORDER_NOT_EXIST'),
      { kind: 'no_such_order' },
    ],
    ['not when it is still payable', DONE, state('NOTPAY'), { kind: 'unknown', reason: 'system' }],
    ['not while the payer pays', DONE, state('USERPAYING'), { kind: 'unknown', reason: 'system' }],
    ['not when it is paid', error(400, 'ORDER_PAID'), { status: 200, body: plain }, { kind: 'already_paid' }],
    [
      'not when it was paid and refunded',
      DONE,
      { status: 200, body: { ...plain, trade_state: 'REFUND' } },
      { kind: 'already_paid' },
    ],
    ['when it was closed before', error(400, 'ORDER_CLOSED'), state('CLOSED'), { kind: 'closed' }],
    ['when the answer was lost', 'reset', state('CLOSED'), { kind: 'closed' }],
    ['when the answer was not signed', { ...DONE, as: 'unsigned' }, state('CLOSED'), { kind: 'closed' }],
    [
      'not when the query is not signed',
      DONE,
      { ...state('CLOSED'), as: 'unsigned' },
      { reason: 'unverified' },
    ],
    [
      'not without the right',
      error(403, 'NO_AUTH'),
      state('NOTPAY'),
      { kind: 'refused', code: 'not_authorised' },
    ],
    ['not with too many calls', error(429, 'FREQUENCY_LIMITED'), state('NOTPAY'), { reason: 'rate_limited' }],
  ])('%s', async (_name, close, query, expected) => {
    const { pay, received } = stage(closing(close, query));
    expect(await pay.closeOrder(ORDER)).toMatchObject(expected);
    expect(received[0]).toMatchObject({
      target: '/v3/pay/transactions/out-trade-no/OWN-0001/close',
      json: { mchid: '1900000001' },
    });
    received.map(signedBy);
  });
});
