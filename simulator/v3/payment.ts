import { formatBeijing, type Instant } from '../../lib/values/instant';
import { openidAtProvider } from '../event';
import type { SimulatedOrder, SimulatedPayment, V3Asked } from '../order';
import type { TradeState } from '../trade-state';

/** A time as API v3 writes it: RFC 3339 in Beijing. */
export function rfc3339(at: Instant): string {
  return `${formatBeijing(at, 'YYYY-MM-DDTHH:mm:ss')}+08:00`;
}

/** The fields that say whose order it is: `mchid`, or those of provider and merchant. */
export function ownersOf(v3: V3Asked): Readonly<Record<string, string>> {
  return v3.subMchId === null
    ? { appid: v3.appId, mchid: v3.signer }
    : {
        sp_appid: v3.appId,
        sp_mchid: v3.signer,
        sub_mchid: v3.subMchId,
        ...(v3.subAppId === null ? {} : { sub_appid: v3.subAppId }),
      };
}

/** An order as a query answers it. One that is not paid lacks most fields. */
export function orderFieldsV3(
  order: SimulatedOrder,
  v3: V3Asked,
  payment: SimulatedPayment | null,
  state: TradeState,
): Readonly<Record<string, unknown>> {
  const head = {
    ...ownersOf(v3),
    out_trade_no: order.asked.outTradeNo,
    trade_state: state,
    trade_state_desc: STATE_TEXTS[state],
  };
  return payment === null ? head : { ...head, ...paidFields(order, v3, payment) };
}

/** The fields that come once paid. */
function paidFields(order: SimulatedOrder, v3: V3Asked, payment: SimulatedPayment): object {
  const { asked } = order;
  const { coupon, totalFee } = payment;
  return {
    transaction_id: payment.transactionId,
    trade_type: 'JSAPI',
    bank_type: 'OTHERS',
    attach: asked.attach ?? '',
    success_time: rfc3339(payment.paidAt),
    payer: payerOf(v3, asked.subOpenid),
    amount: {
      total: totalFee,
      payer_total: totalFee - (coupon?.fee ?? 0),
      currency: asked.feeType,
      payer_currency: asked.feeType,
    },
    ...(coupon === null
      ? {}
      : {
          promotion_detail: [
            {
              coupon_id: '10000',
              name: '模拟代金券',
              scope: 'GLOBAL',
              type: coupon.type === 'CASH' ? 'CASH' : 'NOCASH',
              amount: coupon.fee,
              stock_id: '20000',
              wechatpay_contribute: 0,
              merchant_contribute: coupon.fee,
              other_contribute: 0,
              currency: asked.feeType,
            },
          ],
        }),
  };
}

function payerOf(v3: V3Asked, openid: string): object {
  if (v3.subMchId === null) return { openid };
  return v3.payerOf === 'sub'
    ? { sp_openid: openidAtProvider(openid), sub_openid: openid }
    : { sp_openid: openid };
}

const STATE_TEXTS = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
  CLOSED: '订单已关闭',
} as const satisfies Readonly<Record<TradeState, string>>;
