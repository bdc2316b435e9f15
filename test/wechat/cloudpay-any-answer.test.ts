import fc from 'fast-check';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { APIS, ask, askOf, body, fail } from './asking';
import { QUERY_PAID, SETTINGS } from './samples';
import { cases } from '../share';

describe.each(APIS)('%s, whatever was asked', (api) => {
  test.each<[string, unknown, object]>([
    ['empty', '', { kind: 'unknown', reason: 'unreadable' }],
    ['broken JSON', '{"return_code":"SUC', { kind: 'unknown', reason: 'unreadable' }],
    ['an empty object', {}, { kind: 'unknown', reason: 'unreadable' }],
    [
      'an empty envelope',
      { errcode: 0, errmsg: 'ok', respdata: null },
      { kind: 'unknown', reason: 'unreadable' },
    ],
    ['a number', '123', { kind: 'unknown', reason: 'unreadable' }],
    [
      'open API: no permission',
      { errcode: -604101, errmsg: 'no permission to call this API' },
      { kind: 'unknown', reason: 'gateway' },
    ],
    [
      'open API: time-out',
      { errcode: -604102, errmsg: 'open API timeout' },
      { kind: 'unknown', reason: 'transport' },
    ],
    [
      'open API: too many',
      { errcode: 45009, errmsg: 'reach max api daily quota limit' },
      { kind: 'unknown', reason: 'rate_limited' },
    ],
    [
      'gateway: no token',
      { code: 'INVALID_PARAM', message: 'missing wxCloudApiToken' },
      { kind: 'unknown', reason: 'missing_api_token' },
    ],
    [
      'gateway: requests',
      { code: 'EXCEED_REQUEST_LIMIT', message: 'x' },
      { kind: 'unknown', reason: 'rate_limited' },
    ],
    [
      'gateway: concurrency',
      { code: 'EXCEED_CONCURRENT_REQUEST_LIMIT', message: 'x' },
      { kind: 'unknown', reason: 'rate_limited' },
    ],
    ['gateway: -501003', { code: -501003, message: 'x' }, { kind: 'unknown', reason: 'rate_limited' }],
    [
      'gateway: something else',
      { code: 'INVALID_ENV', message: 'x' },
      { kind: 'unknown', reason: 'gateway' },
    ],
    [
      'merchant not bound',
      { return_code: 'FAIL', return_msg: '受理关系不存在' },
      { kind: 'refused', code: 'not_authorised' },
    ],
    ['system', fail('SYSTEMERROR', '系统错误'), { kind: 'unknown', reason: 'system' }],
    [
      'a code nobody knows',
      fail('BRAND_NEW', '前所未见'),
      { kind: 'unknown', reason: 'unreadable', detail: 'BRAND_NEW 前所未见' },
    ],
    ['FAIL without a reason', { return_code: 'FAIL' }, { kind: 'unknown', reason: 'unreadable' }],
  ])('%s', async (_, answer, expected) => {
    expect(await ask(api, body(answer))).toMatchObject(expected);
  });

  test('a transport that breaks its promise is an unknown like any other', async () => {
    const broken = createCloudPay(async () => {
      throw new Error('socket hang up');
    }, SETTINGS);
    expect(await askOf(broken, api)).toEqual({
      kind: 'unknown',
      reason: 'transport',
      detail: 'socket hang up',
    });
  });

  test('noise is never taken for money or an end', async () => {
    const codes = fc.constantFrom('SUCCESS', 'FAIL', 'OK', '', null, 0);
    const shaped = fc.record(
      {
        return_code: codes,
        result_code: codes,
        err_code: fc.constantFrom('ORDERPAID', 'X', '', null),
        return_msg: fc.string(),
        errcode: fc.jsonValue(),
        respdata: fc.jsonValue(),
        payment: fc.jsonValue(),
        trade_state: fc.constantFrom('SUCCESS', 'CLOSED', 'REFUND', ''),
      },
      { requiredKeys: [] },
    );
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.oneof(fc.json(), fc.string()).map((text) => new TextEncoder().encode(text)),
      shaped.map((fields) => new TextEncoder().encode(JSON.stringify(fields))),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        const { kind } = await ask(api, { kind: 'body', bytes });
        const affirmative = ['prepaid', 'paid', 'paid_then_refunded', 'accepted', 'refund'];
        // Only closeOrder is answered by the two codes alone.
        if (api !== 'closeOrder') affirmative.push('closed');
        expect(affirmative).not.toContain(kind);
      }),
      { numRuns: cases({ everyTime: 150, all: 2_500 }) },
    );
  });

  test('a transport failure keeps its reason', async () => {
    for (const kind of ['transport', 'gateway', 'missing_api_token', 'rate_limited'] as const) {
      expect(await ask(api, { kind: 'failure', failure: { kind, message: 'm' } })).toEqual({
        kind: 'unknown',
        reason: kind,
        detail: 'm',
      });
    }
  });

  test('no payer and no long text reaches a detail', async () => {
    const payer = 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb';
    const answer = await ask(api, body(fail('BRAND_NEW', `用户${payer}\n${'x'.repeat(1000)}`)));
    expect(JSON.stringify(answer)).not.toContain(payer);
    expect(JSON.stringify(answer).length).toBeLessThan(400);
  });
});

test('a payment with any deciding field spoiled is not believed', async () => {
  const deciding = [
    'return_code',
    'result_code',
    'trade_state',
    'out_trade_no',
    'transaction_id',
    'sub_mch_id',
    'total_fee',
    'time_end',
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...deciding),
      fc.oneof(fc.jsonValue(), fc.constant(undefined)),
      async (name, value) => {
        const spoiled = { ...QUERY_PAID, [name]: value };
        const answer = await ask('queryOrder', body(spoiled));
        // A random value may happen to be a payable amount; anything else must not pass.
        fc.pre(!(name === 'total_fee' && Number.isSafeInteger(value) && Number(value) > 0));
        fc.pre(
          !(name === 'transaction_id' && typeof value === 'string' && /^[0-9A-Za-z]{1,32}$/.test(value)),
        );
        expect(answer.kind).not.toBe('paid');
      },
    ),
    { numRuns: cases({ everyTime: 400, all: 10_000 }) },
  );
});
