import { withCertificates, type V3Signer } from '../../lib/inbox/v3/receive-v3';
import type { SubMchId } from '../../lib/values/ids';
import type { V3Certificates } from '../../lib/wechat/v3/keys/certificates';
import type { ApiV3 } from './api-v3';

/**
 * The keys with which notifications of one signing number are checked: those configured and, for a
 * merchant with platform certificates, those downloaded so far. Makes no request by itself; a key
 * that is not known is asked for then.
 */
export function receivingKeys(
  apiV3: Pick<ApiV3, 'keysOf'>,
  certificatesOf: (signer: SubMchId) => V3Certificates,
): (signer: SubMchId) => Omit<V3Signer, 'mchId' | 'parties'> {
  return (signer) => {
    const { keys } = apiV3.keysOf(signer);
    if (keys.mode === 'public_key') return { keys: () => keys };
    return withCertificates(keys, certificatesOf(signer));
  };
}
