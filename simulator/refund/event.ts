import { formatBeijing } from '../../lib/values/instant';
import type { Parties } from '../event';
import type { SimulatedOrder } from '../order';
import type { SimulatedRefund } from './refund';

/**
 * A refund notification as a cloud function receives it: v2's `req_info` decrypted, camelCase,
 * amounts as Numbers in fen. Developers saw `appid, mchId, nonceStr, outRefundNo, outTradeNo`; the
 * rest are the fields of v2's plain text
 * (https://pay.weixin.qq.com/wiki/doc/api/app/app.php?chapter=9_16). It has no `resultCode`.
 */
export interface RefundEvent {
  readonly returnCode: string;
  readonly appid: string;
  readonly mchId: string;
  readonly subAppid: string;
  readonly subMchId: string;
  readonly nonceStr: string;
  readonly transactionId: string;
  readonly outTradeNo: string;
  readonly refundId: string;
  readonly outRefundNo: string;
  readonly totalFee: number;
  readonly settlementTotalFee: number;
  readonly refundFee: number;
  readonly settlementRefundFee: number;
  readonly cashRefundFee: number;
  readonly refundStatus: string;
  /** `yyyy-MM-dd HH:mm:ss` in Beijing; only when it succeeded. */
  readonly successTime?: string;
  readonly refundRecvAccout: string;
  readonly refundAccount: string;
  readonly refundRequestSource: string;
  readonly userInfo: { readonly appId: string; readonly openId: string };
}

/** The receiving account, in WeChat Pay's words (and its spelling of the field). */
export const RECEIVING_ACCOUNT = '支付用户零钱';

/** Writes the event of a refund notification. The same values give the same event. */
export function refundEvent(
  parties: Parties,
  order: SimulatedOrder,
  refund: SimulatedRefund,
  notified: SimulatedRefund['notifications'][number],
): RefundEvent {
  const { asked } = refund;
  const coupon = order.payment?.coupon;
  return {
    returnCode: 'SUCCESS',
    appid: parties.appid,
    mchId: parties.mchId,
    subAppid: parties.subAppid,
    subMchId: asked.subMchId,
    nonceStr: notified.notification.nonce,
    transactionId: refund.transactionId,
    outTradeNo: asked.outTradeNo,
    refundId: refund.refundId,
    outRefundNo: asked.outRefundNo,
    totalFee: asked.totalFee,
    settlementTotalFee: asked.totalFee - (coupon?.type === 'NO_CASH' ? coupon.fee : 0),
    refundFee: asked.refundFee,
    settlementRefundFee: refund.settlementFee,
    cashRefundFee: asked.refundFee - refund.couponFee,
    refundStatus: notified.state,
    ...(notified.state === 'SUCCESS'
      ? { successTime: formatBeijing(notified.at, 'YYYY-MM-DD HH:mm:ss') }
      : {}),
    refundRecvAccout: RECEIVING_ACCOUNT,
    refundAccount: asked.account,
    refundRequestSource: asked.requestedIn,
    userInfo: { appId: parties.subAppid, openId: order.asked.subOpenid },
  };
}
