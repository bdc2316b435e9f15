import type { CloudPaySettings } from '../../lib/wechat/cloudpay/requests';
import { isBeijingDay } from '../../lib/values/day';
import { fen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isPayerId, isSubMchId } from '../../lib/values/ids';
import { instant } from '../../lib/values/instant';
import type {
  BillRequest,
  OrderQuestion,
  PrepayRequest,
  RefundQuestion,
  RefundRequest,
} from '../../lib/wechat/port';

function checked<T>(guard: (value: unknown) => value is T, value: unknown): T {
  if (!guard(value)) throw new TypeError(`a sample is wrong: ${String(value)}`);
  return value;
}

const subMchId = checked(isSubMchId, '1606704502');
const outTradeNo = checked(isOutTradeNo, 'T1');
const outRefundNo = checked(isOutRefundNo, 'R1');
const day = checked(isBeijingDay, '20210224');

export const SETTINGS: CloudPaySettings = {
  envId: 'shop-8gxvz0f70375accc',
  payFunction: 'payCallback',
  refundFunction: 'refundCallback',
  nonce: () => 'a-nonce',
};

export const ORDER: OrderQuestion = { subMchId, outTradeNo };

export const PREPAY: PrepayRequest = {
  subMchId,
  outTradeNo,
  total: fen(100),
  body: '一杯茶',
  payer: checked(isPayerId, 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb'),
  payerIp: '203.0.113.7',
  expiresAt: instant(Date.parse('2021-02-24T23:30:00+08:00')),
  keptBody: null,
};

export const REFUND: RefundRequest = {
  subMchId,
  outTradeNo,
  outRefundNo,
  total: fen(100),
  refund: fen(40),
};

export const REFUND_QUESTION: RefundQuestion = { subMchId, outRefundNo };

export const BILL: BillRequest = { subMchId, day, type: 'ALL', gzip: false };

/** A queryOrder answer as the gateway sends it: a payment of 1 yuan, 30 fen of it by coupon. */
export const QUERY_PAID = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  result_code: 'SUCCESS',
  mch_id: '1800008281',
  sub_mch_id: '1606704502',
  sub_openid: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  bank_type: 'OTHERS',
  total_fee: 100,
  settlement_total_fee: 70,
  fee_type: 'CNY',
  cash_fee: 70,
  coupon_fee: 30,
  coupon_count: 1,
  coupon_fee_0: 30,
  transaction_id: '4200000883202102244011431531',
  out_trade_no: 'T1',
  attach: '',
  time_end: '20210224231228',
  trade_state_desc: '支付成功',
} as const;
