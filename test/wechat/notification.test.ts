import fc from 'fast-check';
import { readNotification, type NotificationReading } from '../../lib/wechat/notification';
import { cases } from '../share';

/** A notification as a cloud function was handed it (identifiers changed). */
const REAL = {
  appid: 'wxd2d16a504f24665e',
  attach: '附加数据',
  bankType: 'OTHERS',
  cashFee: 1,
  feeType: 'CNY',
  isSubscribe: 'N',
  mchId: '1800008281',
  nonceStr: '48WQ1QzT7xHZW6jAxzIkOTQ8vR2mD4hL',
  openid: 'oPoo44y7aaaaaaaaaaaaaaaaaaaa',
  outTradeNo: '3435762558438826197935287753',
  resultCode: 'SUCCESS',
  returnCode: 'SUCCESS',
  subAppid: 'wx8040a92bbd85ec46',
  subIsSubscribe: 'N',
  subMchId: '1606704502',
  subOpenid: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
  timeEnd: '20210224231228',
  totalFee: 1,
  tradeType: 'JSAPI',
  transactionId: '4200000883202102244011431531',
  userInfo: { appId: 'wx8040a92bbd85ec46', openId: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb' },
};
const ORDER = REAL.outTradeNo;

const REAL_READ = {
  kind: 'payment',
  payment: {
    outTradeNo: ORDER,
    transactionId: '4200000883202102244011431531',
    subMchId: '1606704502',
    total: 1,
    currency: 'CNY',
    paidAt: Date.parse('2021-02-24T23:12:28+08:00'),
    payer: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
    cash: 1,
    coupon: null,
    settlementTotal: null,
    bankType: 'OTHERS',
    attach: '附加数据',
  },
};

function without(event: object, ...names: string[]): object {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));
}

function snake(event: object): object {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]: [string, unknown]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

describe('a payment notification', () => {
  test('as WeChat Pay sends it is read whole', () => {
    expect(readNotification(REAL)).toEqual(REAL_READ);
  });

  test('in snake_case reads the same', () => {
    expect(readNotification(snake(REAL))).toEqual(REAL_READ);
  });

  test.each<[string, object, object]>([
    ['no feeType is yuan renminbi', without(REAL, 'feeType'), { currency: 'CNY' }],
    ['another currency is said', { ...REAL, feeType: 'HKD' }, { currency: 'HKD' }],
    [
      'no payer is null, the provider-side openid is never taken',
      without(REAL, 'subOpenid'),
      { payer: null },
    ],
    [
      'userInfo is not the payer',
      { ...without(REAL, 'subOpenid'), userInfo: { openId: 'o1' } },
      { payer: null },
    ],
    ['no attach', without(REAL, 'attach'), { attach: null }],
    [
      'the currency the payer paid in is kept',
      { ...REAL, cashFeeType: 'HKD' },
      { currency: 'CNY', cashFeeType: 'HKD' },
    ],
    ['an odd one is dropped, not the payment', { ...REAL, cashFeeType: 7 }, { currency: 'CNY' }],
    [
      'an odd description is dropped, not the payment',
      { ...REAL, bankType: 7, attach: {} },
      { bankType: null, attach: null },
    ],
    [
      'coupons',
      {
        ...REAL,
        totalFee: 100,
        cashFee: 70,
        couponFee: 30,
        settlementTotalFee: 80,
        couponCount: 1,
        couponFee_0: 30,
      },
      { total: 100, cash: 70, coupon: 30, settlementTotal: 80 },
    ],
    ['coupons that cover all of it', { ...REAL, cashFee: 0, couponFee: 1 }, { total: 1, cash: 0, coupon: 1 }],
    ['null is absent', { ...REAL, feeType: null, couponFee: null }, { currency: 'CNY', coupon: null }],
    ['no result codes at all: only successes are notified', without(REAL, 'resultCode', 'returnCode'), {}],
  ])('%s', (_, event, expected) => {
    expect(readNotification(event)).toEqual({
      kind: 'payment',
      payment: { ...REAL_READ.payment, ...expected },
    });
  });
});

describe('an unusable notification', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', JSON.stringify(REAL)],
    ['a number', 1],
    ['an array', [REAL]],
    ['a function', () => REAL],
  ])('%s is not an object', (_, event) => {
    expect(readNotification(event)).toMatchObject({
      kind: 'unusable',
      reason: 'not_an_object',
      outTradeNo: null,
    });
  });

  test.each<[string, object, string, string[], string | null]>([
    ['resultCode FAIL', { ...REAL, resultCode: 'FAIL' }, 'not_a_success', ['resultCode: not SUCCESS'], ORDER],
    ['returnCode FAIL', { ...REAL, returnCode: 'FAIL' }, 'not_a_success', ['returnCode: not SUCCESS'], ORDER],
    [
      'resultCode in lower case',
      { ...REAL, resultCode: 'success' },
      'not_a_success',
      ['resultCode: not SUCCESS'],
      ORDER,
    ],
    [
      'two styles disagree',
      { ...REAL, result_code: 'FAIL' },
      'not_a_success',
      ['resultCode: not SUCCESS'],
      ORDER,
    ],
    [
      'an empty object',
      {},
      'missing_fields',
      [
        'outTradeNo: missing',
        'transactionId: missing',
        'subMchId: missing',
        'totalFee: missing',
        'timeEnd: missing',
      ],
      null,
    ],
    ['no order number', without(REAL, 'outTradeNo'), 'missing_fields', ['outTradeNo: missing'], null],
    [
      'no payment number',
      without(REAL, 'transactionId'),
      'missing_fields',
      ['transactionId: missing'],
      ORDER,
    ],
    ['no merchant', without(REAL, 'subMchId'), 'missing_fields', ['subMchId: missing'], ORDER],
    ['no amount', without(REAL, 'totalFee'), 'missing_fields', ['totalFee: missing'], ORDER],
    ['no time', without(REAL, 'timeEnd'), 'missing_fields', ['timeEnd: missing'], ORDER],
    ['an empty order number', { ...REAL, outTradeNo: '' }, 'missing_fields', ['outTradeNo: missing'], null],
    [
      'an impossible order number',
      { ...REAL, outTradeNo: '../../x' },
      'ill_typed_fields',
      ['outTradeNo: not of its documented type'],
      null,
    ],
    [
      'a numeric order number',
      { ...REAL, outTradeNo: 12 },
      'ill_typed_fields',
      ['outTradeNo: not of its documented type'],
      null,
    ],
    [
      'two amounts',
      { ...REAL, total_fee: 2 },
      'ill_typed_fields',
      ['totalFee: not of its documented type'],
      ORDER,
    ],
    [
      'a payer that is none',
      { ...REAL, subOpenid: { $ne: 1 } },
      'ill_typed_fields',
      ['subOpenid: not of its documented type'],
      ORDER,
    ],
    [
      'a currency that is none',
      { ...REAL, feeType: 1 },
      'ill_typed_fields',
      ['feeType: not of its documented type'],
      ORDER,
    ],
  ])('%s', (_, event, reason, problems, outTradeNo) => {
    expect(readNotification(event)).toEqual({ kind: 'unusable', reason, problems, outTradeNo });
  });

  test.each(['1', '01', '1.0', -1, 0, 0.5, 1.5, NaN, Infinity, 2 ** 53, true, [1], {}])(
    'amount %p is not a payable Number of fen',
    (totalFee) => {
      expect(readNotification({ ...REAL, totalFee })).toEqual({
        kind: 'unusable',
        reason: 'ill_typed_fields',
        problems: ['totalFee: not of its documented type'],
        outTradeNo: ORDER,
      });
    },
  );

  test.each(['cashFee', 'couponFee', 'settlementTotalFee'])('%s must be fen, 0 or more', (name) => {
    for (const value of ['1', -1, 0.5]) {
      expect(readNotification({ ...REAL, [name]: value })).toMatchObject({ reason: 'ill_typed_fields' });
    }
  });

  test.each([
    '20210230000000',
    '20211301000000',
    '20210224240000',
    '2021-02-24 23:12:28',
    '2021022423122',
    'soon',
    20210224231228,
  ])('time %p is no Beijing time', (timeEnd) => {
    expect(readNotification({ ...REAL, timeEnd })).toMatchObject({
      reason: 'ill_typed_fields',
      problems: ['timeEnd: not of its documented type'],
    });
  });

  test('fields that are not its own do not count', () => {
    const inherited: unknown = Object.create(REAL);
    expect(readNotification(inherited)).toMatchObject({ kind: 'unusable', reason: 'missing_fields' });
    const polluting: unknown = JSON.parse(
      `{"__proto__": ${JSON.stringify(REAL)}, "constructor": {"prototype": {}}}`,
    );
    expect(readNotification(polluting)).toMatchObject({ kind: 'unusable', reason: 'missing_fields' });
    expect(Object.hasOwn(Object.prototype, 'outTradeNo')).toBe(false);
  });

  test('getters are not run', () => {
    const trap = {
      ...without(REAL, 'totalFee'),
      get totalFee(): number {
        throw new Error('ran');
      },
    };
    expect(readNotification(trap)).toMatchObject({ reason: 'missing_fields' });
  });

  test('problems never carry values', () => {
    const reading = readNotification({ ...REAL, subOpenid: 'o 秘密', totalFee: 'oSecret' });
    expect(JSON.stringify(reading)).not.toMatch(/秘密|oSecret/);
  });
});

describe('a refund notification', () => {
  const REFUND = {
    returnCode: 'SUCCESS',
    appid: 'wxd2d16a504f24665e',
    mchId: '1800008281',
    nonceStr: 'n',
    outRefundNo: 'R-1@2',
    refundId: '50000000382019052709732678859',
    refundStatus: 'SUCCESS',
    outTradeNo: ORDER,
    transactionId: '4200000883202102244011431531',
    subMchId: '1606704502',
    totalFee: 100,
    refundFee: 40,
    settlementRefundFee: 30,
    successTime: '2021-02-25 10:00:00',
  };
  const WHOLE = {
    outRefundNo: 'R-1@2',
    outTradeNo: ORDER,
    transactionId: '4200000883202102244011431531',
    subMchId: '1606704502',
    refundId: '50000000382019052709732678859',
    state: 'succeeded',
    total: 100,
    refund: 40,
    settled: 30,
    succeededAt: Date.parse('2021-02-25T10:00:00+08:00'),
  };

  test.each<[string, object, object]>([
    ['whole', REFUND, WHOLE],
    ['snake_case', snake(REFUND), WHOLE],
    ['no order', without(REFUND, 'outTradeNo'), { ...WHOLE, outTradeNo: null }],
    ['no status', without(REFUND, 'refundStatus'), { ...WHOLE, state: 'unknown' }],
    ['closed', { ...REFUND, refundStatus: 'REFUNDCLOSE' }, { ...WHOLE, state: 'closed' }],
    ['abnormal', { ...REFUND, refundStatus: 'CHANGE' }, { ...WHOLE, state: 'abnormal' }],
    ['an odd status', { ...REFUND, refundStatus: 5 }, { ...WHOLE, state: 'unknown' }],
    ['odd amounts', { ...REFUND, refundFee: '40', totalFee: -1 }, { ...WHOLE, refund: null, total: null }],
    [
      'odd numbers beside its own',
      { ...REFUND, transactionId: '', subMchId: {}, refundId: 5, successTime: 'yesterday' },
      { ...WHOLE, transactionId: null, subMchId: null, refundId: null, succeededAt: null },
    ],
  ])('%s is read as far as it can be', (_, event, refund) => {
    expect(readNotification(event)).toEqual({ kind: 'refund', refund });
  });

  test.each<[string, object, NotificationReading | object]>([
    [
      'only refundId',
      without(REFUND, 'outRefundNo'),
      {
        kind: 'unusable',
        reason: 'missing_fields',
        problems: ['outRefundNo: missing'],
        outTradeNo: ORDER,
        about: 'refund',
      },
    ],
    [
      'odd number',
      { ...REFUND, outRefundNo: 5 },
      {
        kind: 'unusable',
        reason: 'ill_typed_fields',
        problems: ['outRefundNo: not of its documented type'],
        outTradeNo: ORDER,
        about: 'refund',
      },
    ],
    [
      'failure',
      { ...REFUND, returnCode: 'FAIL' },
      { kind: 'unusable', reason: 'not_a_success', problems: ['returnCode: not SUCCESS'], outTradeNo: ORDER },
    ],
  ])('%s is not usable', (_, event, expected) => {
    expect(readNotification(event)).toEqual(expected);
  });

  test('is never taken for a payment, even with every payment field', () => {
    expect(readNotification({ ...REAL, ...REFUND }).kind).toBe('refund');
  });
});

describe('any value', () => {
  test('is read without throwing, and is a payment only when its deciding fields are right', () => {
    const odd = fc.oneof(fc.anything(), fc.jsonValue());
    const mutated = fc
      .tuple(fc.constantFrom('outTradeNo', 'transactionId', 'subMchId', 'totalFee', 'timeEnd'), odd)
      .map(([name, value]) => ({ ...REAL, [name]: value }));
    fc.assert(
      fc.property(fc.oneof(odd, mutated), (event) => {
        const reading = readNotification(event);
        if (reading.kind === 'payment') {
          expect(Number.isSafeInteger(reading.payment.total) && reading.payment.total > 0).toBe(true);
          expect(reading.payment.outTradeNo).toMatch(/^[0-9A-Za-z_\-|*]{1,32}$/);
          expect(Number.isSafeInteger(reading.payment.paidAt)).toBe(true);
        }
      }),
      { numRuns: cases({ everyTime: 500, all: 10_000 }) },
    );
  });
});

test('an object that throws whatever it is asked says nothing, and nothing is thrown', () => {
  const trap = (): never => {
    throw new Error('a trap');
  };
  const event = new Proxy({}, { getOwnPropertyDescriptor: trap, get: trap, has: trap });
  expect(readNotification(event)).toMatchObject({ kind: 'unusable', reason: 'missing_fields' });
});
