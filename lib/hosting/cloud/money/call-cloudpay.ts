import { randomBytes } from 'node:crypto';
import { createCloudPay } from '../../../wechat/cloudpay/adapter';
import { createSdkTransport } from '../../../wechat/cloudpay/sdk-transport';
import { CALLBACK_FUNCTIONS } from '../callbacks';
import type { OpenCloudPay } from './calling';
import { environmentId } from '../environment';

/** Cloud calls through the SDK. Throws when the environment's full id is unknown. */
export const openCloudPay: OpenCloudPay = ({ timeoutMs }) => {
  const envId = environmentId();
  return createCloudPay(createSdkTransport({ env: envId, timeoutMs }), {
    envId,
    payFunction: CALLBACK_FUNCTIONS.pay,
    refundFunction: CALLBACK_FUNCTIONS.refund,
    nonce: () => randomBytes(16).toString('hex'),
  });
};
