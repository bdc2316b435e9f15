import { createHash } from 'node:crypto';
import { fen } from '../lib/values/fen';
import { formatBeijing } from '../lib/values/instant';
import type { AskedOrder, SimulatedPayment } from './order';

/**
 * The identities in WeChat Pay's messages: the provider that cloud development pays through, and
 * the mini program.
 */
export interface Parties {
  readonly appid: string;
  readonly mchId: string;
  readonly subAppid: string;
}

/**
 * A payment notification as a cloud function receives it: camelCase, amounts as Numbers in fen,
 * Beijing time without a zone, no signature; the platform adds `userInfo`.
 */
export interface PaymentEvent {
  readonly appid: string;
  readonly attach?: string;
  readonly bankType: string;
  readonly cashFee: number;
  readonly feeType: string;
  readonly isSubscribe: string;
  readonly mchId: string;
  readonly nonceStr: string;
  readonly openid: string;
  readonly outTradeNo: string;
  readonly resultCode: string;
  readonly returnCode: string;
  readonly subAppid: string;
  readonly subIsSubscribe: string;
  readonly subMchId: string;
  readonly subOpenid: string;
  readonly timeEnd: string;
  readonly totalFee: number;
  readonly tradeType: string;
  readonly transactionId: string;
  readonly settlementTotalFee?: number;
  readonly couponFee?: number;
  readonly couponCount?: number;
  readonly couponType_0?: string;
  readonly couponId_0?: string;
  readonly couponFee_0?: number;
  readonly userInfo: { readonly appId: string; readonly openId: string };
}

/**
 * Writes the event of a payment. The same values give the same event, so every delivery is
 * identical.
 */
export function paymentEvent(
  parties: Parties,
  asked: AskedOrder,
  payment: SimulatedPayment,
  nonceStr: string,
): PaymentEvent {
  const { coupon } = payment;
  return {
    appid: parties.appid,
    ...(asked.attach === null ? {} : { attach: asked.attach }),
    bankType: 'OTHERS',
    cashFee: payment.totalFee - (coupon?.fee ?? 0),
    feeType: asked.feeType,
    isSubscribe: 'N',
    mchId: parties.mchId,
    nonceStr,
    openid: openidAtProvider(asked.subOpenid),
    outTradeNo: asked.outTradeNo,
    resultCode: 'SUCCESS',
    returnCode: 'SUCCESS',
    subAppid: parties.subAppid,
    subIsSubscribe: 'N',
    subMchId: asked.subMchId,
    subOpenid: asked.subOpenid,
    timeEnd: formatBeijing(payment.paidAt, 'YYYYMMDDHHmmss'),
    totalFee: payment.totalFee,
    tradeType: 'JSAPI',
    transactionId: payment.transactionId,
    ...(coupon === null
      ? {}
      : {
          // Only a coupon that the merchant did not prepay lowers the settlement amount.
          ...(coupon.type === 'NO_CASH' ? { settlementTotalFee: fen(payment.totalFee - coupon.fee) } : {}),
          couponFee: coupon.fee,
          couponCount: 1,
          couponType_0: coupon.type,
          couponId_0: '10000',
          couponFee_0: coupon.fee,
        }),
    userInfo: { appId: parties.subAppid, openId: asked.subOpenid },
  };
}

/** The payer has a different OPENID at the provider than in the mini program. */
export function openidAtProvider(subOpenid: string): string {
  return `o${createHash('sha256').update(`provider:${subOpenid}`).digest('base64url').slice(0, 27)}`;
}
