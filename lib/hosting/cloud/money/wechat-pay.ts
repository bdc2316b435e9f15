import { openCloudPay } from '#cloud/call-cloudpay';
import { openV3 } from '#cloud/call-v3';
import type { MerchantSettings } from '../../../config/merchants';
import { wechatByMerchant } from '../../../wechat/by-merchant';
import type { WeChatPay } from '../../../wechat/port';
import { builtConfig } from '../built-config';
import type { Calling } from './calling';

/**
 * WeChat Pay for cloud functions. The only place of this runtime that chooses channels, one per
 * merchant: cloud calls, or API v3. Makes no request. Throws when the environment's full id is
 * unknown, or a key is missing.
 *
 * Failure policy: fail closed. Calls for a merchant whose channel this bundle does not carry are
 * refused.
 */
export function openWeChatPay(calling: Calling): WeChatPay {
  const cloudpay = openCloudPay(calling);
  const v3 = openV3(calling);
  const channelOf = ({ channel }: MerchantSettings): WeChatPay | null => {
    switch (channel.kind) {
      case 'cloudpay':
        return cloudpay;
      case 'v3':
        return v3(channel.party);
      case 'cloudrun':
        return null;
    }
  };
  return wechatByMerchant(
    new Map(
      builtConfig.merchants.flatMap((merchant) => {
        const found = channelOf(merchant);
        return found === null ? [] : [[merchant.subMchId, found] as const];
      }),
    ),
  );
}
