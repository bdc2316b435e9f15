import { createPublicKey } from 'node:crypto';
import type { SimulatedKeys } from '../../../simulator/v3/keys';
import { newApiV3Key, newPublicKeyId, newRsaKey } from '../../../simulator/v3/keys';

/** Keys as WeChat Pay and a merchant hold them, without the mark of the simulator's own. */
export function realKeys(): SimulatedKeys {
  return {
    merchantKey: newRsaKey(),
    merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    apiV3Key: newApiV3Key(),
    wechatKey: newRsaKey(),
    wechatKeyId: newPublicKeyId(),
    certificates: () => {
      throw new TypeError('a merchant in public-key mode asks for none');
    },
  };
}

/** The environment in which a merchant gives these keys to its server. */
export function keyVariablesOf(mchId: string, keys: SimulatedKeys): Record<string, string> {
  const publicKey = createPublicKey(keys.wechatKey);
  return {
    [`WXPAY_${mchId}_KEY`]: keys.merchantKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    [`WXPAY_${mchId}_SERIAL`]: keys.merchantSerial,
    [`WXPAY_${mchId}_APIV3_KEY`]: keys.apiV3Key,
    [`WXPAY_${mchId}_PUBLIC_KEY`]: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    [`WXPAY_${mchId}_PUBLIC_KEY_ID`]: keys.wechatKeyId,
  };
}
