import { isBeijingDay } from '../../../lib/values/day';
import { checked, ORDER, PREPAY, REFUND, plain, REFUND_ANSWER, error } from './samples';
import { PARTNER, signedBy, stage, START, virtualTime, type Play, type Said } from './stage';

describe('a refund', () => {
  const asked =
    (request: Said | 'reset' | 'refused', query: Said): Play =>
    ({ method }) =>
      method === 'POST' ? request : query;
  const UNKNOWN_REFUND = error(404, 'RESOURCE_NOT_EXISTS');
  const KNOWN: Said = { status: 200, body: REFUND_ANSWER };

  it('is requested with our number and address, and a reason of 80 bytes', async () => {
    const { pay, received } = stage(asked(KNOWN, UNKNOWN_REFUND));
    expect(await pay.refund(REFUND)).toEqual({
      ...{ kind: 'accepted', refundId: REFUND_ANSWER.refund_id, outRefundNo: REFUND.outRefundNo },
      ...{ refund: 400, settled: 360 },
    });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      target: '/v3/refund/domestic/refunds',
      json: {
        ...{ out_trade_no: 'OWN-0001', out_refund_no: REFUND.outRefundNo, reason: '退'.repeat(26) },
        notify_url: 'https://shop.example/callback/v3/refund',
        amount: { refund: 400, total: 1000, currency: 'CNY' },
      },
    });
    expect(received[0]?.json).not.toHaveProperty('funds_account');
    received.map(signedBy);
  });

  it('of a sub-merchant names it, in request and query', async () => {
    const { pay, received } = stage(asked(error(500, 'SYSTEM_ERROR'), KNOWN), { party: PARTNER });
    expect(await pay.refund({ ...REFUND, source: 'available' })).toMatchObject({ kind: 'accepted' });
    expect(received[0]?.json).toMatchObject({ sub_mchid: '1900000001', funds_account: 'AVAILABLE' });
    expect(received[1]?.target).toBe('/v3/refund/domestic/refunds/OWN-R%401%7Cx?sub_mchid=1900000001');
    received.map(signedBy);
  });

  it.each<[string, Said | 'reset', Said, object]>([
    ['lost, but accepted', 'reset', KNOWN, { kind: 'accepted', refund: 400 }],
    ['lost, and unknown', 'reset', UNKNOWN_REFUND, { kind: 'unknown', reason: 'transport' }],
    ['an internal error, but accepted', error(500, 'SYSTEM_ERROR'), KNOWN, { kind: 'accepted' }],
    ['an internal error', error(500, 'SYSTEM_ERROR'), UNKNOWN_REFUND, { reason: 'system' }],
    ['too many, but accepted', error(429, 'FREQUENCY_LIMITED'), KNOWN, { kind: 'accepted' }],
    ['too many', error(429, 'FREQUENCY_LIMITED'), UNKNOWN_REFUND, { reason: 'rate_limited' }],
    [
      'too many for an old order',
      error(400, 'INVALID_REQUEST', '频率限制，1个月之前的订单请降低申请频率再重试'),
      UNKNOWN_REFUND,
      { reason: 'rate_limited' },
    ],
    ['in progress', error(202, 'USER_PAYING'), UNKNOWN_REFUND, { reason: 'system' }],
    ['no funds', error(403, 'NOT_ENOUGH'), UNKNOWN_REFUND, { code: 'not_enough_funds' }],
    ['the payer’s account', error(403, 'USER_ACCOUNT_ABNORMAL'), UNKNOWN_REFUND, { code: 'payer_account' }],
    [
      'no such order, as just after paying',
      error(404, 'RESOURCE_NOT_EXISTS'),
      UNKNOWN_REFUND,
      { code: 'other' },
    ],
    ['too old', error(400, 'TRADE_OVERDUE'), UNKNOWN_REFUND, { code: 'too_old' }],
    [
      'more than is left',
      error(400, 'INVALID_REQUEST', '申请退款金额超过订单可退金额'),
      UNKNOWN_REFUND,
      { code: 'amount_mismatch' },
    ],
    [
      'more than is left, but it was this one',
      error(400, 'INVALID_REQUEST', '申请退款金额超过订单可退金额'),
      KNOWN,
      { kind: 'accepted' },
    ],
    ['a bad request', error(400, 'PARAM_ERROR'), UNKNOWN_REFUND, { code: 'bad_request' }],
    [
      'a bad request, unsigned',
      error(400, 'PARAM_ERROR', '', 'unsigned'),
      UNKNOWN_REFUND,
      { reason: 'unverified' },
    ],
    [
      'no funds, unsigned',
      error(403, 'NOT_ENOUGH', '', 'unsigned'),
      UNKNOWN_REFUND,
      { reason: 'unverified' },
    ],
    ['no right', error(403, 'NO_AUTH'), UNKNOWN_REFUND, { code: 'not_authorised' }],
    ['accepted, unsigned', { ...KNOWN, as: 'unsigned' }, UNKNOWN_REFUND, { reason: 'unverified' }],
    [
      'another amount',
      { status: 200, body: { ...REFUND_ANSWER, amount: { total: 1000, refund: 40 } } },
      UNKNOWN_REFUND,
      { reason: 'unreadable' },
    ],
    [
      'another refund',
      { status: 200, body: { ...REFUND_ANSWER, out_refund_no: 'other' } },
      UNKNOWN_REFUND,
      { reason: 'unreadable' },
    ],
    [
      'another order',
      { status: 200, body: { ...REFUND_ANSWER, out_trade_no: 'OWN-0002' } },
      UNKNOWN_REFUND,
      { reason: 'unreadable' },
    ],
    ['a probe', { ...KNOWN, as: 'signtest' }, KNOWN, { kind: 'accepted' }],
  ])(
    'answered with %s is looked up by number before anything else',
    async (_name, request, query, expected) => {
      const { pay, received } = stage(asked(request, query));
      expect(await pay.refund(REFUND)).toMatchObject(expected);
      expect(received.map(({ method }) => method)).toEqual(['POST', 'GET']);
    },
  );

  it('that never left is sent on the backup host', async () => {
    const { pay, received } = stage(({ method, host }) =>
      method === 'POST' && host === 'api.mch.weixin.qq.com' ? 'refused' : KNOWN,
    );
    expect(await pay.refund(REFUND)).toMatchObject({ kind: 'accepted' });
    expect(received.map(({ method, host }) => `${method} ${host}`)).toEqual([
      'POST api.mch.weixin.qq.com',
      'POST api2.mch.weixin.qq.com',
    ]);
  });

  it.each<[string, Said, object]>([
    [
      'paid out',
      {
        status: 200,
        body: { ...REFUND_ANSWER, status: 'SUCCESS', success_time: '2026-11-29T10:05:00+08:00' },
      },
      {
        kind: 'refund',
        state: 'succeeded',
        refund: 400,
        settled: 360,
        succeededAt: Date.parse('2026-11-29T02:05:00Z'),
      },
    ],
    [
      'abnormal',
      { status: 200, body: { ...REFUND_ANSWER, status: 'ABNORMAL' } },
      { kind: 'refund', state: 'abnormal' },
    ],
    [
      'closed',
      { status: 200, body: { ...REFUND_ANSWER, status: 'CLOSED' } },
      { kind: 'refund', state: 'closed' },
    ],
    ['unknown to WeChat Pay', UNKNOWN_REFUND, { kind: 'no_such_refund' }],
    [
      'unknown, unsigned',
      error(404, 'RESOURCE_NOT_EXISTS', '', 'unsigned'),
      { kind: 'unknown', reason: 'unverified' },
    ],
    [
      'unknown, with another status',
      error(403, 'RESOURCE_NOT_EXISTS'),
      { kind: 'unknown', reason: 'unreadable' },
    ],
    [
      'another',
      { status: 200, body: { ...REFUND_ANSWER, out_refund_no: 'other' } },
      { reason: 'unreadable' },
    ],
    [
      'with an amount as text',
      { status: 200, body: { ...REFUND_ANSWER, amount: { total: 1000, refund: '400' } } },
      { reason: 'unreadable' },
    ],
  ])('that is queried: %s', async (_name, said, expected) => {
    const { pay } = stage(() => said);
    expect(await pay.queryRefund(REFUND)).toMatchObject(expected);
  });
});

describe('when WeChat Pay cannot be reached', () => {
  it('the same body goes to the backup host with a fresh signature', async () => {
    const time = virtualTime();
    const { pay, received } = stage(
      ({ host }) => {
        if (host === 'api2.mch.weixin.qq.com') return { status: 200, body: { prepay_id: 'wx1' } };
        time.advance(2_000);
        return 'reset';
      },
      { time },
    );
    expect(await pay.unifiedOrder(PREPAY)).toMatchObject({ kind: 'prepaid' });
    const [first, second] = received.map(signedBy);
    expect(received[1]?.body).toEqual(received[0]?.body);
    expect(second?.['nonce_str']).not.toBe(first?.['nonce_str']);
    expect(Number(second?.['timestamp'])).toBe(Number(first?.['timestamp']) + 2);
  });

  it.each<['reset' | 'refused' | Said, string]>([
    ['reset', 'transport'],
    ['refused', 'transport'],
    [{ status: 502, body: '<html>', as: 'unsigned' }, 'system'],
    [error(503, 'SERVICE_UNAVAILABLE'), 'system'],
  ])('after %j it is tried three times and then unknown', async (said, reason) => {
    const { pay, received } = stage(() => said);
    expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason });
    expect(received.map(({ host }) => host)).toEqual([
      ...['api.mch.weixin.qq.com', 'api2.mch.weixin.qq.com', 'api.mch.weixin.qq.com'],
    ]);
  });

  it.each(['unifiedOrder', 'queryOrder', 'closeOrder', 'refund', 'queryRefund', 'downloadBill'] as const)(
    '%s ends within its time though nothing ever answers',
    async (name) => {
      const { pay, clock } = stage(() => 'silence');
      const day = checked(isBeijingDay, '20261128');
      const asked = { ...PREPAY, ...REFUND, day, type: 'ALL', gzip: true } as const;
      expect(await pay[name](asked)).toMatchObject({ kind: 'unknown', reason: 'transport' });
      const limitMs = name === 'downloadBill' ? 25_000 : 10_000;
      expect(clock.now() - START).toBeLessThanOrEqual(limitMs);
      expect(clock.now() - START).toBeGreaterThan(0.8 * limitMs);
    },
  );

  it('a rate that is used up sends nothing', async () => {
    const rates = { turn: async () => false, refused: async () => undefined };
    const { pay, received } = stage(() => ({ status: 200, body: plain }), { rates });
    expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'rate_limited' });
    expect(received).toHaveLength(0);
  });

  it('"too many" is passed on to all processes', async () => {
    const refused: string[] = [];
    const rates = { turn: async () => true, refused: async (group: string) => void refused.push(group) };
    const { pay } = stage(() => error(429, 'FREQUENCY_LIMITED', '', 'unsigned'), { rates });
    await pay.queryOrder(ORDER);
    expect(refused).toEqual(['query']);
  });
});
