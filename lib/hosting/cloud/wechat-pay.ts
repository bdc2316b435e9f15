import { randomBytes } from 'node:crypto';
import { createCloudPay } from '../../wechat/cloudpay/adapter';
import { createSdkTransport } from '../../wechat/cloudpay/sdk-transport';
import type { WeChatPay } from '../../wechat/port';
import { CALLBACK_FUNCTIONS } from './callbacks';
import { environmentId } from './environment';

/**
 * WeChat Pay for cloud functions. The only place of this runtime that chooses a channel: cloud
 * calls, each of which may take `timeoutMs`. Makes no request. Throws when the environment's full
 * id is unknown.
 */
export function openWeChatPay(timeoutMs: number): WeChatPay {
  const envId = environmentId();
  return createCloudPay(createSdkTransport({ env: envId, timeoutMs }), {
    envId,
    payFunction: CALLBACK_FUNCTIONS.pay,
    refundFunction: CALLBACK_FUNCTIONS.refund,
    nonce: () => randomBytes(16).toString('hex'),
  });
}
