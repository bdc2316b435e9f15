import { readPayment } from '../../lib/wechat/payment-fields';

/* The coupons of a payment in the classic protocol: what explains its settlement amount. */

const PAID = {
  outTradeNo: 'ORDER-1',
  transactionId: '4200001530202205173130921101',
  subMchId: '1900000109',
  totalFee: 100,
  timeEnd: '20260301101112',
  cashFee: 60,
  couponFee: 40,
};

const NUMBERED = {
  couponCount: 2,
  couponId_0: '10000',
  couponFee_0: 30,
  couponType_0: 'CASH',
  couponId_1: '10001',
  couponFee_1: 10,
  couponType_1: 'NO_CASH',
};

function paid(more: object) {
  const reading = readPayment({ ...PAID, ...more });
  if (reading.kind !== 'read') throw new TypeError('it cannot be read');
  return reading.payment;
}

const BOTH = [
  { id: '10000', amount: 30, type: 'CASH' },
  { id: '10001', amount: 10, type: 'NOCASH' },
];

test.each<[string, object]>([
  ['numbered, in camelCase', NUMBERED],
  [
    'numbered, as on the wire',
    {
      ...{ coupon_count: 2, coupon_id_0: '10000', coupon_fee_0: 30, coupon_type_0: 'CASH' },
      ...{ coupon_id_1: '10001', coupon_fee_1: 10, coupon_type_1: 'NO_CASH' },
    },
  ],
  [
    'in lists',
    {
      couponIdList: ['10000', '10001'],
      couponFeeList: [30, 10],
      couponTypeList: ['CASH', 'NO_CASH'],
    },
  ],
  [
    'in lists, as on the wire, with their number',
    {
      ...{ coupon_count: 2, coupon_id_list: ['10000', '10001'], coupon_fee_list: [30, 10] },
      coupon_type_list: ['CASH', 'NO_CASH'],
    },
  ],
])('coupons are read %s; only those that nobody prepaid lower the settlement', (_, more) => {
  const payment = paid(more);
  expect(payment.promotions).toMatchObject(BOTH);
  expect(payment).toMatchObject({ total: 100, coupon: 40, settlementTotal: 90 });
});

test('what WeChat Pay states as settled counts before what follows from coupons', () => {
  expect(paid({ ...NUMBERED, settlementTotalFee: 60 }).settlementTotal).toBe(60);
});

test.each<[string, object]>([
  ['that are not their sum', { ...NUMBERED, couponFee_1: 11 }],
  ['of which one is missing', { ...NUMBERED, couponCount: 3 }],
  ['without numbers', { couponCount: 1, couponFee_0: 40 }],
  ['with an amount as text', { ...NUMBERED, couponFee_0: '30' }],
  ['more than there can be', { ...NUMBERED, couponCount: 1_000_000_000 }],
  ['in empty lists', { couponIdList: [], couponFeeList: [], couponTypeList: [] }],
  ['in lists of different lengths', { couponIdList: ['1'], couponFeeList: [30, 10], couponTypeList: [] }],
])('coupons %s are left out, not the payment', (_, more) => {
  const payment = paid(more);
  expect(payment).not.toHaveProperty('promotions');
  expect(payment).toMatchObject({ total: 100, coupon: 40, settlementTotal: null });
});

test('a coupon of a kind that this version does not know leaves the settlement open', () => {
  const payment = paid({ ...NUMBERED, couponType_1: 'FREE' });
  expect(payment.promotions?.map(({ type }) => type)).toEqual(['CASH', null]);
  expect(payment.settlementTotal).toBeNull();
});
