import { gateKeeper } from '../../lib/orders/gate';
import type { Breaker, CallEnd } from '../../lib/rules/breaker';
import { afterCall, callsAllowed, CLOSED } from '../../lib/rules/breaker';
import { unavailableWaitMs } from '../../lib/rules/fulfilment-wait';
import { readWebhookAnswer } from '../../lib/rules/webhook-answer';
import { isWebhookSecret, signedHeaders, webhookKey } from '../../lib/runtime/webhook-signature';
import { readConfig } from '../../lib/config/config';
import { readWebhookSecrets } from '../../lib/webhook/secrets';
import { problemOf } from '../../lib/webhook/test-result';

const GOOD = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

test('a call is signed as Standard Webhooks publishes it', () => {
  // The test vector of its reference libraries.
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    atMs: 1_614_265_330_000,
    body: '{"test": 2432232314}',
  };
  const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  expect(signedHeaders(message, [key])).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test.each([
  [`whsec_${Buffer.alloc(24, 7).toString('base64')}`, true],
  [`whsec_${Buffer.alloc(64, 7).toString('base64')}`, true],
  [`whsec_${Buffer.alloc(23, 7).toString('base64')}`, false],
  [`whsec_${Buffer.alloc(65, 7).toString('base64')}`, false],
  [Buffer.alloc(32, 7).toString('base64'), false],
  ['whsec_not base64 at all, but long enough to be', false],
])('a secret is whsec_ and 24 to 64 bytes: %s', (secret, isOne) => {
  expect(isWebhookSecret(secret)).toBe(isOne);
});

test.each([
  [{}, ['FULFILMENT_WEBHOOK_SECRET', 'KEY_MISSING']],
  [{ FULFILMENT_WEBHOOK_SECRET: 'hunter2-hunter2' }, ['FULFILMENT_WEBHOOK_SECRET', 'WEBHOOK_SECRET_INVALID']],
  [
    { FULFILMENT_WEBHOOK_SECRET: GOOD, FULFILMENT_WEBHOOK_SECRET_NEXT: 'hunter2' },
    ['_NEXT', 'WEBHOOK_SECRET_INVALID'],
  ],
])(
  'secrets that cannot sign are refused by name, and never quoted: %#',
  (given: Readonly<Record<string, string>>, words) => {
    const read = () => readWebhookSecrets((variable) => given[variable] ?? null);
    for (const word of words) expect(read).toThrow(word);
    expect(read).not.toThrow('hunter2');
  },
);

test('one secret signs, and two during a rotation', () => {
  const given: Readonly<Record<string, string>> = { FULFILMENT_WEBHOOK_SECRET: ` ${GOOD}\n` };
  expect(readWebhookSecrets((variable) => given[variable] ?? null)).toEqual([GOOD]);
  expect(readWebhookSecrets(() => GOOD)).toEqual([GOOD, GOOD]);
});

test.each([
  ['http://shop.example.com/fulfil', false],
  ['https://user:password@shop.example.com/fulfil', false],
  ['https://shop.example.com/fulfil#here', false],
  ['shop.example.com', false],
  ['http://127.0.0.1:8080/fulfil', true],
  ['https://shop.example.com/fulfil?shop=1', true],
])('an address is https without a password, or on this machine: %s', (url, isOne) => {
  const read = () =>
    readConfig({ merchants: [{ subMchId: '1900000109' }], fulfilment: { webhook: { url } } }).fulfilment
      .webhook;
  if (isOne) expect(read()).toMatchObject({ url, breaker: { pauseMs: 30_000, longestPauseMs: 300_000 } });
  else expect(read).toThrow('fulfilment.webhook.url');
});

test('orders are fulfilled in one way only', () => {
  const fulfilment = { webhook: { url: 'https://shop.example.com/' }, cloudFunction: 'deliver' };
  expect(() => readConfig({ merchants: [{ subMchId: '1900000109' }], fulfilment })).toThrow('not both');
});

const NOW = 1_772_337_600_000;
const unavailable = (why: string, isForAll = false) => ({
  result: 'unavailable',
  why,
  afterMs: null,
  isForAll,
});

test.each([
  [200, '', { result: 'fulfilled', receipt: null }],
  [204, '', { result: 'fulfilled', receipt: null }],
  [201, '{"receipt":"SF1"}', { result: 'fulfilled', receipt: 'SF1' }],
  [200, '{"receipt":5}', { result: 'fulfilled', receipt: null }],
  [200, '<html>thanks</html>', { result: 'fulfilled', receipt: null }],
  // What a cloud function answers means the same here.
  [200, '{"ok":false,"message":"sold out"}', { result: 'declined', why: 'sold out' }],
  [
    200,
    '{"ok":false,"permanent":true,"message":"no such course"}',
    { result: 'refused', why: 'no such course' },
  ],
  [422, '{"ok":false,"permanent":true}', { result: 'refused', why: 'HTTP 422, without a message' }],
  [404, '{"ok":false,"message":"no such sku"}', { result: 'declined', why: 'no such sku' }],
  [400, '{"ok":false,"message":"bad cart"}', { result: 'declined', why: 'bad cart' }],
  // What a proxy, a firewall, a wrong secret or a wrong address causes is said of every order.
  [400, '{"error":"invalid signature"}', unavailable('HTTP 400')],
  [409, '', unavailable('HTTP 409')],
  [422, '{"permanent":true}', unavailable('HTTP 422')],
  [301, '{"ok":false,"permanent":true}', unavailable('HTTP 301')],
  [401, '', unavailable('HTTP 401')],
  [403, '<html>blocked</html>', unavailable('HTTP 403')],
  [404, '', unavailable('HTTP 404')],
  [410, '', unavailable('HTTP 410')],
  [429, '', unavailable('HTTP 429', true)],
  [500, '{"ok":false,"permanent":true}', unavailable('HTTP 500')],
  [502, '<html>bad gateway</html>', unavailable('HTTP 502')],
])('HTTP %s with the body %j means %j', (status, text, verdict) => {
  expect(readWebhookAnswer({ status, text, retryAfter: null, isWhole: true }, NOW)).toEqual(verdict);
});

test.each([
  [503, '120', 120_000],
  [429, ' 1 ', 1_000],
  [429, '0', 1_000],
  [503, 'Sun, 01 Mar 2026 04:02:00 GMT', 120_000],
  [503, 'Sun, 01 Mar 2020 04:02:00 GMT', 1_000],
  [503, '99999999', 3_600_000],
  [503, 'soon', null],
  [500, '120', null],
])('HTTP %s with Retry-After %j asks for %s ms', (status, retryAfter, afterMs) => {
  expect(readWebhookAnswer({ status, text: '', retryAfter, isWhole: true }, NOW)).toMatchObject({ afterMs });
});

describe('a destination', () => {
  const settings = { failures: 3, pauseMs: 30_000, longestPauseMs: 100_000 };
  type End = CallEnd extends infer One ? (One extends unknown ? Omit<One, 'beganAt'> : never) : never;
  const failed = (order: string, afterMs: number | null = null, isForAll = false) =>
    ({ kind: 'unanswered', order, afterMs, isForAll }) as const;
  const answered = { kind: 'answered' } as const;
  /** Calls that end when they began, unless a third entry says when they began. */
  const after = (
    ends: readonly (readonly [at: number, end: End, beganAt?: number])[],
    from: Breaker = CLOSED,
  ): Breaker =>
    ends.reduce(
      (breaker, [at, end, beganAt = at]) => afterCall(breaker, { ...end, beganAt }, at, settings),
      from,
    );
  const opened = after([
    [0, failed('a')],
    [1, failed('b')],
    [2, failed('c')],
  ]);

  it('is left alone once so many orders in a row had no answer, and tested with one', () => {
    expect(
      callsAllowed(
        after([
          [0, failed('a')],
          [1, failed('b')],
        ]),
        2,
      ),
    ).toBe('any');
    expect(opened).toEqual({ state: 'open', until: 30_002, pauseMs: 30_000 });
    expect(callsAllowed(opened, 30_001)).toBe('none');
    expect(callsAllowed(opened, 30_002)).toBe('one');
  });

  it('is not left alone for one order that breaks it again and again', () => {
    const same = after(Array.from({ length: 50 }, (_, n) => [n, failed('a')] as const));
    expect(callsAllowed(same, 60)).toBe('any');
    const between = after([
      [0, failed('a')],
      [1, failed('b')],
      [2, answered],
      [3, failed('c')],
    ]);
    expect(callsAllowed(between, 4)).toBe('any');
  });

  it('is left alone for twice as long after each test that fails, within a limit, and not after one that succeeds', () => {
    const second = after([[30_002, failed('d')]], opened);
    expect(second).toEqual({ state: 'open', until: 90_002, pauseMs: 60_000 });
    const third = after([[90_002, failed('d')]], second);
    expect(third).toEqual({ state: 'open', until: 190_002, pauseMs: 100_000 });
    expect(callsAllowed(after([[190_002, answered]], third), 190_002)).toBe('any');
  });

  it('is not left alone for longer by calls that began before', () => {
    expect(
      after(
        [
          [10, failed('d')],
          [11, failed('e', 60_000)],
          [30_500, failed('f'), 1],
        ],
        opened,
      ),
    ).toEqual(opened);
  });

  it('stays left alone when calls that began before are answered', () => {
    expect(after([[10, answered, 1]], opened)).toEqual(opened);
    expect(after([[30_500, answered, 1]], opened)).toEqual(opened);
    expect(after([[30_500, answered, 30_002]], opened)).toEqual(CLOSED);
  });

  it('is left alone at once when it limits its calls, within the limit', () => {
    expect(after([[0, failed('a', 60_000, true)]])).toMatchObject({ state: 'open', until: 60_000 });
    expect(after([[0, failed('a', 3_600_000, true)]])).toMatchObject({ until: 100_000 });
    expect(after([[10, failed('d', 60_000, true)]], opened)).toMatchObject({ until: 60_010 });
  });

  it('is not left alone for one order with which it asks for time, and gets that time after several', () => {
    const same = after(Array.from({ length: 50 }, (_, n) => [n, failed('a', 60_000)] as const));
    expect(callsAllowed(same, 60)).toBe('any');
    const several = after(
      [
        [60, failed('b', 60_000)],
        [61, failed('c', 60_000)],
      ],
      same,
    );
    expect(several).toEqual({ state: 'open', until: 60_061, pauseMs: 30_000 });
  });
});

test('while one call tests a system no other begins, and more are claimed once it is back', async () => {
  let allowed: 'any' | 'one' | 'none' = 'any';
  let hasTurn = true;
  const keeper = gateKeeper({ most: 9, allowed: () => allowed, turn: async () => hasTurn }, 4);
  expect(keeper.claimable()).toBe(4);
  keeper.claimed(4);
  expect(await keeper.begin(1_000)).toBe(true);
  hasTurn = false;
  expect(await keeper.begin(1_000)).toBe(false);
  hasTurn = true;
  allowed = 'none';
  expect(await keeper.begin(1_000)).toBe(false);
  expect(keeper.claimable()).toBe(0);
  // The pause ends while orders are claimed already, and one of them is under way.
  allowed = 'one';
  expect(await keeper.begin(1_000)).toBe(false);
  expect(keeper.claimable()).toBe(0);
  for (const had of [true, false, false, false]) expect(keeper.ended(had)).toBe(false);
  expect(keeper.claimable()).toBe(1);
  keeper.claimed(1);
  expect(keeper.claimable()).toBe(0);
  expect(await keeper.begin(1_000)).toBe(true);
  allowed = 'any';
  expect(keeper.ended(true)).toBe(true);
  expect(keeper.claimable()).toBe(4);
  const free = gateKeeper(undefined, 4);
  free.claimed(4);
  expect([free.claimable(), await free.begin(0), free.ended(true)]).toEqual([4, true, false]);
});

test('an order without an answer waits longer each time, no longer than five minutes, and not by earlier calls', () => {
  const backoff = { firstMs: 10_000, maxMs: 3_600_000 };
  const calls = (...results: ('unavailable' | 'declined')[]) => results.map((result) => ({ result }));
  const wait = (...results: ('unavailable' | 'declined')[]) =>
    unavailableWaitMs(backoff, calls(...results), null, 1);
  expect(wait('unavailable')).toBe(10_000);
  expect(wait('unavailable', 'unavailable', 'unavailable')).toBe(40_000);
  expect(wait('unavailable', 'unavailable', 'declined', 'unavailable')).toBe(10_000);
  expect(unavailableWaitMs(backoff, Array(20).fill({ result: 'unavailable' }), null, 1)).toBe(300_000);
  expect(unavailableWaitMs(backoff, calls('unavailable'), 45_000, 1)).toBe(45_000);
  expect(unavailableWaitMs(backoff, calls('unavailable'), 3_600_000, 1)).toBe(300_000);
  expect(unavailableWaitMs({ firstMs: 1_000, maxMs: 8_000 }, calls('unavailable'), 60_000, 1)).toBe(8_000);
});

test.each([
  [null, 'timeout', 'timeout'],
  [null, 'ECONNREFUSED', 'unreachable'],
  [null, 'ENOTFOUND', 'unreachable'],
  [null, 'CERT_HAS_EXPIRED', 'certificate'],
  [null, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
  [302, '', 'redirect'],
  [401, '', 'unauthorized'],
  [405, '', 'no_such_address'],
  [429, '', 'overloaded'],
  [500, '', 'failing'],
  [400, '', 'unauthorized'],
  [422, '', 'unauthorized'],
  [409, '', 'refused'],
  [200, '', 'unreadable'],
] as const)('a test call with the status %s (%s) finds %s', (status, said, problem) => {
  expect(problemOf({ status, said, result: 'unavailable' })).toBe(problem);
});

test('a test call that is taken finds nothing, and one refused by its body finds that', () => {
  expect(problemOf({ status: 400, said: '', result: 'declined' })).toBe('refused');
  expect(problemOf({ status: 204, said: '', result: 'fulfilled' })).toBe(null);
});
