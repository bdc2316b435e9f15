import type { PaymentParameters } from '../../model/facts';
import type { V3Keys } from './keys/keys';
import { signLines } from './sign';

/**
 * What the mini program passes to `wx.requestPayment`, signed with the merchant's key
 * (https://pay.weixin.qq.com/doc/v3/merchant/4012365339). `appId` is that of the mini program which
 * invokes the payment, under a service provider the sub-merchant's. `timeStamp` is a text: as a
 * number, WeChat refuses it.
 */
export function paymentParameters(
  keys: Pick<V3Keys, 'privateKey'>,
  appId: string,
  prepayId: string,
  at: { readonly seconds: number; readonly nonce: string },
): PaymentParameters {
  const timeStamp = String(at.seconds);
  const wanted = `prepay_id=${prepayId}`;
  const paySign = signLines(keys.privateKey, [appId, timeStamp, at.nonce], Buffer.from(wanted));
  return { appId, timeStamp, nonceStr: at.nonce, package: wanted, signType: 'RSA', paySign };
}
