import { fen } from '../../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isPayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import { isRecord, parseJson } from '../../../lib/values/json';
import type { OrderQuestion, PrepayRequest, RefundRequest } from '../../../lib/wechat/port';
import { merchant, START, type Said } from './stage';
import vectors from './vectors.json';

export function checked<T>(guard: (value: unknown) => value is T, value: unknown): T {
  if (!guard(value)) throw new TypeError(`a sample is wrong: ${String(value)}`);
  return value;
}

export const ORDER: OrderQuestion = {
  subMchId: merchant('1900000001'),
  outTradeNo: checked(isOutTradeNo, 'OWN-0001'),
};
export const PREPAY: PrepayRequest = {
  ...ORDER,
  total: fen(1000),
  body: '一杯茶🍵',
  attach: 'table 7',
  payer: checked(isPayerId, 'oOWN_direct_openid'),
  payerIp: '203.0.113.7',
  expiresAt: later(START, 1_800_000),
  keptBody: null,
};
export const REFUND: RefundRequest = {
  ...ORDER,
  outRefundNo: checked(isOutRefundNo, 'OWN-R@1|x'),
  total: fen(1000),
  refund: fen(400),
  reason: '退'.repeat(40),
};
export const { plain } = vectors.own.payment;
export const REFUND_ANSWER = {
  refund_id: '50300000002026112900000000001',
  out_refund_no: REFUND.outRefundNo,
  ...{
    out_trade_no: 'OWN-0001',
    transaction_id: plain.transaction_id,
    channel: 'ORIGINAL',
    status: 'PROCESSING',
  },
  amount: { total: 1000, refund: 400, settlement_refund: 360, currency: 'CNY' },
};
export const NOT_PAID = {
  appid: plain.appid,
  mchid: plain.mchid,
  out_trade_no: 'OWN-0001',
  trade_state: 'NOTPAY',
};

export const error = (status: number, code: string, message = '', as?: Said['as']): Said => ({
  ...{ status, body: { code, message } },
  ...(as === undefined ? {} : { as }),
});

export function written(body: string | null): Readonly<Record<string, unknown>> {
  const fields = parseJson(body ?? '');
  return isRecord(fields) ? fields : {};
}
